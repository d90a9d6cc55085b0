#include "store/epochs.h"

#include <gtest/gtest.h>

#include "ledger_fixture.h"
#include "store/audit.h"
#include "store/migrations.h"
#include "store/schemas.h"

namespace wenming::store {
namespace {

class EpochsTest : public LedgerFixture {
 protected:
  void restore() {
    close();
    const auto engine = GetParam().open(folder_);
    const auto connection = engine->open_writer();
    connection->begin();
    begin_epoch(*connection, random_, clock_->now());
    connection->commit();
    open();
  }

  core::SystemRandom random_;
};

TEST_P(EpochsTest, TheChainOfTheJournalGoesOnOverRestores) {
  const std::string id = open_account().id();
  const std::string first = store_->epoch();
  restore();
  account(deposit(id, 5));
  restore();
  account(deposit(id, 7));
  EXPECT_EQ(store_->epochs().of(1), first);
  EXPECT_EQ(store_->epochs().first(), first);
  EXPECT_NE(store_->epochs().of(2), first);
  EXPECT_EQ(store_->epochs().of(3), store_->epoch());
  const AuditReport report = verify(*GetParam().open(folder_)->open_reader());
  EXPECT_FALSE(report.broken);
  EXPECT_EQ(report.rows, 3);
}

TEST_P(EpochsTest, NamesGrowEvenWhereTheClockWasSetBack) {
  const std::string first = store_->epoch();
  clock_->set(at("2020-01-01T00:00+08:00"));
  restore();
  const std::string second = store_->epoch();
  restore();
  EXPECT_LT(first, second);
  EXPECT_LT(second, store_->epoch());
}

TEST_P(EpochsTest, AnOlderDatabaseKeepsTheEpochThatItHas) {
  const testing::TemporaryFolder folder;
  const auto engine = GetParam().open(folder);
  const auto connection = engine->open_writer();
  const auto files = schema();
  const std::vector<MigrationSet> before{{"store", {files[0], files[1]}}}, now{{"store", {files.begin(), files.end()}}};
  migrate(*connection, engine->foreign_ending(), before, clock_->now());
  connection->execute("INSERT INTO store_facts (name, value) VALUES ('epoch', 'as it was')", {});
  migrate(*connection, engine->foreign_ending(), now, clock_->now());
  EXPECT_EQ(open_epochs(*connection, random_, clock_->now()).first(), "as it was");
}

INSTANTIATE_TEST_SUITE_P(Engines, EpochsTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
