#include "store/recent_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/moments.h"

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

TEST(RecentKeysTest, DropsAStretchOnceAllOfItIsOlderThanADay) {
  const core::Timestamp start = at("2026-03-05T09:00+08:00");
  RecentKeys keys;
  keys.add(std::vector{row(1, start), row(2, start + 2_h)});
  keys.add(std::vector{row(70'000, start + 25_h)});
  EXPECT_THAT(keys.rows_of(hash_of(1)), ElementsAre(1)) << "shares its stretch with a younger one";
  keys.add(std::vector{row(140'000, start + 27_h)});
  EXPECT_THAT(keys.rows_of(hash_of(2)), IsEmpty());
  EXPECT_THAT(keys.rows_of(hash_of(70'000)), ElementsAre(70'000));
}

TEST(RecentKeysTest, KeepsWhatAClockThatWasSetBackGivesOutOfOrder) {
  const core::Timestamp start = at("2026-03-05T09:00+08:00");
  RecentKeys keys;
  keys.add(std::vector{row(70'000, start)});
  keys.add(std::vector{row(1, start + 1_h)});
  EXPECT_THAT(keys.rows_of(hash_of(1)), ElementsAre(1));
  EXPECT_THAT(keys.rows_of(hash_of(70'000)), ElementsAre(70'000));
}

}  // namespace
}  // namespace wenming::store
