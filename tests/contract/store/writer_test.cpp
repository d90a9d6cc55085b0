#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "ledger_fixture.h"

namespace wenming::store {
namespace {

class WriterTest : public LedgerFixture {
 protected:
  /// Hands in the calls while the writer is held up, so that they share a batch.
  std::vector<Outcome> together(std::vector<Call> calls) {
    Gate gate(*store_);
    std::vector<std::future<Outcome>> futures;
    for (Call& call : calls) futures.push_back(submit(std::move(call)));
    gate.open();
    std::vector<Outcome> outcomes;
    for (auto& future : futures) outcomes.push_back(wait(std::move(future)));
    return outcomes;
  }
  std::vector<Call> deposits(std::string_view into, std::initializer_list<std::int64_t> amounts) {
    std::vector<Call> calls;
    for (const std::int64_t amount : amounts) calls.push_back(deposit(into, amount));
    return calls;
  }
};

TEST_P(WriterTest, KeepsARefusalFromItsNeighboursInTheBatch) {
  const std::string id = open_account().id();
  const auto outcomes = together(deposits(id, {1, ledger::kLimit, 2, -5, 3}));
  EXPECT_EQ(code_of(outcomes[0]), "answered");
  EXPECT_EQ(code_of(outcomes[1]), "balance_limit");
  EXPECT_EQ(code_of(outcomes[2]), "answered");
  EXPECT_EQ(code_of(outcomes[3]), "fault");
  EXPECT_EQ(code_of(outcomes[4]), "answered");
  EXPECT_EQ(get(id).balance(), 6);
  EXPECT_EQ(paid_in(), 6);
  EXPECT_EQ(count("SELECT COUNT(*) FROM journal WHERE method LIKE '%Deposit'"), 3);
}

TEST_P(WriterTest, ShowsACommandWhatItsNeighboursInTheBatchDid) {
  const std::string id = open_account().id();
  const auto outcomes = together(deposits(id, {ledger::kLimit, 1}));
  EXPECT_EQ(code_of(outcomes[0]), "answered");
  EXPECT_EQ(code_of(outcomes[1]), "balance_limit");
}

TEST_P(WriterTest, AnswersNobodyBeforeTheCommit) {
  const std::string id = open_account().id();
  std::vector<std::future<Outcome>> futures;
  bool looked = false;
  faults_->at_commit = [&](Connection&) {
    for (const auto& future : futures) EXPECT_NE(future.wait_for(std::chrono::seconds(0)), std::future_status::ready);
    looked = looked || !futures.empty();
  };
  {
    Gate gate(*store_);
    futures.push_back(submit(deposit(id, 1)));
    futures.push_back(submit(deposit(id, ledger::kLimit)));
  }
  for (const auto& future : futures) future.wait();
  close();
  EXPECT_TRUE(looked);
}

TEST_P(WriterTest, KeepsWhatARefusalAskedToKeep) {
  const std::string id = open_account("李华").id();
  EXPECT_EQ(code_of(outcome(deposit(id, ledger::kUnlucky, "key-1"))), "unlucky");
  EXPECT_EQ(get(id).holder(), "李华!");
  EXPECT_EQ(code_of(outcome(deposit(id, ledger::kUnlucky, "key-1"))), "unlucky") << "refusals are judged anew";
  EXPECT_EQ(get(id).holder(), "李华!!");
  EXPECT_EQ(count("SELECT COUNT(*) FROM journal WHERE method LIKE '%Deposit' AND answer IS NULL"), 2);
}

TEST_P(WriterTest, RunsTheCommandsOfALostBatchOneByOne) {
  const std::string id = open_account().id();
  int updates = 0;
  faults_->at_execute = [&](Connection& connection, std::string_view sql) {
    if (sql.starts_with("UPDATE accounts") && ++updates == 4) {
      connection.rollback();
      throw EngineError(EngineError::Kind::Interrupted, "lost");
    }
  };
  const auto outcomes = together(deposits(id, {1, 2, ledger::kLimit, 3}));
  EXPECT_EQ(updates, 8);
  EXPECT_EQ(code_of(outcomes[0]), "answered");
  EXPECT_EQ(code_of(outcomes[1]), "answered");
  EXPECT_EQ(code_of(outcomes[2]), "balance_limit");
  EXPECT_EQ(code_of(outcomes[3]), "answered");
  EXPECT_EQ(get(id).balance(), 6);
  EXPECT_EQ(paid_in(), 6);
}

TEST_P(WriterTest, FailsOnlyTheCommandThatLosesItsTransactionAgain) {
  const std::string id = open_account().id();
  faults_->at_execute = [&](Connection& connection, std::string_view sql) {
    if (!sql.starts_with("UPDATE accounts")) return;
    const auto cursor = connection.query("SELECT amount FROM deposits ORDER BY id DESC LIMIT 1", {});
    if (!cursor->next() || domain::Row(*cursor).integer(0) != 13) return;
    throw EngineError(EngineError::Kind::Interrupted, "lost");
  };
  const auto lose_all = faults_->at_execute;
  faults_->at_execute = [&, lose_all](Connection& connection, std::string_view sql) {
    try {
      lose_all(connection, sql);
    } catch (const EngineError&) {
      connection.rollback();
      throw;
    }
  };
  const auto outcomes = together(deposits(id, {1, 13, 2}));
  EXPECT_EQ(code_of(outcomes[0]), "answered");
  EXPECT_EQ(code_of(outcomes[1]), "unavailable");
  EXPECT_EQ(code_of(outcomes[2]), "answered");
  EXPECT_EQ(paid_in(), 3);
}

TEST_P(WriterTest, FailsAWholeBatchThatCannotBeCommittedAndGoesOnAfterwards) {
  const std::string id = open_account().id();
  faults_->at_commit = [&](Connection&) { throw EngineError(EngineError::Kind::Storage, "the disk is full"); };
  for (const Outcome& outcome : together(deposits(id, {1, ledger::kLimit, 2})))
    EXPECT_EQ(code_of(outcome), "unavailable");
  EXPECT_EQ(paid_in(), 0);
  const std::int64_t head = store_->journal_head();

  faults_->at_commit = [](Connection&) {};
  EXPECT_EQ(account(deposit(id, 5)).balance(), 5);
  EXPECT_EQ(store_->journal_head(), head + 1);
}

TEST_P(WriterTest, FindsOutWhatBecameOfACommitThatWentUnanswered) {
  const std::string id = open_account().id();
  int commits = 0;  // of batches that hold more than so many deposits
  std::int64_t more_than = 0;
  const auto is_first = [&](Connection& connection) {
    const auto cursor = connection.query("SELECT COUNT(*) FROM deposits", {});
    return cursor->next() && domain::Row(*cursor).integer(0) > more_than && commits++ == 0;
  };
  faults_->at_commit = [&](Connection& connection) {
    if (!is_first(connection)) return;
    connection.commit();
    throw EngineError(EngineError::Kind::Unreachable, "cut off after the commit");
  };
  for (const Outcome& outcome : together(deposits(id, {1, 2}))) EXPECT_EQ(code_of(outcome), "answered");
  EXPECT_EQ(commits, 1);
  EXPECT_EQ(paid_in(), 3);

  commits = 0;
  more_than = 2;
  faults_->at_commit = [&](Connection& connection) {
    if (!is_first(connection)) return;
    connection.rollback();
    throw EngineError(EngineError::Kind::Unreachable, "cut off before the commit");
  };
  for (const Outcome& outcome : together(deposits(id, {10, 20}))) EXPECT_EQ(code_of(outcome), "answered");
  EXPECT_EQ(paid_in(), 33);
  EXPECT_EQ(count("SELECT COUNT(*) FROM deposits"), 4);
}

/// Counts what was answered as failed.
class FailedCounter final : public Observer {
 public:
  void committed(std::size_t, std::size_t, std::chrono::microseconds, std::chrono::microseconds) override {}
  void batch_failed(std::size_t) override { ++count; }
  void timer_ran(bool, std::chrono::microseconds) override {}
  void errand_ran(bool) override {}
  std::atomic<int> count = 0;
};

TEST_P(WriterTest, FailsWhatWaitsWhereNoTransactionCanBeBegun) {
  const auto failed = std::make_shared<FailedCounter>();
  observer_ = failed;
  restart();
  const std::string id = open_account().id();
  faults_->at_begin = [&](Connection&) { throw EngineError(EngineError::Kind::Storage, "no disk"); };
  EXPECT_EQ(code_of(outcome(deposit(id, 1))), "unavailable");
  EXPECT_THROW(work([](domain::Tx&) {}), std::runtime_error);
  EXPECT_GE(failed->count, 2);
  faults_->at_begin = [](Connection&) {};
  EXPECT_EQ(account(deposit(id, 5)).balance(), 5);
}

TEST_P(WriterTest, TurnsCallsAwayWhenTheQueueIsFull) {
  limits_.writer_queue = 3;
  restart();
  const std::string id = open_account().id();
  std::vector<std::future<Outcome>> taken;
  {
    Gate gate(*store_);
    for (int i = 0; i < 3; ++i) taken.push_back(submit(deposit(id, 1)));
    EXPECT_FALSE(store_->submit(deposit(id, 1), [](const Outcome&) { ADD_FAILURE() << "not taken, yet answered"; }));
    EXPECT_FALSE(store_->work(
        "", [](domain::Tx&) {}, [](const std::exception_ptr&) { ADD_FAILURE(); }));
  }
  for (auto& future : taken) EXPECT_EQ(code_of(wait(std::move(future))), "answered");
  EXPECT_EQ(code_of(outcome(deposit(id, 1))), "answered") << "there is room again";
}

TEST_P(WriterTest, AnswersAllThatItTookBeforeItStops) {
  const std::string id = open_account().id();
  std::vector<std::future<Outcome>> futures;
  std::thread stopping;
  {
    Gate gate(*store_);
    for (int i = 0; i < 200; ++i) futures.push_back(submit(deposit(id, 1)));
    stopping = std::thread([this] { store_->stop(); });
  }
  stopping.join();
  for (auto& future : futures) {
    ASSERT_EQ(future.wait_for(std::chrono::seconds(0)), std::future_status::ready);
    EXPECT_EQ(code_of(future.get()), "answered");
  }
  EXPECT_FALSE(store_->submit(deposit(id, 1), [](const Outcome&) {}));
  restart();
  EXPECT_EQ(paid_in(), 200);
}

TEST_P(WriterTest, GrowsItsVersionWithEveryCommitAndTellsTheListenerFirst) {
  std::atomic<int> told = 0;
  store_->on_commit([&] { ++told; });
  const std::uint64_t before = store_->version();
  work([](domain::Tx&) {});
  EXPECT_GT(store_->version(), before);
  EXPECT_EQ(told, 1);
}

TEST_P(WriterTest, TellsWhoHandedWorkInWhatItThrew) {
  EXPECT_THROW(work([](domain::Tx& tx) {
                 tx.run("INSERT INTO store_facts (name, value) VALUES ('half', '')");
                 throw std::out_of_range("half done");
               }),
               std::out_of_range);
  EXPECT_EQ(count("SELECT COUNT(*) FROM store_facts WHERE name = 'half'"), 0);
}

TEST_P(WriterTest, RecordsWorkThatPublishesUnderItsName) {
  ledger::v1::Deposited event;
  event.set_account_id("a");
  wait(submit_work([&](domain::Tx& tx) { tx.publish(event); }, "reaction/1"));
  EXPECT_EQ(count("SELECT COUNT(*) FROM journal WHERE method = 'reaction/1' AND events IS NOT NULL"), 1);
  EXPECT_THROW(wait(submit_work([&](domain::Tx& tx) { tx.publish(event); }, "")), std::logic_error);
}

TEST_P(WriterTest, RunsTheFirstStartOnceInALifetime) {
  EXPECT_EQ(count("SELECT COUNT(*) FROM store_facts WHERE name = 'started'"), 1);
  const std::string epoch = store_->epoch();
  restart();
  EXPECT_EQ(store_->epoch(), epoch);
}

INSTANTIATE_TEST_SUITE_P(Engines, WriterTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
