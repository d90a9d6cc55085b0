#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "ledger_fixture.h"
#include "store/audit.h"

namespace wenming::store {
namespace {

class HammerTest : public LedgerFixture {};

/// Many threads pay in, repeat themselves, go too far and read, while the database loses batches and commits. In the
/// end the ledger must hold exactly what was answered.
TEST_P(HammerTest, LosesNothingAndDoublesNothingUnderFire) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  constexpr int kThreads = 6;
  constexpr int kCalls = 400;
  std::vector<std::string> accounts;
  for (int i = 0; i < 5; ++i) accounts.push_back(open_account().id());

  std::mt19937 misfortune(seed);  // asked on the writer's thread only
  faults_->at_execute = [&](Connection& connection, std::string_view sql) {
    if (!sql.starts_with("UPDATE accounts") || misfortune() % 200 != 0) return;
    connection.rollback();
    throw EngineError(EngineError::Kind::Interrupted, "lost");
  };
  faults_->at_commit = [&](Connection&) {
    if (misfortune() % 100 == 0) throw EngineError(EngineError::Kind::Storage, "no space");
  };

  // What was answered: key → amount. A fault may be repeated with its key until there is an answer.
  std::mutex mutex;
  std::map<std::string, std::int64_t> answered;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(seed + 1 + static_cast<unsigned>(t));
      for (int i = 0; i < kCalls; ++i) {
        const std::string key = std::to_string(t) + "-" + std::to_string(i);
        const std::string& into = accounts[random() % accounts.size()];
        const std::int64_t amount =
            random() % 50 == 0 ? ledger::kLimit + 1 : 5 + static_cast<std::int64_t>(random() % 100);
        Outcome done = outcome(deposit(into, amount, key));
        while (done.fault) done = outcome(deposit(into, amount, key));
        if (random() % 5 == 0 && !done.refusal) {
          Outcome again = outcome(deposit(into, amount, key));
          while (again.fault) again = outcome(deposit(into, amount, key));
          EXPECT_TRUE(again.replayed);
          EXPECT_EQ(again.sequence, done.sequence);
        }
        if (done.refusal) continue;
        const std::lock_guard lock(mutex);
        answered[key] = amount;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  faults_->at_execute = [](Connection&, std::string_view) {};
  faults_->at_commit = [](Connection&) {};
  restart();

  std::int64_t expected = 0;
  for (const auto& [key, amount] : answered) expected += amount;
  EXPECT_EQ(paid_in(), expected);
  EXPECT_EQ(count("SELECT COUNT(*) FROM deposits"), static_cast<std::int64_t>(answered.size()));
  EXPECT_EQ(count("SELECT SUM(balance) FROM accounts"), expected);
  EXPECT_EQ(count("SELECT COUNT(*) FROM journal WHERE method LIKE '%Deposit'"),
            static_cast<std::int64_t>(answered.size()));
  const auto engine = GetParam().open(folder_);
  const AuditReport report = verify(*engine->open_reader());
  EXPECT_FALSE(report.broken);
  EXPECT_EQ(report.rows, store_->journal_head());
}

INSTANTIATE_TEST_SUITE_P(Engines, HammerTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
