#include <gtest/gtest.h>

#include <future>

#include "domain/refusal.h"
#include "ledger_fixture.h"

namespace wenming::store {
namespace {

class EdgesTest : public LedgerFixture {
 protected:
  /// The whole way, but for HTTP itself.
  domain::EdgeAnswer send(std::string_view rpc, const google::protobuf::Message& request,
                          const domain::Principal& caller = {}, std::string once = {}) {
    EdgeCall call;
    call.call = make_call(rpc, request, caller);
    call.request.headers = {{"X-Once", std::move(once)}};
    call.prove = [](std::string_view key) -> domain::Principal {
      if (key != "wmk_of_wang") throw domain::Refusal(contract::v1::PROBLEM_NOT_SIGNED_IN);
      return as("wang");
    };
    const auto answered = std::make_shared<std::promise<EdgeOutcome>>();
    auto outcome = answered->get_future();
    if (!store_->submit_edge(std::move(call), [answered](EdgeOutcome o) { answered->set_value(std::move(o)); }))
      throw std::runtime_error("the store takes no more");
    EdgeOutcome got = wait(std::move(outcome));
    if (got.refusal) throw domain::Refusal(*got.refusal);
    return *std::move(got.answer);
  }
  std::string code_at(std::string_view rpc, const google::protobuf::Message& request,
                      const domain::Principal& caller = {}) {
    try {
      return send(rpc, request, caller).body;
    } catch (const domain::Refusal& refusal) {
      return refusal.code();
    }
  }
  static ledger::v1::PayByFormRequest form(const std::string& account, std::int64_t amount, std::string key = {}) {
    ledger::v1::PayByFormRequest request;
    request.set_account_id(account);
    request.set_amount(amount);
    request.set_key(std::move(key));
    return request;
  }
  static ledger::v1::GetAccountRequest which(const std::string& account) {
    ledger::v1::GetAccountRequest request;
    request.set_account_id(account);
    return request;
  }
};

TEST_P(EdgesTest, CallCommandsAsWhoeverTheirProtocolNames) {
  const std::string id = open_account().id();
  EXPECT_EQ(code_at("PayByForm", form(id, 7)), "not_signed_in");  // nobody may pay in
  EXPECT_EQ(code_at("PayByForm", form(id, 7, "wmk_of_nobody")), "not_signed_in");
  EXPECT_EQ(code_at("PayByForm", form(id, 7, "wmk_of_wang")), "李* 7");
  EXPECT_EQ(paid_in(), 7);
}

TEST_P(EdgesTest, GiveTheRefusalOfACommandOn) {
  const std::string id = open_account().id();
  EXPECT_EQ(code_at("PayByForm", form(id, ledger::kLimit + 1), as("wang")), "balance_limit");
  EXPECT_EQ(code_at("PayByForm", form(id, -1), as("wang")), "internal");
  EXPECT_EQ(paid_in(), 0);
}

TEST_P(EdgesTest, PassTheIdempotencyKeyOfTheirProtocolOn) {
  const std::string id = open_account().id();
  EXPECT_EQ(send("PayByForm", form(id, 7), as("wang"), "once").body, "李* 7");
  EXPECT_EQ(send("PayByForm", form(id, 7), as("wang"), "once").body, "李* 7");
  EXPECT_EQ(paid_in(), 7);
}

TEST_P(EdgesTest, NoteTransfersWithoutARowInTheJournal) {
  const std::string id = open_account("李华").id();
  const std::int64_t before = store_->journal_head();
  const domain::EdgeAnswer answer = send("PayByForm", form(id, 0), as("wang"));
  EXPECT_EQ(answer.status, 202U);
  EXPECT_EQ(answer.body, "李华*");
  EXPECT_EQ(store_->journal_head(), before);
}

TEST_P(EdgesTest, AreOpenToThoseWhomTheContractAdmits) {
  const std::string id = open_account().id();
  EXPECT_EQ(code_at("ShowBalance", which(id)), "not_signed_in");
  EXPECT_EQ(code_at("ShowBalance", which(id), as("stranger")), "not_allowed");
  EXPECT_EQ(code_at("ShowBalance", which("none"), as("wang")), "not_found");
  EXPECT_EQ(code_at("ShowBalance", which(id), as("wang")), "李华 0");  // GetAccount shows the office the name
}

INSTANTIATE_TEST_SUITE_P(Engines, EdgesTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
