#include "core/working_calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

namespace wenming::core {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::minutes;
using Kind = WorkingCalendar::Kind;

Timestamp at(std::string_view local) {
  return *parse_rfc3339(std::string(local) + ":00+08:00");
}

std::string text(Timestamp t) {
  return to_rfc3339(t, UtcOffset()).substr(0, 16);
}

WorkingCalendar office() {
  return {UtcOffset(), WorkingCalendar::parse_hours("09:00-12:00,13:30-17:30"), WorkingCalendar::statutory_days()};
}

std::string fault_of(const auto& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "none";
}

TEST(WorkingCalendarTest, AddsWithinADayAroundTheNoonBreak) {
  const auto calendar = office();
  EXPECT_EQ(calendar.minutes_per_day(), 7h);
  EXPECT_EQ(text(calendar.add(at("2026-03-05T09:00"), 60min)), "2026-03-05T10:00");
  EXPECT_EQ(text(calendar.add(at("2026-03-05T11:30"), 60min)), "2026-03-05T14:00");
  EXPECT_EQ(text(calendar.add(at("2026-03-05T12:30"), 60min)), "2026-03-05T14:30");
}

TEST(WorkingCalendarTest, LeavesADeadlineAtTheEndOfAStretch) {
  const auto calendar = office();
  EXPECT_EQ(text(calendar.add(at("2026-03-05T11:00"), 60min)), "2026-03-05T12:00");
  EXPECT_EQ(text(calendar.add(at("2026-03-05T16:30"), 60min)), "2026-03-05T17:30");
}

TEST(WorkingCalendarTest, GivesNothingToAddBackAsItIs) {
  EXPECT_EQ(text(office().add(at("2026-03-07T03:00"), 0min)), "2026-03-07T03:00");
}

TEST(WorkingCalendarTest, PassesOverWeekendsAndHolidays) {
  const auto calendar = office();
  EXPECT_EQ(text(calendar.add(at("2026-03-06T17:00"), 60min)), "2026-03-09T09:30") << "over a weekend";
  EXPECT_EQ(text(calendar.add(at("2025-09-30T17:00"), 60min)), "2025-10-09T09:30") << "over National Day";
  EXPECT_EQ(text(calendar.add(at("2026-02-13T17:00"), 60min)), "2026-02-14T09:30") << "into a make-up Saturday";
  EXPECT_EQ(text(calendar.add(at("2026-02-14T17:00"), 60min)), "2026-02-24T09:30") << "over Spring Festival";
}

TEST(WorkingCalendarTest, AddsWholeWorkingDays) {
  const auto calendar = office();
  EXPECT_EQ(text(calendar.add_days(at("2026-03-05T10:00"), 1)), "2026-03-06T10:00");
  EXPECT_EQ(text(calendar.add_days(at("2026-03-05T10:00"), 5)), "2026-03-12T10:00");
  EXPECT_EQ(text(calendar.add_days(at("2026-03-05T09:00"), 1)), "2026-03-05T17:30");
  EXPECT_EQ(text(calendar.add_days(at("2026-03-07T10:00"), 1)), "2026-03-09T17:30");
}

TEST(WorkingCalendarTest, MeasuresTheWorkingTimeBetweenTwoMoments) {
  const auto calendar = office();
  EXPECT_EQ(calendar.between(at("2026-03-05T11:30"), at("2026-03-05T14:00")), 1h);
  EXPECT_EQ(calendar.between(at("2026-03-05T14:00"), at("2026-03-05T11:30")), -1h);
  EXPECT_EQ(calendar.between(at("2026-03-06T17:30"), at("2026-03-09T09:00")), 0h);
  EXPECT_EQ(calendar.between(at("2025-10-01T00:00"), at("2025-10-09T00:00")), 0h);
  EXPECT_EQ(calendar.between(at("2025-10-11T00:00"), at("2025-10-12T00:00")), 7h) << "a make-up Saturday";
}

TEST(WorkingCalendarTest, CountsTheWorkingDaysOfTheNotices) {
  // Weekdays of the year, less holidays on weekdays, plus make-up days on weekends.
  const auto calendar = office();
  const auto working_days = [&](int year) {
    return calendar.between(UtcOffset().start_of(Date(year, 1, 1)), UtcOffset().start_of(Date(year + 1, 1, 1))) / 7h;
  };
  EXPECT_EQ(working_days(2024), 251);
  EXPECT_EQ(working_days(2025), 248);
  EXPECT_EQ(working_days(2026), 248);
  EXPECT_EQ(working_days(2027), 261) << "no data: weekdays alone";
}

TEST(WorkingCalendarTest, RefusesAnAmountThatIsNone) {
  const auto calendar = office();
  EXPECT_THROW((void)calendar.add(Timestamp(), -1min), std::invalid_argument);
  EXPECT_THROW((void)calendar.add(Timestamp(), minutes::max()), std::invalid_argument);
}

TEST(WorkingCalendarTest, RefusesHoursThatAreNone) {
  for (const auto& hours : std::vector<std::vector<WorkingCalendar::Hours>>{
           {}, {{9h, 9h}}, {{10h, 9h}}, {{-1h, 9h}}, {{9h, 25h}}, {{9h, 12h}, {11h, 13h}}, {{13h, 17h}, {9h, 12h}}}) {
    EXPECT_THROW(WorkingCalendar(UtcOffset(), hours, {}), std::invalid_argument);
  }
}

TEST(WorkingHoursTest, AreReadFromText) {
  const auto hours = WorkingCalendar::parse_hours(" 08:30 - 12:00, 14:00-24:00");
  ASSERT_EQ(hours.size(), 2U);
  EXPECT_EQ(hours[0].from, 8h + 30min);
  EXPECT_EQ(hours[0].to, 12h);
  EXPECT_EQ(hours[1].from, 14h);
  EXPECT_EQ(hours[1].to, 24h);
}

TEST(WorkingHoursTest, SayWhatIsWrongWithThem) {
  const auto fault = [](std::string_view hours) { return fault_of([&] { WorkingCalendar::parse_hours(hours); }); };
  EXPECT_EQ(fault(""), "there are no working hours");
  for (const char* text : {"9:00-12:00", "09:00", "09:00-12:60", "09:00-24:01", "09:00-12:00,,13:00-14:00", "9-12"}) {
    EXPECT_THAT(fault(text), testing::HasSubstr("is no stretch of hours")) << text;
  }
  EXPECT_EQ(fault("12:00-09:00"), "`12:00-09:00` ends before it begins");
  EXPECT_EQ(fault("09:00-12:00,11:00-13:00"), "`11:00-13:00` begins before the stretch in front of it ends");
}

TEST(ExceptionalDaysTest, AreReadFromCsv) {
  const auto parsed = WorkingCalendar::parse_days(
      "kind,date,occasion\nholiday,2027-01-01,New Year's Day\nmake_up_workday, 2027-01-03 ,\"元旦, 调休\"\n");
  EXPECT_EQ(parsed, (std::map<Date, Kind>{{Date(2027, 1, 1), Kind::Holiday}, {Date(2027, 1, 3), Kind::MakeUpWorkday}}));
}

TEST(ExceptionalDaysTest, NameEveryBadRow) {
  EXPECT_EQ(fault_of([] {
              WorkingCalendar::parse_days(
                  "date,kind\n2027-02-29,holiday\n2027-01-01,holiday\n2027-01-02,off\n2027-01-03\n2027-01-01,make_up_"
                  "workday\n");
            }),
            "line 2: `2027-02-29` is no day such as `2027-01-01`\n"
            "line 4: `off` is neither `holiday` nor `make_up_workday`\n"
            "line 5: the record has 1 field, the header 2\n"
            "line 6: 2027-01-01 is given twice");
  EXPECT_EQ(fault_of([] { WorkingCalendar::parse_days("day,kind\n"); }), "line 1: the header lacks `date`");
}

TEST(ExceptionalDaysTest, OfTheProgramAgreeWithThePublishedTable) {
  const char* samples = std::getenv("WENMING_SAMPLES");
  if (!samples) GTEST_SKIP() << "WENMING_SAMPLES is not set";
  std::ifstream file(std::string(samples) + "/calendar/china_holidays.csv");
  std::ostringstream text;
  text << file.rdbuf();
  auto published = WorkingCalendar::parse_days(text.str());
  std::erase_if(published, [](const auto& entry) { return entry.first < Date(2024, 1, 1); });
  EXPECT_TRUE(published == WorkingCalendar::statutory_days());
}

/// Calendars, moments and amounts that no one would think of, all from one printed seed.
class WorkingCalendarProperty : public testing::Test {
 protected:
  WorkingCalendarProperty()
      : seed_(std::random_device()()), random_(seed_), trace_(__FILE__, __LINE__, "seed " + std::to_string(seed_)) {}

