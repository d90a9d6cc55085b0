#include "dashboard/folds.h"

#include <string_view>
#include <utility>

namespace wenming::dashboard {
namespace {

/// Gathers what one fact counts on behalf of one organisation.
class Counting {
 public:
  Counting(std::string_view kind, const std::string& id, std::int64_t version, const std::string& unit_id)
      : unit_id_(unit_id) {
    fact_.id.append(kind).append(":").append(id);
    fact_.version = version;
  }

  Counting& add(v1::Metric metric, const std::string& day, std::int64_t amount) {
    if (amount != 0) fact_.amounts.push_back({unit_id_, day, metric, amount});
    return *this;
  }
  Counting& one_if(bool counts, v1::Metric metric, const std::string& day) { return add(metric, day, counts ? 1 : 0); }

  Fact done() {
    merge(fact_.amounts);
    return std::move(fact_);
  }

 private:
  const std::string& unit_id_;
  Fact fact_;
};

v1::Metric metric_of(inspection::v1::RectificationState state) {
  using namespace inspection::v1;
  switch (state) {
    case RECTIFICATION_STATE_ISSUED:
      return v1::METRIC_ORDERS_ISSUED;
    case RECTIFICATION_STATE_SIGNED:
      return v1::METRIC_ORDERS_SIGNED;
    case RECTIFICATION_STATE_RECTIFYING:
      return v1::METRIC_ORDERS_RECTIFYING;
    case RECTIFICATION_STATE_SUBMITTED:
      return v1::METRIC_ORDERS_SUBMITTED;
    case RECTIFICATION_STATE_VERIFIED:
      return v1::METRIC_ORDERS_VERIFIED;
    default:
      return v1::METRIC_UNSPECIFIED;
  }
}

v1::Metric metric_of(publicity::v1::Condition condition) {
  using namespace publicity::v1;
  switch (condition) {
    case CONDITION_GOOD:
      return v1::METRIC_PLACEMENTS_GOOD;
    case CONDITION_FADED:
      return v1::METRIC_PLACEMENTS_FADED;
    case CONDITION_DAMAGED:
      return v1::METRIC_PLACEMENTS_DAMAGED;
    case CONDITION_MISPRINT:
      return v1::METRIC_PLACEMENTS_MISPRINT;
    case CONDITION_OFF:
      return v1::METRIC_PLACEMENTS_OFF;
    case CONDITION_OUTDATED:
      return v1::METRIC_PLACEMENTS_OUTDATED;
    default:
      return v1::METRIC_UNSPECIFIED;
  }
}

}  // namespace

Fact fold(const volunteer::v1::VolunteerChanged& event) {
  return Counting("volunteer", event.volunteer_id(), event.version(), event.unit_id())
      .add(v1::METRIC_VOLUNTEERS, event.registered_on(), 1)
      .done();
}

Fact fold(const volunteer::v1::ActivityChanged& event) {
  return Counting("activity", event.activity_id(), event.version(), event.unit_id())
      .one_if(event.status() == volunteer::v1::ACTIVITY_STATUS_PUBLISHED, v1::METRIC_ACTIVITIES, event.starts_on())
      .done();
}

Fact fold(const volunteer::v1::HoursChanged& event) {
  Counting counting("hours", event.hours_id(), event.version(), event.unit_id());
  if (event.days().empty()) return counting.done();
  const std::string& first_day = event.days(0).day();
  const bool pending = event.status() == volunteer::v1::HOURS_STATUS_PENDING;
  const bool approved = event.status() == volunteer::v1::HOURS_STATUS_APPROVED;
  counting.one_if(pending, v1::METRIC_HOUR_ENTRIES_PENDING, first_day)
      .one_if(approved, v1::METRIC_HOUR_ENTRIES_APPROVED, first_day)
      .one_if(event.flagged() && (pending || approved), v1::METRIC_HOUR_ENTRIES_FLAGGED, first_day);
  for (const auto& served : event.days()) {
    counting.add(v1::METRIC_SERVICE_MINUTES, served.day(), approved ? served.minutes() : 0);
  }
  return counting.done();
}

Fact fold(const inspection::v1::PointChanged& event) {
  return Counting("point", event.point_id(), event.version(), event.unit_id())
      .add(v1::METRIC_POINTS, event.created_day(), 1)
      .done();
}

Fact fold(const inspection::v1::InspectionSubmitted& event) {
  const std::string& day = event.inspected_day();
  return Counting("inspection", event.inspection_id(), event.version(), event.unit_id())
      .add(v1::METRIC_INSPECTIONS, day, 1)
      .add(v1::METRIC_FINDINGS_LOW, day, event.low_findings())
      .add(v1::METRIC_FINDINGS_MODERATE, day, event.moderate_findings())
      .add(v1::METRIC_FINDINGS_HIGH, day, event.high_findings())
      .done();
}

Fact fold(const inspection::v1::RectificationOrderChanged& event) {
  const std::string& day = event.issued_day();
  const bool verified = event.state() == inspection::v1::RECTIFICATION_STATE_VERIFIED;
  return Counting("order", event.rectification_order_id(), event.version(), event.unit_id())
      .add(v1::METRIC_ORDERS, day, 1)
      .add(metric_of(event.state()), day, 1)
      .one_if(event.overdue() && !verified, v1::METRIC_ORDERS_OVERDUE, day)
      .done();
}

Fact fold(const hotline::v1::CaseChanged& event) {
  const std::string& day = event.received_day();
  const bool declined = event.state() == hotline::v1::CASE_STATE_DECLINED;
  const bool closed = event.state() == hotline::v1::CASE_STATE_CLOSED;
  const bool merged = event.state() == hotline::v1::CASE_STATE_MERGED;  // what is open is the case that it shares
  const bool replied = !event.replied_day().empty();
  return Counting("case", event.case_id(), event.version(), event.unit_id())
      .add(v1::METRIC_CASES_RECEIVED, day, 1)
      .one_if(!declined && !closed && !merged, v1::METRIC_CASES_OPEN, day)
      .one_if(declined, v1::METRIC_CASES_DECLINED, day)
      .one_if(closed, v1::METRIC_CASES_CLOSED, day)
      .one_if(replied, v1::METRIC_CASES_REPLIED, day)
      .one_if(event.overdue() && !replied, v1::METRIC_CASES_OVERDUE, day)
      .one_if(event.has_on_time(), v1::METRIC_CASES_DUE, day)
      .one_if(event.on_time(), v1::METRIC_CASES_ON_TIME, day)
      .one_if(event.has_satisfied(), v1::METRIC_CASES_CALLED_BACK, day)
      .one_if(event.satisfied(), v1::METRIC_CASES_SATISFIED, day)
      .done();
}

Fact fold(const publicity::v1::PlacementChanged& event) {
  Counting counting("placement", event.placement_id(), event.version(), event.unit_id());
  if (event.state() == publicity::v1::PLACEMENT_STATE_REPLACED) return counting.done();
  const std::string& day = event.installed_on();
  return counting.add(v1::METRIC_PLACEMENTS, day, 1)
      .add(metric_of(event.condition()), day, 1)
      .one_if(event.state() == publicity::v1::PLACEMENT_STATE_EXPIRED, v1::METRIC_PLACEMENTS_EXPIRED, day)
      .done();
}

Fact fold(const publicity::v1::BriefChanged& event) {
  const std::string& day = event.submitted_on();
  const bool adopted = event.status() == publicity::v1::BRIEF_STATUS_ADOPTED;
  return Counting("brief", event.brief_id(), event.version(), event.unit_id())
      .add(v1::METRIC_BRIEFS_SUBMITTED, day, 1)
      .one_if(adopted, v1::METRIC_BRIEFS_ADOPTED, day)
      .add(v1::METRIC_BRIEF_POINTS, day, event.points())
      .done();
}

}  // namespace wenming::dashboard
