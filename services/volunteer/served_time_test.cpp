#include "volunteer/served_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace wenming::volunteer {
namespace {

using core::Date;
using core::Timestamp;
using core::UtcOffset;
using std::chrono::minutes;
using ::testing::ElementsAre;

Timestamp at(std::string_view text) {
  return core::parse_rfc3339(text).value();
}

const UtcOffset kChina(minutes(8 * 60));

TEST(ServedTimeTest, KeepsAStretchWithinADayWhole) {
  const Stretch stretch{at("2026-03-05T09:00:00+08:00"), at("2026-03-05T11:30:00+08:00")};
  EXPECT_THAT(by_day(stretch, kChina), ElementsAre(DayMinutes{Date(2026, 3, 5), 150}));
  EXPECT_THAT(by_month(stretch, kChina), ElementsAre(MonthMinutes{"2026-03", 150}));
}

TEST(ServedTimeTest, SplitsAtLocalMidnightNotAtMidnightUtc) {
  const Stretch stretch{at("2026-03-05T22:00:00+08:00"), at("2026-03-06T01:00:00+08:00")};
  EXPECT_THAT(by_day(stretch, kChina),
              ElementsAre(DayMinutes{Date(2026, 3, 5), 120}, DayMinutes{Date(2026, 3, 6), 60}));

  const Stretch over_utc_midnight{at("2026-03-05T07:00:00+08:00"), at("2026-03-05T09:00:00+08:00")};
  EXPECT_THAT(by_day(over_utc_midnight, kChina), ElementsAre(DayMinutes{Date(2026, 3, 5), 120}));
}

TEST(ServedTimeTest, CountsMinutesOverAMonthEndInTheMonthInWhichTheyWereServed) {
  const Stretch stretch{at("2026-03-31T23:30:00+08:00"), at("2026-04-01T02:00:00+08:00")};
  EXPECT_THAT(by_month(stretch, kChina), ElementsAre(MonthMinutes{"2026-03", 30}, MonthMinutes{"2026-04", 120}));
}

TEST(ServedTimeTest, PutsAStretchThatEndsAtMidnightOnTheDayBeforeOnly) {
  const Stretch stretch{at("2026-12-31T22:00:00+08:00"), at("2027-01-01T00:00:00+08:00")};
  EXPECT_THAT(by_day(stretch, kChina), ElementsAre(DayMinutes{Date(2026, 12, 31), 120}));
  EXPECT_THAT(by_month(stretch, kChina), ElementsAre(MonthMinutes{"2026-12", 120}));
}

TEST(ServedTimeTest, LetsStretchesTouchWithoutOverlapping) {
  const Stretch morning{at("2026-03-05T09:00:00+08:00"), at("2026-03-05T11:00:00+08:00")};
  const Stretch noon{at("2026-03-05T11:00:00+08:00"), at("2026-03-05T12:00:00+08:00")};
  EXPECT_FALSE(morning.overlaps(noon));
  EXPECT_FALSE(noon.overlaps(morning));
  EXPECT_TRUE(morning.overlaps({at("2026-03-05T10:59:00+08:00"), noon.to}));
}

/// Stretches of up to a day around month ends, in any offset; compared with asking every single minute where it falls.
TEST(ServedTimeTest, AgreesWithCountingMinuteByMinute) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution(low, high)(random); };

  for (int round = 0; round < 300; ++round) {
    const UtcOffset offset(minutes(pick(-12 * 60, 14 * 60)));
    const Timestamp from =
        offset.start_of(Date(2024, static_cast<unsigned>(pick(1, 12)), 1)) + minutes(pick(-2880, 2880));
    const Stretch stretch{from, from + minutes(pick(1, 1440))};

    std::map<Date, int> days;
    std::map<std::string, int> months;
    for (Timestamp minute = stretch.from; minute < stretch.to; minute = minute + minutes(1)) {
      ++days[offset.date_of(minute)];
      ++months[core::month_of(offset.date_of(minute))];
    }

    std::map<Date, int> split_days;
    for (const auto& [day, count] : by_day(stretch, offset)) split_days[day] += count;
    std::map<std::string, int> split_months;
    for (const auto& [month, count] : by_month(stretch, offset)) split_months[month] += count;
    ASSERT_EQ(split_days, days);
    ASSERT_EQ(split_months, months);
  }
}

/// Two stretches overlap exactly where they share a minute.
TEST(ServedTimeTest, OverlapsExactlyWhereAMinuteIsShared) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution(low, high)(random); };

  for (int round = 0; round < 2'000; ++round) {
    const auto stretch = [&] {
      const int from = pick(0, 30);
      return Stretch{Timestamp(0) + minutes(from), Timestamp(0) + minutes(pick(from + 1, from + 20))};
    };
    const Stretch one = stretch();
    const Stretch other = stretch();
    bool shared = false;
    for (Timestamp t = one.from; t < one.to; t = t + minutes(1)) shared = shared || (other.from <= t && t < other.to);
    ASSERT_EQ(one.overlaps(other), shared);
    ASSERT_EQ(other.overlaps(one), shared);
  }
}

}  // namespace
}  // namespace wenming::volunteer
