#include "store/recent_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "store/sqlite/engine.h"
#include "testing/moments.h"
#include "testing/temporary_folder.h"

namespace wenming::store {
namespace {

using testing::at;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace testing::literals;  // NOLINT: 5_min

std::string hash_of(std::int64_t number) {
  return std::string(core::bytes_of(core::sha256(std::to_string(number)))).substr(0, 16);
}

JournalEntry row(std::int64_t sequence, core::Timestamp happened_at) {
  JournalEntry entry;
  entry.sequence = sequence;
  entry.happened_at = happened_at;
  entry.idempotency_hash = hash_of(sequence);
  return entry;
}

TEST(RecentKeysTest, NamesTheRowOfEveryKeyAndHardlyAnyOther) {
  RecentKeys keys;
  constexpr std::int64_t kRows = 200'000;  // over several stretches
  std::vector<JournalEntry> rows;
  for (std::int64_t sequence = 1; sequence <= kRows; ++sequence)
    rows.push_back(row(sequence, at("2026-03-05T09:00+08:00")));
  keys.add(rows);
  std::size_t named = 0;
  for (std::int64_t sequence = 1; sequence <= kRows; ++sequence) {
    const auto found = keys.rows_of(hash_of(sequence));
    ASSERT_THAT(found, Contains(sequence));
    named += found.size();
  }
  EXPECT_LT(named, kRows + kRows / 1000);
  std::size_t mistaken = 0;
  for (std::int64_t other = 1; other <= kRows; ++other) mistaken += keys.rows_of(hash_of(-other)).size();
  EXPECT_LT(mistaken, kRows / 1000U);
}

TEST(RecentKeysTest, SkipsRowsWithoutAKey) {
  RecentKeys keys;
  JournalEntry without = row(1, at("2026-03-05T09:00+08:00"));
  without.idempotency_hash.clear();
  keys.add(std::vector{without, row(2, at("2026-03-05T09:00+08:00"))});
  EXPECT_THAT(keys.rows_of(hash_of(1)), IsEmpty());
  EXPECT_THAT(keys.rows_of(hash_of(2)), ElementsAre(2));
}

/// Rows from `first` to `last`, of which only the last has a key.
std::vector<JournalEntry> rows_up_to(std::int64_t first, std::int64_t last, core::Timestamp happened_at) {
  std::vector<JournalEntry> rows;
  for (std::int64_t sequence = first; sequence <= last; ++sequence) {
    rows.push_back(row(sequence, happened_at));
    if (sequence < last) rows.back().idempotency_hash.clear();
  }
  return rows;
}

TEST(RecentKeysTest, DropsAStretchOnceAllOfItIsOlderThanADay) {
  const core::Timestamp start = at("2026-03-05T09:00+08:00");
  RecentKeys keys;
  keys.add(std::vector{row(1, start), row(2, start + 2_h)});
  keys.add(rows_up_to(3, 70'000, start + 25_h));
  EXPECT_THAT(keys.rows_of(hash_of(1)), ElementsAre(1)) << "shares its stretch with a younger one";
  keys.add(rows_up_to(70'001, 140'000, start + 27_h));
  EXPECT_THAT(keys.rows_of(hash_of(2)), IsEmpty());
  EXPECT_THAT(keys.rows_of(hash_of(70'000)), ElementsAre(70'000));
}

/// A database with nothing but a journal.
class RecentKeysReadTest : public ::testing::Test {
 protected:
  RecentKeysReadTest() {
    connection_->migrate(
        "CREATE TABLE journal (sequence BIGINT PRIMARY KEY, happened_at BIGINT, idempotency_hash BYTEA, hash BYTEA)");
  }
  void insert(const JournalEntry& entry) {
    const std::array<domain::Value, 3> values{domain::to_value(entry.sequence), domain::to_value(entry.happened_at),
                                              domain::Blob{entry.idempotency_hash}};
    connection_->execute("INSERT INTO journal (sequence, happened_at, idempotency_hash, hash) VALUES ($1, $2, $3, $3)",
                         values);
  }

  const testing::TemporaryFolder folder_;
  SqliteEngine engine_{(folder_.path() / "journal.sqlite").string(), false};
  const std::unique_ptr<Connection> connection_ = engine_.open_writer();
  const core::Timestamp start_ = at("2026-03-05T09:00+08:00");
  RecentKeys keys_;
};

TEST_F(RecentKeysReadTest, KeepsWhatAClockThatWasSetBackGivesOutOfOrder) {
  insert(row(70'000, start_));
  insert(row(1, start_ + 1_h));
  keys_.catch_up(*connection_, start_ + 2_h);
  EXPECT_THAT(keys_.rows_of(hash_of(1)), ElementsAre(1));
  EXPECT_THAT(keys_.rows_of(hash_of(70'000)), ElementsAre(70'000));
}

TEST_F(RecentKeysReadTest, ReadsADayThatIsLongerThanAPage) {
  constexpr std::int64_t kRows = 25'000;
  connection_->begin();
  // In batches of one time each, as a writer commits them.
  for (std::int64_t number = 1; number <= kRows; ++number)
    insert(row(number, start_ + std::chrono::microseconds(number / 64)));
  connection_->commit();
  RecentKeys at_start;
  at_start.catch_up(*connection_, start_);
  connection_->begin();
  for (std::int64_t number = kRows + 1; number <= 2 * kRows; ++number) insert(row(number, start_ + 1_h));
  connection_->commit();
  at_start.catch_up(*connection_, start_ + 1_h);
  for (std::int64_t number = 1; number <= 2 * kRows; ++number)
    ASSERT_THAT(at_start.rows_of(hash_of(number)), Contains(number));
}

TEST_F(RecentKeysReadTest, ReadsWhatItWasNotToldOf) {
  insert(row(1, start_));
  keys_.catch_up(*connection_, start_);
  insert(row(2, start_));
  insert(row(3, start_));
  keys_.add(std::vector{row(3, start_)});  // by one writer, before another has told of the second row
  keys_.catch_up(*connection_, start_);
  keys_.add(std::vector{row(2, start_)});
  for (const std::int64_t sequence : {1, 2, 3}) EXPECT_THAT(keys_.rows_of(hash_of(sequence)), ElementsAre(sequence));
}

}  // namespace
}  // namespace wenming::store
