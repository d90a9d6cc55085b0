#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>

#include "domain/refusal.h"
#include "engines.h"

namespace wenming::store {
namespace {

using domain::Blob;
using domain::Row;
using domain::Rows;
using domain::to_value;
using domain::Value;

class ConnectionTest : public ::testing::TestWithParam<EngineKind> {
 protected:
  ConnectionTest() {
    writer_->migrate(
        "CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY, n BIGINT, r DOUBLE PRECISION, b BOOLEAN, x BYTEA);");
  }

  template <class... A>
  std::int64_t run(std::string_view sql, const A&... args) {
    const std::array<Value, sizeof...(A)> values{to_value(args)...};
    writer_->execute(sql, values);
    return writer_->touched();
  }
  std::int64_t count(Connection& connection) {
    const auto cursor = connection.query("SELECT COUNT(*) FROM things", {});
    cursor->next();
    return Row(*cursor).integer(0);
  }

  const testing::TemporaryFolder folder_;
  const std::unique_ptr<Engine> engine_ = GetParam().open(folder_);
  const std::unique_ptr<Connection> writer_ = engine_->open_writer();
  const std::unique_ptr<Connection> reader_ = engine_->open_reader();
};

TEST_P(ConnectionTest, GivesBackEveryTypeAsItWasStored) {
  const std::string bytes("\0\xff", 2);
  run("INSERT INTO things (id, n, r, b, x) VALUES ($1, $2, $3, $4, $5)", "a", std::int64_t{1} << 60, 0.1, true,
      Blob{bytes});
  const auto cursor = writer_->query("SELECT id, n, r, b, x FROM things", {});
  ASSERT_TRUE(cursor->next());
  const Row row(*cursor);
  EXPECT_EQ(row.text(0), "a");
  EXPECT_EQ(row.integer(1), std::int64_t{1} << 60);
  EXPECT_EQ(row.real(2), 0.1);
  EXPECT_TRUE(row.boolean(3));
  EXPECT_EQ(row.blob(4), bytes);
  EXPECT_FALSE(cursor->next());
}

TEST_P(ConnectionTest, GivesSumsAsWholeNumbersAndAveragesAsReal) {
  run("INSERT INTO things (id, n) VALUES ('a', 123456789012), ('b', -3), ('c', 40000)");
  const auto cursor = writer_->query(
      "SELECT SUM(n), AVG(n * 1.0), SUM(CASE WHEN n < 0 THEN n END), COALESCE(SUM(CASE WHEN n = 5 THEN n END), 0), "
      "AVG(CASE WHEN n < 0 THEN n / -4.0 END), SUM(CASE WHEN n = 40000 THEN n END) FROM things",
      {});
  ASSERT_TRUE(cursor->next());
  const Row row(*cursor);
  EXPECT_EQ(row.integer(0), 123456829009);
  EXPECT_NEAR(row.real(1), 41152276336.333, 0.001);
  EXPECT_EQ(row.integer(2), -3);
  EXPECT_EQ(row.integer(3), 0);
  EXPECT_EQ(row.real(4), 0.75);
  EXPECT_EQ(row.integer(5), 40000);
}

TEST_P(ConnectionTest, TellsEmptyTextsAndBlobsFromNull) {
  run("INSERT INTO things (id, x) VALUES ($1, $2)", "", Blob{""});
  const auto cursor = writer_->query("SELECT id, x, n FROM things", {});
  ASSERT_TRUE(cursor->next());
  EXPECT_FALSE(Row(*cursor).is_null(0));
  EXPECT_FALSE(Row(*cursor).is_null(1));
  EXPECT_TRUE(Row(*cursor).is_null(2));
}

TEST_P(ConnectionTest, NumbersParametersByTheirNumberNotByAppearance) {
  run("INSERT INTO things (n, id) VALUES ($2, $1)", "a", 7);
  const std::array<Value, 2> values{to_value(7), to_value("a")};
  const auto cursor = writer_->query("SELECT id FROM things WHERE id = $2 AND n = $1 AND '$3' = '$3'", values);
  EXPECT_TRUE(cursor->next());
}

TEST_P(ConnectionTest, CountsTheRowsThatItTouched) {
  EXPECT_EQ(run("INSERT INTO things (id, n) VALUES ('a', 1), ('b', 2)"), 2);
  EXPECT_EQ(run("INSERT INTO things (id, n) VALUES ('a', 1) ON CONFLICT DO NOTHING"), 0);
  EXPECT_EQ(run("UPDATE things SET n = 3"), 2);
  EXPECT_EQ(run("DELETE FROM things WHERE id = $1", "c"), 0);
}

TEST_P(ConnectionTest, RefusesValuesOfAnotherType) {
  EXPECT_THROW(run("INSERT INTO things (id, n) VALUES ('a', $1)", "seven"), EngineError);
}

TEST_P(ConnectionTest, RefusesTheWrongNumberOfParameters) {
  EXPECT_THROW(run("INSERT INTO things (id) VALUES ($1)"), EngineError);
  EXPECT_THROW(run("INSERT INTO things (id) VALUES ($1)", "a", "b"), EngineError);
}

TEST_P(ConnectionTest, NamesBrokenRulesOfTheSchemaAsSuch) {
  run("INSERT INTO things (id) VALUES ('a')");
  try {
    run("INSERT INTO things (id) VALUES ('a')");
    FAIL() << "a key was taken twice";
  } catch (const EngineError& error) {
    EXPECT_EQ(error.kind(), EngineError::Kind::Constraint);
  }
}

TEST_P(ConnectionTest, LetsTheSameQueryBeWalkedTwiceAtOnce) {
  run("INSERT INTO things (id) VALUES ('a'), ('b')");
  int pairs = 0;
  for (const Row& outer : Rows(writer_->query("SELECT id FROM things ORDER BY id", {}))) {
    for (const Row& inner : Rows(writer_->query("SELECT id FROM things ORDER BY id", {}))) {
      pairs += outer.text(0) <= inner.text(0) ? 1 : 0;
    }
  }
  EXPECT_EQ(pairs, 3);
}

TEST_P(ConnectionTest, UndoesWhatWasDoneSinceTheSavepointAndNoMore) {
  writer_->begin();
  run("INSERT INTO things (id) VALUES ('a')");
  writer_->savepoint();
  run("INSERT INTO things (id) VALUES ('b')");
  writer_->undo();
  writer_->savepoint();
  run("INSERT INTO things (id) VALUES ('c')");
  writer_->release();
  writer_->commit();
  EXPECT_EQ(count(*reader_), 2);
}

TEST_P(ConnectionTest, ShowsNothingBeforeTheCommitAndAllOfItAfter) {
  writer_->begin();
  EXPECT_TRUE(writer_->in_transaction());
  run("INSERT INTO things (id) VALUES ('a')");
  EXPECT_EQ(count(*reader_), 0);
  writer_->commit();
  EXPECT_FALSE(writer_->in_transaction());
  EXPECT_EQ(count(*reader_), 1);
}

TEST_P(ConnectionTest, ForgetsARolledBackTransaction) {
  writer_->begin();
  run("INSERT INTO things (id) VALUES ('a')");
  writer_->rollback();
  EXPECT_EQ(count(*writer_), 0);
}

TEST_P(ConnectionTest, ShowsAReaderOneStateForTheLengthOfItsTransaction) {
  reader_->begin_read(std::chrono::minutes(1));
  EXPECT_EQ(count(*reader_), 0);
  run("INSERT INTO things (id) VALUES ('a')");
  EXPECT_EQ(count(*reader_), 0);
  reader_->commit();
  EXPECT_EQ(count(*reader_), 1);
}

TEST_P(ConnectionTest, LetsNoReaderWrite) {
  EXPECT_THROW(reader_->execute("INSERT INTO things (id) VALUES ('a')", {}), EngineError);
}

TEST_P(ConnectionTest, EndsAReadThatTakesTooLong) {
  reader_->begin_read(std::chrono::milliseconds(20));
  try {
    const auto cursor = reader_->query(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT MAX(n) FROM numbers", {});
    cursor->next();
    FAIL() << "an endless query came to an end";
  } catch (const domain::Refusal& refusal) {
    EXPECT_EQ(refusal.code(), "read_too_long");
  }
}

TEST_P(ConnectionTest, EndsManyShortReadsThatTakeTooLongTogether) {
  reader_->begin_read(std::chrono::milliseconds(20));
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  EXPECT_THROW(
      {
        while (std::chrono::steady_clock::now() < give_up) count(*reader_);
      },
      domain::Refusal);
}

TEST_P(ConnectionTest, ReadsOnAfterAReadThatTookTooLong) {
  reader_->begin_read(std::chrono::milliseconds(0));
  EXPECT_THROW(
      {
        while (true) count(*reader_);
      },
      domain::Refusal);
  reader_->rollback();
  reader_->begin_read(std::chrono::minutes(1));
  EXPECT_EQ(count(*reader_), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, ConnectionTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