  int any(int low, int high) { return std::uniform_int_distribution(low, high)(random_); }

  WorkingCalendar any_calendar() {
    std::vector<WorkingCalendar::Hours> hours;
    for (int minute = any(0, 600); hours.size() < 4;) {
      const int end = minute + any(1, 500);
      if (end > 24 * 60) break;
      hours.push_back({minutes(minute), minutes(end)});
      minute = end + any(0, 120);
    }
    std::map<Date, Kind> exceptions;
    for (int i = any(0, 60); i > 0; --i) {
      exceptions.emplace(kFirst + days(any(0, 120)), any(0, 1) == 0 ? Kind::Holiday : Kind::MakeUpWorkday);
    }
    offset_ = UtcOffset(minutes(any(-12 * 60, 14 * 60)));
    return {offset_, hours, exceptions};
  }

  Timestamp any_moment(int span_days) {
    return offset_.start_of(kFirst) + minutes(any(0, span_days * 24 * 60)) +
           std::chrono::microseconds(any(0, 1) * any(0, 59'999'999));
  }

  static constexpr Date kFirst{1969, 11, 20};  // so that the days of the property lie on both sides of the epoch

  const unsigned seed_;
  std::mt19937 random_;
  UtcOffset offset_;
  testing::ScopedTrace trace_;
};

TEST_F(WorkingCalendarProperty, BetweenIsWhatWasAdded) {
  for (int i = 0; i < 10'000; ++i) {
    const auto calendar = any_calendar();
    const Timestamp start = any_moment(140);
    const minutes amount(any(0, 1) == 0 ? any(0, 3'000) : any(0, 3'000'000));
    const Timestamp end = calendar.add(start, amount);
    ASSERT_LE(start, end);
    ASSERT_EQ(calendar.between(start, end), amount);
    ASSERT_EQ(calendar.between(end, start), -amount);
    if (amount > 0min) {
      ASSERT_LT(calendar.between(start, end - 1us), amount) << "an earlier moment would do";
    }
  }
}

TEST_F(WorkingCalendarProperty, AddingInPartsIsAddingTheWhole) {
  for (int i = 0; i < 10'000; ++i) {
    const auto calendar = any_calendar();
    const Timestamp start = any_moment(140);
    const minutes first(any(0, 5'000)), second(any(0, 5'000));
    const Timestamp whole = calendar.add(start, first + second);
    ASSERT_EQ(calendar.add(calendar.add(start, first), second), whole);
  }
}

TEST_F(WorkingCalendarProperty, MoreTimeNeverEndsEarlierAndALaterStartNeverDoes) {
  for (int i = 0; i < 10'000; ++i) {
    const auto calendar = any_calendar();
    const auto [early, late] = std::minmax({any_moment(140), any_moment(140)});
    const auto [less, more] = std::minmax({minutes(any(1, 5'000)), minutes(any(1, 5'000))});
    ASSERT_LE(calendar.add(early, less), calendar.add(early, more));
    ASSERT_LE(calendar.add(early, less), calendar.add(late, less));
    ASSERT_GE(calendar.between(early, late), 0us);
  }
}

TEST_F(WorkingCalendarProperty, AgreesWithAWalkMinuteByMinute) {
  for (int i = 0; i < 10; ++i) {
    offset_ = UtcOffset(minutes(any(-12 * 60, 14 * 60)));
    std::vector<WorkingCalendar::Hours> hours{{9h, 12h}, {13h + minutes(any(0, 59)), 18h}};
    std::map<Date, Kind> exceptions;
    for (int n = 0; n < 20; ++n) {
      exceptions[kFirst + days(any(0, 60))] = any(0, 1) == 0 ? Kind::Holiday : Kind::MakeUpWorkday;
    }
    const WorkingCalendar calendar(offset_, hours, exceptions);
    const auto worked = [&](Timestamp minute) {
      const Date day = offset_.date_of(minute);
      const auto exception = exceptions.find(day);
      const bool weekday = day.weekday() != std::chrono::Saturday && day.weekday() != std::chrono::Sunday;
      if (exception == exceptions.end() ? !weekday : exception->second == Kind::Holiday) return false;
      const auto time = offset_.time_of_day(minute);
      return std::any_of(hours.begin(), hours.end(), [&](const auto& h) { return h.from <= time && time < h.to; });
    };

    const Timestamp start = offset_.start_of(kFirst) + minutes(any(0, 10 * 24 * 60));
    minutes passed{0};
    for (Timestamp minute = start; minute < start + days(50); minute = minute + 1min) {
      ASSERT_EQ(calendar.between(start, minute), passed) << to_rfc3339(minute, offset_);
      if (!worked(minute)) continue;
      ++passed;
      ASSERT_EQ(calendar.add(start, passed), minute + 1min) << passed.count() << " minutes";
    }
  }
}

}  // namespace
}  // namespace wenming::core
