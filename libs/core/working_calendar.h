#pragma once

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace wenming::core {

/// Working time of a deployment: which days are worked, and between which hours. Immutable; any thread may ask.
///
/// China's General Office of the State Council publishes each year's days off and make-up working days
/// (节假日安排的通知); the days that differ from Monday–Friday are data. A year without data is reckoned by weekdays
/// alone.
class WorkingCalendar {
 public:
  enum class Kind { Holiday, MakeUpWorkday };

  /// Working hours of one day as minutes since local midnight, in order, not overlapping: 09:00–12:00, 13:30–17:30.
  struct Hours {
    std::chrono::minutes from, to;
  };

  WorkingCalendar(UtcOffset offset, std::vector<Hours> hours, std::map<Date, Kind> exceptions);

  /// The exceptional days that ship with the program (2024–2026).
  static const std::map<Date, Kind>& statutory_days();
  /// `09:00-12:00,13:30-17:30`; throws std::invalid_argument saying what is wrong.
  static std::vector<Hours> parse_hours(std::string_view text);

  [[nodiscard]] bool is_working_day(Date day) const;
  /// Working minutes of a working day.
  [[nodiscard]] std::chrono::minutes minutes_per_day() const { return per_day_; }

  /// The moment at which `amount` of working time has passed since `start`. Zero from outside working time is `start`
  /// itself; a deadline that would fall on the end of working hours stays there (17:30, not 09:00 of the next day).
  [[nodiscard]] Timestamp add(Timestamp start, std::chrono::minutes amount) const;
  /// `days` whole working days after the day of `start`, at the same working moment: `add(start, days ×
  /// minutes_per_day)`.
  [[nodiscard]] Timestamp add_days(Timestamp start, int days) const;
  /// Working time between two moments; negative if `to` lies before `from`. `between(t, add(t, m)) == m`.
  [[nodiscard]] std::chrono::microseconds between(Timestamp from, Timestamp to) const;

 private:
  UtcOffset offset_;
  std::vector<Hours> hours_;
  std::map<Date, Kind> exceptions_;
  std::chrono::minutes per_day_{};
};

}  // namespace wenming::core
