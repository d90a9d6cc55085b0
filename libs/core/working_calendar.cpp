#include "core/working_calendar.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/csv.h"
#include "core/text.h"

namespace wenming::core {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;

constexpr minutes kLongestAmount = hours(1'000'000);
constexpr minutes kDay = hours(24);

bool is_weekday(Date day) {
  return day.weekday().iso_encoding() <= 5;
}

std::int64_t floor_divide(microseconds dividend, microseconds divisor) {
  return dividend / divisor - (dividend % divisor < microseconds(0) ? 1 : 0);
}

/// Weekdays since Monday, 5 January 1970; negative before.
std::int64_t weekdays_before(Date day) {
  const std::int64_t since_monday = (day - Date(1970, 1, 5)).count();
  const auto day_of_week = static_cast<std::int64_t>(day.weekday().iso_encoding()) - 1;
  return (since_monday - day_of_week) / 7 * 5 + std::min<std::int64_t>(day_of_week, 5);
}

/// `09:30` as minutes since midnight; `24:00` is the end of the day.
std::optional<minutes> parse_time_of_day(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : 100; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hour = digit(0) * 10 + digit(1);
  const int minute = digit(3) * 10 + digit(4);
  const minutes time = hours(hour) + minutes(minute);
  if (hour > 24 || minute > 59 || time > kDay) return std::nullopt;
  return time;
}

/// Adds one row of exceptional days; throws CsvError.
void parse_day(const CsvRecord& record, std::map<Date, WorkingCalendar::Kind>& parsed) {
  const std::string_view text = trim(record.at("date"));
  const std::string_view kind = trim(record.at("kind"));
  const auto day = parse_date(text);
  if (!day)
    throw CsvError(CsvFault::Value, record.line(), "`" + std::string(text) + "` is no day such as `2027-01-01`");
  if (kind != "holiday" && kind != "make_up_workday") {
    throw CsvError(CsvFault::Value, record.line(),
                   "`" + std::string(kind) + "` is neither `holiday` nor `make_up_workday`");
  }
  using Kind = WorkingCalendar::Kind;
  const bool added = parsed.emplace(*day, kind == "holiday" ? Kind::Holiday : Kind::MakeUpWorkday).second;
  if (!added) throw CsvError(CsvFault::Value, record.line(), to_text(*day) + " is given twice");
}

}  // namespace

WorkingCalendar::WorkingCalendar(UtcOffset offset, std::vector<Hours> working_hours,
                                 const std::map<Date, Kind>& exceptions)
    : offset_(offset), hours_(std::move(working_hours)) {
  minutes end{0};
  for (const Hours& stretch : hours_) {
    if (stretch.from < end || stretch.to <= stretch.from || stretch.to > kDay) {
      throw std::invalid_argument("working hours are stretches of one day, in order, that do not overlap");
    }
    end = stretch.to;
    per_day_ += stretch.to - stretch.from;
  }
  if (hours_.empty()) throw std::invalid_argument("there are no working hours");

  std::int64_t surplus = 0;
  for (const auto& [day, kind] : exceptions) {
    const bool worked = kind == Kind::MakeUpWorkday;
    if (worked == is_weekday(day)) continue;  // a holiday on a weekend changes nothing
    surplus += worked ? 1 : -1;
    deviations_.push_back({day, surplus});
  }
}

std::vector<WorkingCalendar::Hours> WorkingCalendar::parse_hours(std::string_view text) {
  std::vector<Hours> parsed;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view stretch = trim(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));

    const std::size_t hyphen = stretch.find('-');
    const auto from = parse_time_of_day(trim(stretch.substr(0, hyphen)));
    const auto to =
        hyphen == std::string_view::npos ? std::nullopt : parse_time_of_day(trim(stretch.substr(hyphen + 1)));
    if (!from || !to) {
      throw std::invalid_argument("`" + std::string(stretch) + "` is no stretch of hours such as `09:00-12:00`");
    }
    if (*to <= *from) throw std::invalid_argument("`" + std::string(stretch) + "` ends before it begins");
    if (!parsed.empty() && *from < parsed.back().to) {
      throw std::invalid_argument("`" + std::string(stretch) + "` begins before the stretch in front of it ends");
    }
    parsed.push_back({*from, *to});
  }
  if (parsed.empty()) throw std::invalid_argument("there are no working hours");
  return parsed;
}

