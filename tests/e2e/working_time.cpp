#include "e2e/working_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>

namespace wenming::e2e {
namespace {

using namespace std::chrono;  // NOLINT(google-build-using-namespace): calendar arithmetic and literals
using Moment = local_seconds;

constexpr const char* kOffset = "+08:00";
constexpr std::pair<minutes, minutes> kHours[] = {{9h, 12h}, {13h + 30min, 17h + 30min}};

Moment parse(const std::string& text) {
  int y = 0;
  unsigned m = 0, d = 0;
  int h = 0, min = 0, s = 0;
  if (!text.ends_with(kOffset) ||
      std::sscanf(text.c_str(), "%d-%u-%uT%d:%d:%d", &y, &m, &d, &h, &min, &s) != 6)  // NOLINT(cert-err34-c)
    throw std::invalid_argument("not a moment of the sample: " + text);
  return local_days(year(y) / month(m) / day(d)) + hours(h) + minutes(min) + seconds(s);
}

std::string day_text(local_days at) {
  const year_month_day ymd(at);
  return fmt::format("{:04}-{:02}-{:02}", int(ymd.year()), unsigned(ymd.month()), unsigned(ymd.day()));
}

std::string text(Moment at) {
  const auto day = floor<days>(at);
  const hh_mm_ss time(at - day);
  return fmt::format("{}T{:02}:{:02}:{:02}{}", day_text(day), time.hours().count(), time.minutes().count(),
                     time.seconds().count(), kOffset);
}

}  // namespace

WorkingTime::WorkingTime(const SampleFile& days) {
  for (const SampleRow& row : days.rows()) (row["kind"] == "holiday" ? holidays_ : make_up_days_).insert(row["date"]);
}

std::string WorkingTime::after_working_hours(const std::string& start, int hours_left) const {
  const Moment from = parse(start);
  seconds left = hours(hours_left);
  for (local_days day = floor<days>(from);; day += days(1)) {
    const std::string name = day_text(day);
    const unsigned weekday_number = weekday(day).iso_encoding();
    const bool worked = make_up_days_.contains(name) || (weekday_number <= 5 && !holidays_.contains(name));
    if (!worked) continue;
    for (const auto& [opens, closes] : kHours) {
      const Moment begin = std::max<Moment>(from, day + opens);
      const Moment end = day + closes;
      if (begin >= end) continue;
      if (end - begin >= left) return text(begin + left);
      left -= end - begin;
    }
  }
}

}  // namespace wenming::e2e
