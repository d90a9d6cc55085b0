#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace wenming::core {

/// Working time of a deployment: which days are worked, and between which hours. Immutable; any thread may ask.
///
/// China's General Office of the State Council publishes each year's days off and make-up working days
/// (节假日安排的通知); the days that differ from Monday–Friday are data. A year without data is reckoned by weekdays
/// alone.
///
/// However long the span, a question takes about as many steps as the logarithm of its days: every working day has a
/// number (weekdays by arithmetic, exceptions by a sum kept beside each), and days are found by their number.
class WorkingCalendar {
 public:
  enum class Kind { Holiday, MakeUpWorkday };

  /// Working hours of one day as minutes since local midnight, in order, not overlapping: 09:00–12:00, 13:30–17:30.
  struct Hours {
    std::chrono::minutes from, to;
  };

  /// Throws std::invalid_argument if the hours are none, out of order, or beyond the day.
  WorkingCalendar(UtcOffset offset, std::vector<Hours> hours, const std::map<Date, Kind>& exceptions);

  /// The exceptional days that ship with the program (2024–2026).
  static const std::map<Date, Kind>& statutory_days();
  /// `09:00-12:00,13:30-17:30`; throws std::invalid_argument saying what is wrong.
  static std::vector<Hours> parse_hours(std::string_view text);
  /// Exceptional days from CSV with the columns `date` (2027-01-01) and `kind` (`holiday` or `make_up_workday`);
  /// others, such as `occasion`, are for people. Throws std::invalid_argument with one line for every bad row, in their
  /// order, and CsvError where the header does not have both.
  static std::map<Date, Kind> parse_days(std::string_view csv);

  [[nodiscard]] bool is_working_day(Date day) const;
  /// Working minutes of a working day.
  [[nodiscard]] std::chrono::minutes minutes_per_day() const { return per_day_; }

  /// The moment at which `amount` of working time has passed since `start`. Zero from outside working time is `start`
  /// itself; a deadline that would fall on the end of working hours stays there (17:30, not 09:00 of the next day).
  /// Throws std::invalid_argument for less than none and for more than a million working hours.
  [[nodiscard]] Timestamp add(Timestamp start, std::chrono::minutes amount) const;
  /// `add(start, days × minutes_per_day)`: from 10:00, one day ends at 10:00 of the next working day; from the opening
  /// hour or from outside working time, at the closing hour of the first working day.
  [[nodiscard]] Timestamp add_days(Timestamp start, int days) const;
  /// Working time between two moments; negative if `to` lies before `from`. `between(t, add(t, m)) == m`.
  [[nodiscard]] std::chrono::microseconds between(Timestamp from, Timestamp to) const;

 private:
  /// A day that is worked though it is a weekend, or not worked though it is none.
  struct Deviation {
    Date day;
    std::int64_t surplus;  // working days gained, or lost if negative, by the deviations up to and including this one
  };

  [[nodiscard]] std::int64_t working_days_before(Date day) const;
  [[nodiscard]] Date working_day_number(std::int64_t number, Date earliest) const;
  [[nodiscard]] std::chrono::microseconds reading(Timestamp t) const;

  UtcOffset offset_;
  std::vector<Hours> hours_;
  std::vector<Deviation> deviations_;  // by day
  std::chrono::minutes per_day_{};
};

}  // namespace wenming::core
