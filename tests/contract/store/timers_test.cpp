#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "ledger_fixture.h"

namespace wenming::store {
namespace {

using ledger::v1::DepositLater;

class TimersTest : public LedgerFixture {
 protected:
  DepositLater later(std::int64_t amount) const {
    DepositLater command;
    command.set_account_id(id_);
    command.set_amount(amount);
    return command;
  }
  void schedule(std::string_view key, std::chrono::microseconds in, std::int64_t amount) {
    work([&](domain::Tx& tx) { tx.schedule(key, tx.now() + in, later(amount)); });
  }
  void advance(std::chrono::microseconds by) {
    clock_->advance(by);
    store_->run_due_timers();
  }
  std::int64_t waiting() { return count("SELECT COUNT(*) FROM timers"); }

  std::string id_ = open_account().id();
};

TEST_P(TimersTest, RunsATimerOnceItsMomentHasComeAndNotAgain) {
  schedule("a", 60_min, 5);
  advance(59_min);
  EXPECT_EQ(paid_in(), 0);
  advance(1_min);
  EXPECT_EQ(paid_in(), 5);
  EXPECT_EQ(waiting(), 0);
  advance(24_h);
  EXPECT_EQ(paid_in(), 5);
}

TEST_P(TimersTest, RunsATimerWhileCallsNeverStopComing) {
  schedule("a", 1_min, 5);
  std::atomic<int> under_way = 3;  // so that something always waits
  std::atomic<bool> going_on = true;
  const std::function<void()> pay_in = [&] {
    store_->submit(deposit(id_, 1), [&](const Outcome&) { going_on ? pay_in() : static_cast<void>(--under_way); });
  };
  for (int i = under_way; i > 0; --i) pay_in();
  clock_->advance(1_min);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (waiting() > 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(waiting(), 0);
  going_on = false;
  while (under_way > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST_P(TimersTest, RecordsATimerLikeACommand) {
  schedule("a", 1_min, 5);
  advance(1_min);
  EXPECT_EQ(count("SELECT COUNT(*) FROM journal WHERE method = 'wenming.ledger.v1.DepositLater' AND subject = 'a' AND "
                  "caller = '' "
                  "AND events IS NOT NULL"),
            1);
}

TEST_P(TimersTest, RunsTimersThatFellDueWhileNobodyWasThere) {
  schedule("a", 60_min, 5);
  close();
  clock_->advance(48_h);
  open();
  store_->run_due_timers();
  EXPECT_EQ(paid_in(), 5);
}

TEST_P(TimersTest, RunsNothingThatWasTakenBack) {
  schedule("a", 60_min, 5);
  work([](domain::Tx& tx) { tx.cancel("a"); });
  advance(2_h);
  EXPECT_EQ(paid_in(), 0);
}

TEST_P(TimersTest, TakesTheLastWordOfAKeyThatIsScheduledAgain) {
  schedule("a", 60_min, 5);
  schedule("a", 120_min, 7);
  advance(60_min);
  EXPECT_EQ(paid_in(), 0);
  advance(60_min);
  EXPECT_EQ(paid_in(), 7);
}

TEST_P(TimersTest, UndoesASchedulingWithTheCommandThatWasRefused) {
  EXPECT_THROW(work([&](domain::Tx& tx) {
                 tx.schedule("a", tx.now(), later(5));
                 throw domain::not_found("account");
               }),
               domain::Refusal);
  advance(1_h);
  EXPECT_EQ(paid_in(), 0);
}

TEST_P(TimersTest, RunsManyTimersInTheOrderOfTheirMoments) {
  work([&](domain::Tx& tx) {
    for (int i = 99; i >= 0; --i)
      tx.schedule("timer-" + std::to_string(i), tx.now() + std::chrono::minutes(i), later(i + 1));
  });
  advance(200_min);
  EXPECT_EQ(paid_in(), 5050);
  EXPECT_EQ(
      count("SELECT COUNT(*) FROM deposits d WHERE amount < (SELECT MAX(amount) FROM deposits e WHERE e.id < d.id)"),
      0);
}

TEST_P(TimersTest, TriesAFailingTimerAgainLaterAndLater) {
  schedule("a", 1_min, -1);
  advance(1_min);
  EXPECT_EQ(waiting(), 1);
  EXPECT_EQ(count("SELECT attempts FROM timers"), 1);
  const std::int64_t first = count("SELECT run_at FROM timers") - clock_->now().micros();
  EXPECT_GT(first, 0);
  advance(std::chrono::microseconds(first));
  EXPECT_EQ(count("SELECT attempts FROM timers"), 2);
  EXPECT_GT(count("SELECT run_at FROM timers") - clock_->now().micros(), first);
  for (int i = 0; i < 20; ++i) advance(1_h);
  EXPECT_EQ(count("SELECT attempts FROM timers"), 22);
  EXPECT_LE(count("SELECT run_at FROM timers") - clock_->now().micros(), 3'600'000'000);
  EXPECT_EQ(paid_in(), 0);
}

/// Writes down how late timers ran.
struct Lateness final : Observer {
  void committed(std::size_t, std::size_t, std::chrono::microseconds, std::chrono::microseconds) override {}
  void batch_failed(std::size_t) override {}
  void timer_ran(bool, std::chrono::microseconds late) override { seen.push_back(late); }
  void errand_ran(bool) override {}
  std::vector<std::chrono::microseconds> seen;
};

TEST_P(TimersTest, ReckonsLatenessFromTheSchedulingOfAMomentThatIsPast) {
  const auto lateness = std::make_shared<Lateness>();
  close();
  observer_ = lateness;
  open();
  schedule("of last week", -7 * 24_h, 5);
  store_->run_due_timers();
  schedule("missed", 1_min, 5);
  advance(3_min);
  EXPECT_THAT(lateness->seen, ::testing::ElementsAre(std::chrono::microseconds(0), 2_min));
}

TEST_P(TimersTest, LetsAFailingTimerHoldUpNoOther) {
  schedule("a", 1_min, -1);
  schedule("b", 1_min, 5);
  advance(1_min);
  EXPECT_EQ(paid_in(), 5);
  EXPECT_EQ(waiting(), 1);
}

TEST_P(TimersTest, RunsATimerAfterTheBatchAroundItWasLost) {
  schedule("a", 1_min, 5);
  bool lost = false;
  faults_->at_execute = [&](Connection& connection, std::string_view sql) {
    if (sql.starts_with("UPDATE accounts") && !std::exchange(lost, true)) {
      connection.rollback();
      throw EngineError(EngineError::Kind::Interrupted, "lost");
    }
  };
  advance(1_min);
  EXPECT_TRUE(lost);
  EXPECT_EQ(paid_in(), 5);
  EXPECT_EQ(waiting(), 0);
}

TEST_P(TimersTest, RunsATimerAfterACommitThatFailed) {
  schedule("a", 1_min, 5);
  int failures = 0;
  faults_->at_commit = [&](Connection&) {
    if (++failures == 1) throw EngineError(EngineError::Kind::Storage, "full");
  };
  advance(1_min);
  EXPECT_GE(failures, 2);
  EXPECT_EQ(paid_in(), 5);
}

TEST_P(TimersTest, LeavesATimerThatACommandBeforeItTookBack) {
  schedule("a", 1_min, 5);
  Gate gate(*store_);
  clock_->advance(1_min);
  auto cancelled = submit_work([](domain::Tx& tx) { tx.cancel("a"); });
  gate.open();
  wait(std::move(cancelled));
  store_->run_due_timers();
  EXPECT_EQ(waiting(), 0);
  EXPECT_LE(paid_in(), 5);
}

INSTANTIATE_TEST_SUITE_P(Engines, TimersTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
