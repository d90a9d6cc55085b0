#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger_fixture.h"

namespace wenming::store {
namespace {

class IdempotencyTest : public LedgerFixture {
 protected:
  std::string id_ = open_account().id();
};

TEST_P(IdempotencyTest, GivesTheFirstAnswerAgainWithoutDoingItAgain) {
  const Outcome first = outcome(deposit(id_, 5, "key-1"));
  ASSERT_EQ(code_of(outcome(deposit(id_, 7))), "answered");
  const Outcome again = outcome(deposit(id_, 5, "key-1"));
  EXPECT_FALSE(first.replayed);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.sequence, first.sequence);
  EXPECT_EQ(static_cast<const ledger::v1::Account&>(*again.answer).balance(), 5);
  EXPECT_EQ(paid_in(), 12);
}

TEST_P(IdempotencyTest, GivesItAgainAfterARestart) {
  outcome(deposit(id_, 5, "key-1"));
  restart();
  EXPECT_TRUE(outcome(deposit(id_, 5, "key-1")).replayed);
  EXPECT_EQ(paid_in(), 5);
}

TEST_P(IdempotencyTest, GivesItAgainAfterACommitThatFailedAndWasKeptAllTheSame) {
  faults_->at_commit = [](Connection& connection) {
    connection.commit();
    throw EngineError(EngineError::Kind::Storage, "who knows");
  };
  EXPECT_EQ(code_of(outcome(deposit(id_, 5, "key-1"))), "unavailable");
  faults_->at_commit = [](Connection&) {};
  EXPECT_TRUE(outcome(deposit(id_, 5, "key-1")).replayed);
  EXPECT_EQ(paid_in(), 5);
}

TEST_P(IdempotencyTest, RefusesTheKeyForAnotherRequest) {
  outcome(deposit(id_, 5, "key-1"));
  EXPECT_EQ(code_of(outcome(deposit(id_, 6, "key-1"))), "idempotency_key_reused");
  EXPECT_EQ(paid_in(), 5);
}

TEST_P(IdempotencyTest, KeepsKeysOfOtherCallersAndRoutesApart) {
  outcome(deposit(id_, 5, "key-1"));
  Call other_route = deposit(id_, 5, "key-1");
  other_route.route += "/other";
  EXPECT_FALSE(outcome(std::move(other_route)).replayed);
  work([](domain::Tx& tx) {
    tx.run(
        "INSERT INTO grants (id, user_id, role, unit_id, starts_at, version) VALUES ('2', 'zhang', 'OFFICE', 'county', "
        "0, 1)");
  });
  Call other_caller = deposit(id_, 5, "key-1");
  other_caller.principal = as("zhang");
  EXPECT_FALSE(outcome(std::move(other_caller)).replayed);
  EXPECT_EQ(paid_in(), 15);
}

TEST_P(IdempotencyTest, SeesTheFirstInTheSameBatch) {
  std::vector<std::future<Outcome>> futures;
  {
    Gate gate(*store_);
    futures.push_back(submit(deposit(id_, 5, "key-1")));
    futures.push_back(submit(deposit(id_, 5, "key-1")));
    futures.push_back(submit(deposit(id_, 6, "key-1")));
  }
  const Outcome first = wait(std::move(futures[0]));
  const Outcome again = wait(std::move(futures[1]));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.sequence, first.sequence);
  EXPECT_EQ(code_of(wait(std::move(futures[2]))), "idempotency_key_reused");
  EXPECT_EQ(paid_in(), 5);
}

TEST_P(IdempotencyTest, JudgesRefusalsAnew) {
  outcome(deposit(id_, ledger::kLimit));
  EXPECT_EQ(code_of(outcome(deposit(id_, 5, "key-1"))), "balance_limit");
  work([](domain::Tx& tx) { tx.run("UPDATE accounts SET balance = 0"); });
  EXPECT_EQ(code_of(outcome(deposit(id_, 5, "key-1"))), "answered");
}

TEST_P(IdempotencyTest, ForgetsAKeyAfterADay) {
  outcome(deposit(id_, 5, "key-1"));
  clock_->advance(23_h + 59_min);
  EXPECT_TRUE(outcome(deposit(id_, 5, "key-1")).replayed);
  clock_->advance(2_min);
  EXPECT_FALSE(outcome(deposit(id_, 5, "key-1")).replayed);
}

TEST_P(IdempotencyTest, GivesTheAnswerAgainEvenIfTheVersionHasMovedOn) {
  ledger::v1::RenameAccountRequest request;
  request.set_account_id(id_);
  request.set_holder("王");
  const auto rename = [&] {
    Call call = make_call("RenameAccount", request, as("wang"), "key-1");
    call.if_match = 1;
    return outcome(std::move(call));
  };
  EXPECT_EQ(code_of(rename()), "answered");
  EXPECT_TRUE(rename().replayed);
}

TEST_P(IdempotencyTest, MasksPersonalDataInTheAnswerThatItKeeps) {
  ledger::v1::OpenAccountRequest request;
  request.set_unit_id("county");
  request.set_holder("李建国");
  account(make_call("OpenAccount", request, as("wang"), "key-1"));
  EXPECT_EQ(account(make_call("OpenAccount", request, as("wang"), "key-1")).holder(), "李**");
}

TEST_P(IdempotencyTest, DoesOnceWhatManySendAtOnce) {
  std::vector<std::future<Outcome>> futures;
  for (int i = 0; i < 50; ++i) futures.push_back(submit(deposit(id_, 5, "key-1")));
  int done = 0;
  for (auto& future : futures) done += wait(std::move(future)).replayed ? 0 : 1;
  EXPECT_EQ(done, 1);
  EXPECT_EQ(paid_in(), 5);
}

INSTANTIATE_TEST_SUITE_P(Engines, IdempotencyTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
