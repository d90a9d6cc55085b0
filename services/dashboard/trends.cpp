#include "dashboard/trends.h"

#include <map>

#include "dashboard/period.h"
#include "domain/refusal.h"
#include "wenming/dashboard/v1/problems.pb.h"

namespace wenming::dashboard {
namespace {

constexpr std::chrono::days kLongestByDay{92};  // where the request does not say
constexpr int kMostSteps = 400;

v1::Step step_of(const v1::GetTrendsRequest& request, const Period& period) {
  if (request.step() != v1::STEP_UNSPECIFIED) return request.step();
  return *period.to - *period.from < kLongestByDay ? v1::STEP_DAY : v1::STEP_MONTH;
}

std::map<std::string, std::int64_t> amounts_of(domain::Rows rows) {
  std::map<std::string, std::int64_t> amounts;
  for (const domain::Row& row : rows) amounts.emplace(row.text(0), row.integer(1));
  return amounts;
}

}  // namespace

v1::Trend get_trends(domain::ReadTx& tx, const domain::Caller&, const v1::GetTrendsRequest& request) {
  const Period period = Period::of(request.from(), request.to());
  v1::Trend trend;
  trend.set_unit_id(request.unit_id());
  trend.set_metric(request.metric());
  trend.set_step(step_of(request, period));

  const bool by_day = trend.step() == v1::STEP_DAY;
  const auto name_of = by_day ? [](core::Date day) { return core::to_text(day); } : &core::month_of;
  const auto amounts = amounts_of(
      by_day
          ? tx.query(
                "SELECT day, amount FROM day_counters WHERE unit_id = $1 AND day >= $2 AND day <= $3 AND metric = $4",
                request.unit_id(), name_of(*period.from), name_of(*period.to), request.metric())
          : tx.query("SELECT month, amount FROM month_counters WHERE unit_id = $1 AND month >= $2 AND month <= $3 AND "
                     "metric = $4",
                     request.unit_id(), name_of(*period.from), name_of(*period.to), request.metric()));

  for (core::Date at = *period.from; name_of(at) <= name_of(*period.to);
       at = by_day ? at + std::chrono::days(1) : at.first_of_next_month()) {
    if (trend.points_size() == kMostSteps)
      throw domain::Refusal(v1::PROBLEM_PERIOD_TOO_LONG, {{"limit", std::to_string(kMostSteps)}});
    auto& point = *trend.add_points();
    point.set_period(name_of(at));
    const auto amount = amounts.find(point.period());
    point.set_amount(amount == amounts.end() ? 0 : amount->second);
  }
  return trend;
}

}  // namespace wenming::dashboard
