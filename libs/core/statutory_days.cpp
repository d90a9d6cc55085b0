// China's statutory days off and make-up working days, by the notices that the General Office of the State Council
// publishes each autumn: 国务院办公厅关于2024年（2025年、2026年）部分节假日安排的通知.

#include "core/working_calendar.h"

namespace wenming::core {
namespace {

struct Stretch {
  WorkingCalendar::Kind kind;
  Date first, last;
};

constexpr Stretch off(Date first, Date last) {
  return {WorkingCalendar::Kind::Holiday, first, last};
}
constexpr Stretch off(Date day) {
  return off(day, day);
}
constexpr Stretch worked(Date day) {
  return {WorkingCalendar::Kind::MakeUpWorkday, day, day};
}

constexpr Stretch kStretches[] = {
    // 2024, New Year's Day 元旦
    off(Date(2024, 1, 1)),
    // Spring Festival 春节
    off(Date(2024, 2, 10), Date(2024, 2, 17)),
    worked(Date(2024, 2, 4)),
    worked(Date(2024, 2, 18)),
    // Tomb-sweeping Day 清明节
    off(Date(2024, 4, 4), Date(2024, 4, 6)),
    worked(Date(2024, 4, 7)),
    // Labour Day 劳动节
    off(Date(2024, 5, 1), Date(2024, 5, 5)),
    worked(Date(2024, 4, 28)),
    worked(Date(2024, 5, 11)),
    // Dragon Boat Festival 端午节
    off(Date(2024, 6, 10)),
    // Mid-autumn Festival 中秋节
    off(Date(2024, 9, 15), Date(2024, 9, 17)),
    worked(Date(2024, 9, 14)),
    // National Day 国庆节
    off(Date(2024, 10, 1), Date(2024, 10, 7)),
    worked(Date(2024, 9, 29)),
    worked(Date(2024, 10, 12)),

    // 2025, New Year's Day
    off(Date(2025, 1, 1)),
    // Spring Festival
    off(Date(2025, 1, 28), Date(2025, 2, 4)),
    worked(Date(2025, 1, 26)),
    worked(Date(2025, 2, 8)),
    // Tomb-sweeping Day
    off(Date(2025, 4, 4), Date(2025, 4, 6)),
    // Labour Day
    off(Date(2025, 5, 1), Date(2025, 5, 5)),
    worked(Date(2025, 4, 27)),
    // Dragon Boat Festival
    off(Date(2025, 5, 31), Date(2025, 6, 2)),
    // National Day and Mid-autumn Festival
    off(Date(2025, 10, 1), Date(2025, 10, 8)),
    worked(Date(2025, 9, 28)),
    worked(Date(2025, 10, 11)),

    // 2026, New Year's Day
    off(Date(2026, 1, 1), Date(2026, 1, 3)),
    worked(Date(2026, 1, 4)),
    // Spring Festival
    off(Date(2026, 2, 15), Date(2026, 2, 23)),
    worked(Date(2026, 2, 14)),
    worked(Date(2026, 2, 28)),
    // Tomb-sweeping Day
    off(Date(2026, 4, 4), Date(2026, 4, 6)),
    // Labour Day
    off(Date(2026, 5, 1), Date(2026, 5, 5)),
    worked(Date(2026, 5, 9)),
    // Dragon Boat Festival
    off(Date(2026, 6, 19), Date(2026, 6, 21)),
    // Mid-autumn Festival
    off(Date(2026, 9, 25), Date(2026, 9, 27)),
    // National Day
    off(Date(2026, 10, 1), Date(2026, 10, 7)),
    worked(Date(2026, 9, 20)),
    worked(Date(2026, 10, 10)),
};

}  // namespace

const std::map<Date, WorkingCalendar::Kind>& WorkingCalendar::statutory_days() {
  static const std::map<Date, Kind> kDays = [] {
    std::map<Date, Kind> days;
    for (const Stretch& stretch : kStretches) {
      for (Date day = stretch.first; day <= stretch.last; day = day + std::chrono::days(1))
        days.emplace(day, stretch.kind);
    }
    return days;
  }();
  return kDays;
}

}  // namespace wenming::core
