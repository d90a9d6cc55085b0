#include <gtest/gtest.h>

#include <mutex>
#include <random>

#include "ledger_fixture.h"

namespace wenming::store {
namespace {

class HammerTest : public LedgerFixture {};

/// Many threads pay in, repeat themselves, go too far and read, while the database loses batches and commits. In the
/// end the ledger must hold exactly what was answered.
TEST_P(HammerTest, LosesNothingAndDoublesNothingUnderFire) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  limits_.lanes = 4;
  restart();
  std::vector<std::string> accounts;
  for (int i = 0; i < 5; ++i) accounts.push_back(open_account().id());

  std::mutex mutex;  // lanes ask too
  std::mt19937 misfortune(seed);
  const auto strikes = [&](unsigned one_in) {
    const std::lock_guard lock(mutex);
    return misfortune() % one_in == 0;
  };
  faults_->at_execute = [&](Connection& connection, std::string_view sql) {
    if (!sql.starts_with("UPDATE accounts") || !strikes(200)) return;
    connection.rollback();
    throw EngineError(EngineError::Kind::Interrupted, "lost");
  };
  faults_->at_commit = [&](Connection&) {
    if (strikes(100)) throw EngineError(EngineError::Kind::Storage, "no space");
  };
  const Answered answered = hammer({store_.get()}, accounts, 400, seed);
  faults_->at_execute = [](Connection&, std::string_view) {};
  faults_->at_commit = [](Connection&) {};
  restart();
  expect_the_ledger_to_hold(answered);
}

INSTANTIATE_TEST_SUITE_P(Engines, HammerTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
