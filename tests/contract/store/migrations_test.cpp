#include "store/migrations.h"

#include <gtest/gtest.h>

#include <fstream>

#include "engines.h"
#include "testing/moments.h"

namespace wenming::store {
namespace {

using core::EmbeddedFile;

class MigrationsTest : public ::testing::TestWithParam<EngineKind> {
 protected:
  void apply(std::vector<EmbeddedFile> files, std::string name = "test") {
    const std::vector<MigrationSet> sets{{std::move(name), std::move(files)}};
    migrate(*writer_, engine_->foreign_ending(), sets, testing::at("2026-03-05T09:00+08:00"));
  }
  std::string failure(std::vector<EmbeddedFile> files) {
    try {
      apply(std::move(files));
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  std::int64_t count(std::string_view sql) {
    const auto cursor = writer_->query(sql, {});
    cursor->next();
    return domain::Row(*cursor).integer(0);
  }

  const EmbeddedFile first_{"0001_a.sql", "CREATE TABLE a (id TEXT NOT NULL PRIMARY KEY);"};
  const EmbeddedFile second_{"0002_b.sql",
                             "CREATE TABLE b (id TEXT NOT NULL PRIMARY KEY); INSERT INTO a (id) VALUES ('x');"};
  const testing::TemporaryFolder folder_;
  const std::unique_ptr<Engine> engine_ = GetParam().open(folder_);
  const std::unique_ptr<Connection> writer_ = engine_->open_writer();
};

TEST_P(MigrationsTest, AppliesFilesInTheOrderOfTheirNumbersAndOnce) {
  apply({second_, first_});
  apply({first_, second_});
  EXPECT_EQ(count("SELECT COUNT(*) FROM a"), 1);
  EXPECT_EQ(count("SELECT COUNT(*) FROM applied_migrations"), 2);
}

TEST_P(MigrationsTest, AppliesNewFilesToAnOlderDatabase) {
  apply({first_});
  apply({first_, second_});
  EXPECT_EQ(count("SELECT COUNT(*) FROM a"), 1);
}

TEST_P(MigrationsTest, KeepsTheNumbersOfDifferentSchemasApart) {
  apply({first_}, "one");
  apply({{"0001_c.sql", "CREATE TABLE c (id TEXT NOT NULL PRIMARY KEY);"}}, "two");
  EXPECT_EQ(count("SELECT COUNT(*) FROM applied_migrations"), 2);
}

TEST_P(MigrationsTest, RefusesAFileThatHasChangedSinceItWasApplied) {
  apply({first_});
  const EmbeddedFile changed{first_.name, "CREATE TABLE a (id TEXT NOT NULL PRIMARY KEY); -- harmless"};
  EXPECT_NE(failure({changed}).find("0001_a.sql of schema test has changed"), std::string::npos);
}

TEST_P(MigrationsTest, LivesWithADatabaseThatANewerProgramHasExpanded) {
  apply({first_, second_});
  EXPECT_EQ(failure({first_}), "");
  EXPECT_EQ(count("SELECT COUNT(*) FROM applied_migrations"), 2);
}

TEST_P(MigrationsTest, RefusesADatabaseFromWhichANewerProgramHasTakenSomething) {
  apply({first_, {"0002_b.contract.sql", "DROP TABLE a;"}});
  EXPECT_NE(failure({first_}).find("0002_b.contract.sql of schema test, which takes away"), std::string::npos);
}

TEST_P(MigrationsTest, RefusesMissingDoubledAndUnnumberedFiles) {
  EXPECT_NE(failure({second_}), "");
  EXPECT_NE(failure({first_, {"0001_again.sql", "SELECT 1;"}}), "");
  EXPECT_NE(failure({{"tables.sql", "SELECT 1;"}}), "");
}

TEST_P(MigrationsTest, LeavesNothingOfAnUpgradeThatFails) {
  apply({first_});
  const EmbeddedFile broken{"0003_broken.sql",
                            "CREATE TABLE c (id TEXT NOT NULL PRIMARY KEY); CREATE TABLE c (id TEXT);"};
  EXPECT_NE(failure({first_, second_, broken}).find("0003_broken.sql"), std::string::npos);
  EXPECT_EQ(count("SELECT COUNT(*) FROM applied_migrations"), 1);
  apply({first_, second_});
  EXPECT_EQ(count("SELECT COUNT(*) FROM a"), 1);
}

TEST_P(MigrationsTest, PassesOverFilesForOtherDatabases) {
  const std::string foreign = "0001_a" + std::string(engine_->foreign_ending());
  apply({first_, {foreign, "THIS IS NO SQL HERE;"}});
  EXPECT_EQ(count("SELECT COUNT(*) FROM applied_migrations"), 1);
}

TEST_P(MigrationsTest, TellsWhichFilesADatabaseLacksAndChangesNothing) {
  const auto lacking = [&](std::vector<EmbeddedFile> files) {
    const std::vector<MigrationSet> sets{{"test", std::move(files)}};
    return unapplied(*writer_, engine_->foreign_ending(), sets);
  };
  EXPECT_EQ(lacking({first_, second_}), (std::vector<std::string>{"0001_a.sql", "0002_b.sql"}));
  EXPECT_TRUE(writer_->tables().empty());
  apply({first_});
  EXPECT_EQ(lacking({first_, second_}), std::vector<std::string>{"0002_b.sql"});
  apply({first_, second_});
  EXPECT_EQ(lacking({first_, second_}), std::vector<std::string>());
  EXPECT_EQ(lacking({first_}), std::vector<std::string>());
  EXPECT_THROW(lacking({{first_.name, "CREATE TABLE other (id TEXT NOT NULL PRIMARY KEY);"}}), std::runtime_error);
}

/// Everybody who comes later would wait behind it.
TEST_P(MigrationsTest, DoesNotWaitForWhoeverReadsATableThatItChanges) {
  if (!engine_->shared()) GTEST_SKIP() << "readers are in nobody's way";
  apply({first_});
  const auto reader = engine_->open_reader();
  reader->begin_read(std::chrono::minutes(1));
  reader->query("SELECT id FROM a", {})->next();
  const auto began = std::chrono::steady_clock::now();
  const EmbeddedFile column{"0002_a.sql", "ALTER TABLE a ADD COLUMN name TEXT NOT NULL DEFAULT '';"};
  EXPECT_NE(failure({first_, column}).find("0002_a.sql of schema test needs a table that a backup"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  reader->rollback();
  EXPECT_EQ(failure({first_, column}), "");
}

INSTANTIATE_TEST_SUITE_P(Engines, MigrationsTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
