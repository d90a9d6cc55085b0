#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "ledger_fixture.h"
#include "store/audit.h"
#include "store/service_store.h"
#include "store/sql_text.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/engine.h"

namespace wenming::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SqlTextTest, RewritesParametersButNotTextsNamesAndComments) {
  EXPECT_EQ(sqlite_parameters("SELECT $1, '$2', \"$3\" /* $4 */ FROM t -- $5\n WHERE a=$12"),
            "SELECT ?1, '$2', \"$3\" /* $4 */ FROM t -- $5\n WHERE a=?12");
  EXPECT_EQ(sqlite_parameters("SELECT 'it''s $1', $2"), "SELECT 'it''s $1', ?2");
}

TEST(SqlTextTest, MakesStrictTablesOfPortableOnes) {
  EXPECT_EQ(sqlite_schema("CREATE TABLE t (a BIGINT NOT NULL, b BYTEA, c BOOLEAN, PRIMARY KEY (a, b));"),
            "CREATE TABLE t (a INTEGER NOT NULL, b BLOB, c INTEGER, PRIMARY KEY (a, b)) STRICT;");
  EXPECT_EQ(sqlite_schema("create table t (d double precision);"), "create table t (d REAL ) STRICT;");
  EXPECT_EQ(sqlite_schema("CREATE INDEX i ON t (a) WHERE b <> 'BIGINT'; -- BIGINT"),
            "CREATE INDEX i ON t (a) WHERE b <> 'BIGINT'; -- BIGINT");
}

/// What only SQLite does.
class SqliteTest : public LedgerFixture {
 protected:
  [[nodiscard]] std::string path() const { return (folder_.path() / "contract.sqlite").string(); }
  static SqliteConnection& sqlite(Connection& connection) { return dynamic_cast<SqliteConnection&>(connection); }

  std::string plan_of(const std::string& sql) {
    SqliteConnection connection(path(), SqliteConnection::Role::Reader, false);
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(connection.handle(), ("EXPLAIN QUERY PLAN " + sqlite_parameters(sql)).c_str(), -1, &statement,
                       nullptr);
    std::string plan;
    while (sqlite3_step(statement) == SQLITE_ROW)
      plan += std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement, 3))) + "\n";
    sqlite3_finalize(statement);
    return plan;
  }
};

TEST_P(SqliteTest, RunsAgainWhatAnInterruptRolledBack) {
  const std::string id = open_account().id();
  bool interrupted = false;
  faults_->at_execute = [&](Connection& connection, std::string_view sql) {
    sqlite3* const handle = sqlite(connection).handle();
    if (!sql.starts_with("UPDATE accounts") || interrupted) {
      sqlite3_progress_handler(handle, 0, nullptr, nullptr);
      return;
    }
    interrupted = true;
    sqlite3_progress_handler(
        handle, 1, [](void*) { return 1; }, nullptr);
  };
  std::vector<std::future<Outcome>> futures;
  {
    Gate gate(*store_);
    for (const std::int64_t amount : {1, 2, 3}) futures.push_back(submit(deposit(id, amount)));
  }
  for (auto& future : futures) EXPECT_EQ(code_of(wait(std::move(future))), "answered");
  EXPECT_TRUE(interrupted);
  EXPECT_EQ(paid_in(), 6);
}

TEST_P(SqliteTest, AnswersFaultsWhileThereIsNoSpaceAndGoesOnWhenThereIs) {
  const std::string id = open_account().id();
  // A database may not grow beyond so many pages: what a full disk is to SQLite.
  std::atomic<bool> full = true;
  faults_->at_begin = [&](Connection& connection) {
    sqlite3_exec(sqlite(connection).handle(), full ? "PRAGMA max_page_count = 1" : "PRAGMA max_page_count = 1073741823",
                 nullptr, nullptr, nullptr);
  };
  ledger::v1::OpenAccountRequest request;
  request.set_unit_id("county");
  request.set_holder(std::string(9'000, 'x'));
  std::int64_t opened = 0;
  bool met_the_end = false;
  for (int i = 0; i < 50; ++i) {
    const Outcome done = outcome(make_call("OpenAccount", request));
    opened += done.fault ? 0 : 1;
    met_the_end = met_the_end || done.fault;
  }
  EXPECT_TRUE(met_the_end);
  EXPECT_EQ(count("SELECT COUNT(*) FROM accounts WHERE holder LIKE 'xx%'"), opened);

  full = false;
  EXPECT_EQ(code_of(outcome(make_call("OpenAccount", request))), "answered");
  EXPECT_EQ(code_of(outcome(deposit(id, 1))), "answered");
  EXPECT_FALSE(verify(*GetParam().open(folder_)->open_reader()).broken);
}

TEST_P(SqliteTest, ReadsTheKeysOfTheLastDayFromTheIndexAlone) {
  EXPECT_THAT(plan_of("SELECT sequence, happened_at, idempotency_hash FROM journal "
                      "WHERE happened_at > $1 AND idempotency_hash IS NOT NULL ORDER BY happened_at"),
              AllOf(HasSubstr("COVERING INDEX journal_by_time"), Not(HasSubstr("TEMP B-TREE"))));
}

TEST_P(SqliteTest, FindsTimersAndChangesByTheirIndexes) {
  EXPECT_THAT(plan_of("SELECT key FROM timers WHERE run_at <= $1 ORDER BY run_at, key LIMIT $2"),
              HasSubstr("timers_by_run_at"));
  EXPECT_THAT(plan_of("SELECT run_at FROM timers ORDER BY run_at LIMIT 1"), HasSubstr("timers_by_run_at"));
  EXPECT_THAT(plan_of("SELECT key, position FROM changed WHERE position > $1 ORDER BY position"),
              HasSubstr("changed_by_position"));
}

TEST_P(SqliteTest, ReadsPagesInTheOrderOfAnIndexWithoutSorting) {
  EXPECT_THAT(
      plan_of("SELECT *, holder, id FROM accounts WHERE (holder, id) > ($1, $2) ORDER BY holder ASC, id ASC LIMIT $3"),
      Not(HasSubstr("TEMP B-TREE")));
}

TEST_P(SqliteTest, KeepsTheWalInBoundsWhileItIsWrittenAndRead) {
  const std::string id = open_account().id();
  const std::string filler(200'000, 'x');
  // 200 MB in all, against the 64 MiB at which the writer waits.
  for (int i = 0; i < 1000; ++i) {
    work([&](domain::Tx& tx) { tx.run("INSERT INTO store_facts (name, value) VALUES ($1, $2)", tx.new_id(), filler); });
    if (i % 10 == 0) get(id);
  }
  EXPECT_LT(std::filesystem::file_size(path() + "-wal"), 70U << 20);
}

TEST_P(SqliteTest, RefusesAFileThatIsNoDatabase) {
  const std::string other = (folder_.path() / "other.sqlite").string();
  std::ofstream(other) << std::string(8192, 'x');
  EXPECT_THROW(open_store(std::make_unique<SqliteEngine>(other, false), service_, contract_, {}), EngineError);
}

INSTANTIATE_TEST_SUITE_P(Engines, SqliteTest,
                         ::testing::Values(EngineKind{"Sqlite",
                                                      [](const testing::TemporaryFolder& folder) {
                                                        return std::make_unique<SqliteEngine>(
                                                            (folder.path() / "contract.sqlite").string(), false);
                                                      }}),
                         name_of);

}  // namespace
}  // namespace wenming::store