std::map<Date, WorkingCalendar::Kind> WorkingCalendar::parse_days(std::string_view csv) {
  std::map<Date, Kind> parsed;
  std::string faults;
  CsvReader reader(csv);
  reader.require({"date", "kind"});
  for (bool more = true; more;) {
    try {
      const CsvRecord* record = reader.next();
      more = record != nullptr;
      if (more) parse_day(*record, parsed);
    } catch (const CsvError& error) {
      faults += (faults.empty() ? "" : "\n") + std::string(error.what());
    }
  }
  if (!faults.empty()) throw std::invalid_argument(faults);
  return parsed;
}

bool WorkingCalendar::is_working_day(Date day) const {
  const bool deviates = std::binary_search(deviations_.begin(), deviations_.end(), Deviation{day, 0},
                                           [](const Deviation& a, const Deviation& b) { return a.day < b.day; });
  return is_weekday(day) != deviates;
}

std::int64_t WorkingCalendar::working_days_before(Date day) const {
  const auto next = std::lower_bound(deviations_.begin(), deviations_.end(), day,
                                     [](const Deviation& deviation, Date d) { return deviation.day < d; });
  return weekdays_before(day) + (next == deviations_.begin() ? 0 : std::prev(next)->surplus);
}

/// The working day that has `number` working days before it.
Date WorkingCalendar::working_day_number(std::int64_t number, Date earliest) const {
  // The last day with no more than `number` working days before it: a day off behind it would have one more.
  Date low = earliest;
  const std::int64_t ahead = number - working_days_before(earliest);
  Date high = earliest + days(ahead / 5 * 7 + 14 + static_cast<std::int64_t>(deviations_.size()) * 7);
  while (high - low > days(1)) {
    const Date middle = low + (high - low) / 2;
    (working_days_before(middle) <= number ? low : high) = middle;
  }
  return low;
}

/// What a clock shows that runs in working time only. `add` and `between` are differences of its readings.
microseconds WorkingCalendar::reading(Timestamp t) const {
  const Date day = offset_.date_of(t);
  microseconds total = working_days_before(day) * microseconds(per_day_);
  if (!is_working_day(day)) return total;
  const microseconds time = offset_.time_of_day(t);
  for (const auto& [from, to] : hours_) total += std::clamp<microseconds>(time - from, microseconds(0), to - from);
  return total;
}

Timestamp WorkingCalendar::add(Timestamp start, minutes amount) const {
  if (amount < minutes(0) || amount > kLongestAmount) {
    throw std::invalid_argument("an amount of working time lies between none and a million hours");
  }
  if (amount == minutes(0)) return start;

  // The first moment at which the clock shows the target: at the end of a stretch rather than at the start of the next.
  const microseconds target = reading(start) + amount;
  const std::int64_t number = floor_divide(target - microseconds(1), per_day_);
  const Date day = working_day_number(number, offset_.date_of(start));
  microseconds left = target - number * microseconds(per_day_);
  auto stretch = hours_.begin();
  for (; left > stretch->to - stretch->from; ++stretch) left -= stretch->to - stretch->from;
  return offset_.start_of(day) + stretch->from + left;
}

Timestamp WorkingCalendar::add_days(Timestamp start, int count) const {
  return add(start, count * per_day_);
}

microseconds WorkingCalendar::between(Timestamp from, Timestamp to) const {
  return reading(to) - reading(from);
}

}  // namespace wenming::core
