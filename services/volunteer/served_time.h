#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/time.h"

namespace wenming::volunteer {

/// A stretch of time between two moments, the second of which no longer belongs to it.
struct Stretch {
  core::Timestamp from, to;

  [[nodiscard]] bool overlaps(const Stretch& other) const { return from < other.to && other.from < to; }
  [[nodiscard]] bool contains(const Stretch& other) const { return from <= other.from && other.to <= to; }
  [[nodiscard]] std::chrono::microseconds length() const { return to - from; }
};

/// Whole minutes that fall on one local day.
struct DayMinutes {
  core::Date day;
  int minutes = 0;

  friend bool operator==(const DayMinutes&, const DayMinutes&) = default;
};

/// Whole minutes that fall in one local month.
struct MonthMinutes {
  std::string month;  // `2026-03`
  int minutes = 0;

  friend bool operator==(const MonthMinutes&, const MonthMinutes&) = default;
};

// How the minutes of a stretch spread over the local calendar. The only place that knows: sums, limits and events all
// ask here, so they cannot disagree. The stretch begins and ends on whole minutes; offsets are whole minutes too, so no
// minute is ever cut by a midnight.

/// Every local day that the stretch touches, in order.
std::vector<DayMinutes> by_day(const Stretch& stretch, core::UtcOffset offset);

/// Every local month that the stretch touches, in order.
std::vector<MonthMinutes> by_month(const Stretch& stretch, core::UtcOffset offset);

/// The minutes of the stretch that fall on the day.
int minutes_on(core::Date day, const Stretch& stretch, core::UtcOffset offset);

}  // namespace wenming::volunteer
