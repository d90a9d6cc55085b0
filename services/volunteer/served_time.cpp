#include "volunteer/served_time.h"

#include <algorithm>

namespace wenming::volunteer {

using std::chrono::days;
using std::chrono::duration_cast;
using std::chrono::minutes;

int minutes_on(core::Date day, const Stretch& stretch, core::UtcOffset offset) {
  const core::Timestamp from = std::max(stretch.from, offset.start_of(day));
  const core::Timestamp to = std::min(stretch.to, offset.start_of(day + days(1)));
  return from < to ? static_cast<int>(duration_cast<minutes>(to - from).count()) : 0;
}

std::vector<DayMinutes> by_day(const Stretch& stretch, core::UtcOffset offset) {
  std::vector<DayMinutes> parts;
  for (core::Date day = offset.date_of(stretch.from); offset.start_of(day) < stretch.to; day = day + days(1)) {
    parts.push_back({day, minutes_on(day, stretch, offset)});
  }
  return parts;
}

std::vector<MonthMinutes> by_month(const Stretch& stretch, core::UtcOffset offset) {
  std::vector<MonthMinutes> parts;
  for (const auto& [day, count] : by_day(stretch, offset)) {
    std::string month = core::month_of(day);
    if (parts.empty() || parts.back().month != month) parts.push_back({std::move(month), 0});
    parts.back().minutes += count;
  }
  return parts;
}

}  // namespace wenming::volunteer
