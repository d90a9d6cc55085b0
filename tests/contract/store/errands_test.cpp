#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "ledger_fixture.h"

namespace wenming::store {
namespace {

class ErrandsTest : public LedgerFixture {
 protected:
  void send(std::string_view key, std::chrono::microseconds in = {}) {
    ledger::v1::FetchDeposit errand;
    errand.set_account_id(id_);
    work([&](domain::Tx& tx) { tx.send_on_errand(key, tx.now() + in, errand); });
  }
  void advance(std::chrono::microseconds by) {
    clock_->advance(by);
    store_->run_due_errands();
  }
  std::int64_t waiting() { return count("SELECT COUNT(*) FROM errands"); }

  /// Makes errands wait underway until the test lets them come home with an amount.
  class Journey {
   public:
    explicit Journey(ledger::Appraisal& appraisal) {
      appraisal.fetch = [this] {
        left_.set_value();
        return home_.get_future().get();
      };
    }
    void wait_until_under_way() { wait(left_.get_future()); }
    void come_home(std::int64_t amount) { home_.set_value(amount); }

   private:
    std::promise<void> left_;
    std::promise<std::int64_t> home_;
  };

  std::string id_ = open_account().id();
};

TEST_P(ErrandsTest, RunsAnErrandOnceItsMomentHasComeAndSettlesWhatItBrought) {
  appraisal_->fetch = [] { return 5; };
  send("a", 60_min);
  advance(59_min);
  EXPECT_EQ(paid_in(), 0);
  advance(1_min);
  EXPECT_EQ(paid_in(), 5);
  EXPECT_EQ(waiting(), 0);
  advance(24_h);
  EXPECT_EQ(paid_in(), 5);
}

TEST_P(ErrandsTest, LeavesTheWriterFreeWhileOneIsUnderWay) {
  Journey journey(*appraisal_);
  send("a");
  journey.wait_until_under_way();
  account(deposit(id_, 7));
  EXPECT_EQ(paid_in(), 7);
  journey.come_home(5);
  advance({});
  EXPECT_EQ(paid_in(), 12);
}

TEST_P(ErrandsTest, ThrowsAwayWhatOneBringsThatWasTakenBack) {
  Journey journey(*appraisal_);
  send("a");
  journey.wait_until_under_way();
  work([](domain::Tx& tx) { tx.recall("a"); });
  journey.come_home(5);
  advance({});
  EXPECT_EQ(paid_in(), 0);
  EXPECT_EQ(waiting(), 0);
}

TEST_P(ErrandsTest, ThrowsAwayWhatOneBringsThatWasReplacedAndRunsTheNext) {
  Journey journey(*appraisal_);
  send("a");
  journey.wait_until_under_way();
  send("a", 60_min);
  journey.come_home(5);
  advance({});
  EXPECT_EQ(paid_in(), 0);
  appraisal_->fetch = [] { return 9; };
  advance(60_min);
  EXPECT_EQ(paid_in(), 9);
}

TEST_P(ErrandsTest, RunsManyBesideEachOtherEachOnce) {
  std::atomic<int> runs = 0;
  appraisal_->fetch = [&] {
    ++runs;
    return 1;
  };
  for (int i = 0; i < 50; ++i) send("errand-" + std::to_string(i));
  advance({});
  EXPECT_EQ(paid_in(), 50);
  EXPECT_EQ(runs, 50);
}

TEST_P(ErrandsTest, TriesAFailingOneAgainLaterAndLater) {
  appraisal_->fetch = []() -> std::int64_t { throw std::runtime_error("nobody at home"); };
  send("a");
  advance({});
  EXPECT_EQ(count("SELECT attempts FROM errands"), 1);
  const std::int64_t first = count("SELECT run_at FROM errands") - clock_->now().micros();
  EXPECT_GT(first, 0);
  advance(std::chrono::microseconds(first));
  EXPECT_EQ(count("SELECT attempts FROM errands"), 2);
  EXPECT_GT(count("SELECT run_at FROM errands") - clock_->now().micros(), first);
  appraisal_->fetch = [] { return 3; };
  advance(1_h);
  EXPECT_EQ(paid_in(), 3);
}

TEST_P(ErrandsTest, TriesAgainWhatCouldNotBeSettled) {
  appraisal_->fetch = [] { return -1; };  // which paying in refuses after it has written
  send("a");
  advance({});
  EXPECT_EQ(paid_in(), 0);
  EXPECT_EQ(count("SELECT attempts FROM errands"), 1);
  appraisal_->fetch = [] { return 3; };
  advance(1_h);
  EXPECT_EQ(paid_in(), 3);
}

TEST_P(ErrandsTest, BeginsAgainWhenTheLeaseOfALostOneIsOver) {
  // As a process leaves it that died underway: claimed, and nobody on the way.
  appraisal_->fetch = [] { return 5; };
  ledger::v1::FetchDeposit errand;
  errand.set_account_id(id_);
  work([&](domain::Tx& tx) {
    tx.send_on_errand("a", tx.now(), errand);
    tx.run("UPDATE errands SET run_at = $1", tx.now() + limits_.errand_time);
  });
  advance(limits_.errand_time - std::chrono::seconds(1));
  EXPECT_EQ(paid_in(), 0);
  advance(std::chrono::seconds(1));
  EXPECT_EQ(paid_in(), 5);
}

TEST_P(ErrandsTest, DoesNotWaitForOneWhoseProcessIsGoneWhereNoOtherCanHaveIt) {
  appraisal_->fetch = [] { return 5; };
  ledger::v1::FetchDeposit errand;
  errand.set_account_id(id_);
  work([&](domain::Tx& tx) {
    tx.send_on_errand("a", tx.now(), errand);
    tx.run("UPDATE errands SET run_at = $1, claimed = TRUE", tx.now() + limits_.errand_time);
  });
  restart();
  advance({});
  EXPECT_EQ(paid_in(), GetParam().name == "Sqlite" ? 5 : 0) << "a shared database may have another process on the way";
  advance(limits_.errand_time);
  EXPECT_EQ(paid_in(), 5);
}

TEST_P(ErrandsTest, RunsWhatWasLeftAfterARestart) {
  appraisal_->fetch = [] { return 5; };
  send("a", 60_min);
  close();
  clock_->advance(60_min);
  open();
  store_->run_due_errands();
  EXPECT_EQ(paid_in(), 5);
}

INSTANTIATE_TEST_SUITE_P(Engines, ErrandsTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
