#include "dashboard/period.h"

#include "domain/refusal.h"
#include "wenming/dashboard/v1/problems.pb.h"

namespace wenming::dashboard {
namespace {

using core::Date;
using std::chrono::days;
using std::chrono::months;

// Before and after every day and month that is written.
constexpr const char* kBeginning = "0000";
constexpr const char* kEnd = "9999-99";

Date months_before(Date first_of_month, int count) {
  const auto ymd = first_of_month.ymd() - months(count);
  return Date(std::chrono::local_days(ymd));
}

}  // namespace

Period Period::of(std::string_view from, std::string_view to) {
  const Period period{core::parse_date(from), core::parse_date(to)};
  if (period.from && period.to && *period.to < *period.from) {
    throw domain::Refusal(v1::PROBLEM_PERIOD_BACKWARDS, {{"from", std::string(from)}, {"to", std::string(to)}});
  }
  return period;
}

std::optional<Period> Period::before() const {
  if (!from || !to) return std::nullopt;
  const Date end = *to + days(1);
  const bool whole_months = *from == from->first_of_month() && end == end.first_of_month();
  if (!whole_months) return Period{*from - (end - *from), *from - days(1)};
  const auto length = (end.ymd().year() / end.ymd().month()) - (from->ymd().year() / from->ymd().month());
  return Period{months_before(*from, static_cast<int>(length.count())), *from - days(1)};
}

Cut cut(const Period& period) {
  // Without an end, whole months go on for ever; without a beginning, they always were.
  const std::optional<Date> end = period.to ? std::optional(*period.to + days(1)) : std::nullopt;
  std::optional<Date> first_month, end_month;
  if (period.from)
    first_month = *period.from == period.from->first_of_month() ? *period.from : period.from->first_of_next_month();
  if (end) end_month = end->first_of_month();

  if (first_month && end_month && *first_month >= *end_month) {
    return {{}, {core::to_text(*period.from), core::to_text(*end)}, {}};
  }
  Cut parts;
  parts.months = {first_month ? core::month_of(*first_month) : kBeginning,
                  end_month ? core::month_of(*end_month) : kEnd};
  if (first_month) parts.days_before = {core::to_text(*period.from), core::to_text(*first_month)};
  if (end_month) parts.days_after = {core::to_text(*end_month), core::to_text(*end)};
  return parts;
}

}  // namespace wenming::dashboard
