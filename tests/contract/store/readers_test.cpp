#include <gtest/gtest.h>

#include "ledger_fixture.h"

namespace wenming::store {
namespace {

constexpr std::string_view kEndless =
    "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT MAX(n) FROM numbers";

class ReadersTest : public LedgerFixture {};

TEST_P(ReadersTest, EndsAReadThatTakesTooLongAndReadsOn) {
  limits_.read_time = std::chrono::milliseconds(20);
  restart();
  try {
    store_->read([](domain::ReadTx& tx) { tx.value<std::int64_t>(kEndless); });
    FAIL() << "an endless read came to an end";
  } catch (const domain::Refusal& refusal) {
    EXPECT_EQ(refusal.code(), "read_too_long");
  }
  EXPECT_EQ(count("SELECT 1"), 1);
}

TEST_P(ReadersTest, ReadsBesideABusyWriter) {
  const std::string id = open_account().id();
  const Gate gate(*store_);
  EXPECT_EQ(get(id).balance(), 0);
}

TEST_P(ReadersTest, SeesEveryCommandThatWasAnsweredBefore) {
  const std::string id = open_account().id();
  for (int i = 1; i <= 100; ++i) {
    outcome(deposit(id, 1));
    EXPECT_EQ(get(id).balance(), i);
  }
}

TEST_P(ReadersTest, TurnsQueriesAwayWhenTheQueueIsFull) {
  limits_.reader_queue = 2;
  limits_.reader_threads = 1;
  limits_.read_time = std::chrono::minutes(1);
  restart();
  const std::string id = open_account().id();
  ledger::v1::GetAccountRequest request;
  request.set_account_id(id);
  // The only reader waits in the answer of its first query until the queue behind it is full.
  std::promise<void> full;
  std::promise<void> entered;
  ASSERT_TRUE(store_->submit(make_call("GetAccount", request), [&](const Outcome&) {
    entered.set_value();
    full.get_future().wait();
  }));
  entered.get_future().wait();
  auto first = submit(make_call("GetAccount", request));
  auto second = submit(make_call("GetAccount", request));
  EXPECT_FALSE(store_->submit(make_call("GetAccount", request), [](const Outcome&) { ADD_FAILURE(); }));
  full.set_value();
  EXPECT_EQ(code_of(wait(std::move(first))), "answered");
  EXPECT_EQ(code_of(wait(std::move(second))), "answered");
}

TEST_P(ReadersTest, TellsWhatABodyThrew) {
  EXPECT_THROW(store_->read([](domain::ReadTx&) { throw std::out_of_range("body"); }), std::out_of_range);
  EXPECT_EQ(count("SELECT 1"), 1);
}

TEST_P(ReadersTest, ReadsNoMoreOnceStopped) {
  store_->stop();
  EXPECT_THROW(store_->read([](domain::ReadTx&) {}), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Engines, ReadersTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
