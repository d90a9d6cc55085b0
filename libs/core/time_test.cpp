#include "core/time.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <stdexcept>

namespace wenming::core {
namespace {

using namespace std::chrono_literals;

constexpr UtcOffset kChina;
constexpr UtcOffset kUtc{0min};
constexpr UtcOffset kNewfoundland{-(3h + 30min)};

std::string rewritten(std::string_view text, UtcOffset offset) {
  const auto t = parse_rfc3339(text);
  return t ? to_rfc3339(*t, offset) : "refused";
}

TEST(TimestampTest, CountsMicrosecondsSinceTheEpoch) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z")->micros(), 0);
  EXPECT_EQ(parse_rfc3339("1970-01-01T08:00:00+08:00")->micros(), 0);
  EXPECT_EQ(parse_rfc3339("1969-12-31T23:59:59.999999Z")->micros(), -1);
  EXPECT_EQ(parse_rfc3339("2001-09-09T01:46:40Z")->micros(), 1'000'000'000'000'000);
}

TEST(TimestampTest, IsWrittenInTheOffsetOfTheDeployment) {
  const Timestamp t = *parse_rfc3339("2026-03-05T01:00:00Z");
  EXPECT_EQ(to_rfc3339(t, kChina), "2026-03-05T09:00:00+08:00");
  EXPECT_EQ(to_rfc3339(t, kNewfoundland), "2026-03-04T21:30:00-03:30");
  EXPECT_EQ(to_rfc3339(t, kUtc), "2026-03-05T01:00:00Z");
}

TEST(TimestampTest, AppendsToWhatIsThere) {
  std::string out = "at ";
  append_rfc3339(out, Timestamp(0), kUtc);
  EXPECT_EQ(out, "at 1970-01-01T00:00:00Z");
}

TEST(TimestampTest, WritesAFractionOnlyWhereThereIsOne) {
  EXPECT_EQ(rewritten("2026-03-05T09:00:00.000+08:00", kChina), "2026-03-05T09:00:00+08:00");
  EXPECT_EQ(rewritten("2026-03-05T09:00:00.5+08:00", kChina), "2026-03-05T09:00:00.500+08:00");
  EXPECT_EQ(rewritten("2026-03-05T09:00:00.000001+08:00", kChina), "2026-03-05T09:00:00.000001+08:00");
  EXPECT_EQ(rewritten("2026-03-05T09:00:00.123456789+08:00", kChina), "2026-03-05T09:00:00.123456+08:00");
}

TEST(TimestampTest, KnowsLeapYears) {
  EXPECT_EQ(rewritten("2024-02-29T00:00:00Z", kUtc), "2024-02-29T00:00:00Z");
  EXPECT_EQ(rewritten("2000-02-29T00:00:00Z", kUtc), "2000-02-29T00:00:00Z");
  EXPECT_EQ(rewritten("2026-02-29T00:00:00Z", kUtc), "refused");
  EXPECT_EQ(rewritten("1900-02-29T00:00:00Z", kUtc), "refused");
  EXPECT_EQ(rewritten("2024-02-29T23:00:00-01:00", kUtc), "2024-03-01T00:00:00Z");
}

TEST(TimestampTest, ReadsALeapSecondAsTheSecondBefore) {
  EXPECT_EQ(rewritten("2016-12-31T23:59:60Z", kUtc), "2016-12-31T23:59:59Z");
  EXPECT_EQ(rewritten("2017-01-01T07:59:60.250+08:00", kUtc), "2016-12-31T23:59:59.250Z");
  EXPECT_EQ(rewritten("2016-12-31T23:58:60Z", kUtc), "refused");
  EXPECT_EQ(rewritten("2016-12-30T23:59:60Z", kUtc), "refused");
}

TEST(TimestampTest, ReadsSmallLettersAsTheStandardAllows) {
  EXPECT_EQ(rewritten("2026-03-05t09:00:00z", kUtc), "2026-03-05T09:00:00Z");
}

TEST(TimestampTest, SpansTheYearsOneTo9999) {
  EXPECT_EQ(rewritten("0001-01-01T00:00:00Z", kUtc), "0001-01-01T00:00:00Z");
  EXPECT_EQ(rewritten("9999-12-31T23:59:59.999999Z", kUtc), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(rewritten("0000-12-31T23:59:59Z", kUtc), "refused");
  EXPECT_EQ(rewritten("0001-01-01T00:00:00+08:00", kUtc), "refused");
  EXPECT_EQ(rewritten("9999-12-31T23:59:59-01:00", kUtc), "refused");
}

TEST(TimestampTest, IsWrittenInUtcWhereTheLocalYearWouldNeedFiveDigits) {
  EXPECT_EQ(rewritten("9999-12-31T23:59:59Z", kChina), "9999-12-31T23:59:59Z");
  EXPECT_EQ(rewritten("0001-01-01T00:00:00Z", kNewfoundland), "0001-01-01T00:00:00Z");
}

TEST(TimestampTest, RefusesToWriteAMomentBeyondItsYears) {
  EXPECT_THROW(to_rfc3339(Timestamp(std::numeric_limits<std::int64_t>::max()), kChina), std::out_of_range);
  EXPECT_THROW(to_rfc3339(Timestamp(std::numeric_limits<std::int64_t>::min()), kChina), std::out_of_range);
}

TEST(TimestampTest, RefusesWhatIsNotRfc3339) {
  for (const char* text : {"",
                           "2026",
                           "2026-03-05",
                           "2026-03-05T09:00:00",
                           "2026-03-05T09:00Z",
                           "2026-03-05 09:00:00Z",
                           "2026-3-05T09:00:00Z",
                           "2026-00-05T09:00:00Z",
                           "2026-13-05T09:00:00Z",
                           "2026-04-31T09:00:00Z",
                           "2026-03-00T09:00:00Z",
                           "2026-03-05T24:00:00Z",
                           "2026-03-05T09:60:00Z",
                           "2026-03-05T09:00:61Z",
                           "2026-03-05T09:00:00.Z",
                           "2026-03-05T09:00:00,5Z",
                           "2026-03-05T09:00:00+8",
                           "2026-03-05T09:00:00+0800",
                           "2026-03-05T09:00:00+24:00",
                           "2026-03-05T09:00:00+08:60",
                           "2026-03-05T09:00:00Zx",
                           " 2026-03-05T09:00:00Z",
                           "+026-03-05T09:00:00Z",
                           "2026-03-05T-9:00:00Z",
                           "20260305T090000Z",
                           "２０２６-03-05T09:00:00Z"}) {
    EXPECT_EQ(rewritten(text, kUtc), "refused") << text;
  }
}

TEST(TimestampTest, ReadsBackWhatItWrites) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> moment(parse_rfc3339("0001-01-01T00:00:00Z")->micros(),
                                                     parse_rfc3339("9999-12-31T23:59:59.999999Z")->micros());
  std::uniform_int_distribution<int> offset(-18 * 60, 18 * 60);
  for (int i = 0; i < 20'000; ++i) {
    const Timestamp t(moment(random));
    const std::string text = to_rfc3339(t, UtcOffset(std::chrono::minutes(offset(random))));
    ASSERT_EQ(parse_rfc3339(text), t) << text;
  }
}

TEST(DateTest, ReadsBackEveryDayOfAGregorianCycle) {
  int days = 0;
  for (Date day(1900, 1, 1); day < Date(2300, 1, 1); day = day + std::chrono::days(1), ++days) {
    ASSERT_EQ(parse_date(to_text(day)), day);
  }
  EXPECT_EQ(days, 146'097);
}

TEST(DateTest, SpansTheYearsOneTo9999) {
  EXPECT_EQ(to_text(*parse_date("0001-01-01")), "0001-01-01");
  EXPECT_EQ(to_text(*parse_date("9999-12-31")), "9999-12-31");
  EXPECT_THROW(to_text(Date(10'000, 1, 1)), std::out_of_range);
  EXPECT_THROW(to_text(Date(0, 12, 31)), std::out_of_range);
}

TEST(DateTest, RefusesWhatIsNoDay) {
  for (const char* text : {"", "2026-02-29", "2026-2-28", "2026-02-30", "0000-01-01", "2026-02-28 ", "2026/02/28",
                           "2026-02", "10000-01-01", "二〇二六"}) {
    EXPECT_EQ(parse_date(text), std::nullopt) << text;
  }
}

TEST(DateTest, KnowsItsMonth) {
  EXPECT_EQ(Date(2026, 3, 5).first_of_month(), Date(2026, 3, 1));
  EXPECT_EQ(Date(2026, 3, 5).first_of_next_month(), Date(2026, 4, 1));
  EXPECT_EQ(Date(2026, 12, 31).first_of_next_month(), Date(2027, 1, 1));
  EXPECT_EQ(month_of(Date(2026, 3, 5)), "2026-03");
}

TEST(DateTest, ReadsAMonthAsItsFirstDay) {
  EXPECT_EQ(parse_month("2026-03"), Date(2026, 3, 1));
  for (const char* text : {"", "2026", "2026-13", "2026-3", "2026-03-", "2026-03-05"}) {
    EXPECT_EQ(parse_month(text), std::nullopt) << text;
  }
}

TEST(UtcOffsetTest, ReadsAndWritesItself) {
  for (const char* text : {"+08:00", "-03:30", "Z", "+18:00", "-18:00", "+05:45"}) {
    ASSERT_TRUE(UtcOffset::parse(text)) << text;
    EXPECT_EQ(UtcOffset::parse(text)->text(), text);
  }
  EXPECT_EQ(UtcOffset::parse("+00:00")->text(), "Z");
}

TEST(UtcOffsetTest, RefusesWhatIsNoOffset) {
  for (const char* text : {"", "8", "+8:00", "08:00", "+0800", "+18:01", "-19:00", "+08:60", "+08:00 ", "UTC", "z"}) {
    EXPECT_EQ(UtcOffset::parse(text), std::nullopt) << text;
  }
}

TEST(UtcOffsetTest, TellsTheLocalDayAndTime) {
  const Timestamp late = *parse_rfc3339("2026-03-05T16:30:00Z");
  EXPECT_EQ(kChina.date_of(late), Date(2026, 3, 6));
  EXPECT_EQ(kChina.time_of_day(late), 30min);
  EXPECT_EQ(kUtc.date_of(late), Date(2026, 3, 5));
  EXPECT_EQ(kNewfoundland.time_of_day(late), 13h);
  EXPECT_EQ(kChina.start_of(Date(2026, 3, 6)), *parse_rfc3339("2026-03-06T00:00:00+08:00"));
}

TEST(UtcOffsetTest, FindsTheDayOfMomentsBeforeTheEpoch) {
  EXPECT_EQ(kUtc.date_of(Timestamp(-1)), Date(1969, 12, 31));
  EXPECT_EQ(kUtc.time_of_day(Timestamp(-1)), 24h - 1us);
}

}  // namespace
}  // namespace wenming::core
