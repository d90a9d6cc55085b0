#include "volunteer/activities.h"

#include <string>

#include "domain/list.h"
#include "domain/position.h"
#include "domain/refusal.h"
#include "reference/reference.h"
#include "wenming/volunteer/v1/events.pb.h"
#include "wenming/volunteer/v1/problems.pb.h"

namespace wenming::volunteer {

using domain::Caller;
using domain::List;
using domain::ReadTx;
using domain::Refusal;
using domain::Scope;
using domain::Tx;
using domain::Visibility;

namespace {

constexpr std::string_view kColumns =
    "id, version, unit_id, title, theme, place, position_datum AS \"position.datum\", "
    "position_longitude AS \"position.longitude\", position_latitude AS \"position.latitude\", radius_m, starts_at, "
    "ends_at, head_count, status, created_at, published_at, cancelled_at, cancel_reason";

std::optional<v1::Activity> find_activity(ReadTx& tx, std::string_view id) {
  static const std::string kById = "SELECT " + std::string(kColumns) + " FROM activities WHERE id = $1";
  return tx.find<v1::Activity>(kById, id);
}

v1::Activity require_activity(ReadTx& tx, std::string_view id) {
  const auto activity = find_activity(tx, id);
  if (!activity) throw domain::not_found("activity");
  return *activity;
}

Stretch window_of(const v1::Activity& activity) {
  return {domain::from_proto(activity.starts_at()), domain::from_proto(activity.ends_at())};
}

void tell(Tx& tx, const v1::Activity& activity) {
  v1::ActivityChanged event;
  event.set_activity_id(activity.id());
  event.set_version(activity.version());
  event.set_unit_id(activity.unit_id());
  event.set_status(activity.status());
  event.set_theme(activity.theme());
  *event.mutable_starts_at() = activity.starts_at();
  *event.mutable_ends_at() = activity.ends_at();
  event.set_starts_on(core::to_text(tx.offset().date_of(window_of(activity).from)));
  event.set_head_count(activity.head_count());
  tx.publish(event);
}

}  // namespace

Activities::Activities(core::Settings& settings)
    : default_radius_m_(static_cast<int>(
          settings.integer("volunteer.default_radius_m", 500, 10, 50'000,
                           "How far around its position an activity takes place where it does not say, in metres."))) {}

v1::Activity Activities::create(Tx& tx, const Caller&, const v1::CreateActivityRequest& request) const {
  reference::require_unit(tx, request.unit_id());

  v1::Activity activity;
  activity.set_id(tx.new_id());
  activity.set_version(1);
  activity.set_unit_id(request.unit_id());
  activity.set_title(request.title());
  activity.set_theme(request.theme());
  activity.set_place(request.place());
  if (request.has_position()) *activity.mutable_position() = request.position();
  activity.set_radius_m(request.has_radius_m() ? request.radius_m() : default_radius_m_);
  *activity.mutable_starts_at() = request.starts_at();
  *activity.mutable_ends_at() = request.ends_at();
  activity.set_head_count(request.head_count());
  activity.set_status(v1::ACTIVITY_STATUS_DRAFT);
  *activity.mutable_created_at() = domain::to_proto(tx.now());
  if (window_of(activity).to <= window_of(activity).from) throw Refusal(v1::PROBLEM_ACTIVITY_WINDOW);

  const auto position = domain::StoredPosition::of(activity);
  tx.run(
      "INSERT INTO activities (id, version, unit_id, title, theme, place, position_datum, position_longitude, "
      "position_latitude, wgs84_longitude, wgs84_latitude, radius_m, starts_at, ends_at, head_count, status, "
      "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
      activity.id(), activity.version(), activity.unit_id(), activity.title(), activity.theme(), activity.place(),
      position.datum, position.longitude, position.latitude, position.wgs84_longitude, position.wgs84_latitude,
      activity.radius_m(), activity.starts_at(), activity.ends_at(), activity.head_count(), activity.status(),
      activity.created_at());
  tell(tx, activity);
  return activity;
}

v1::Activity Activities::get(ReadTx& tx, const Caller&, const v1::GetActivityRequest& request) const {
  v1::Activity activity = require_activity(tx, request.activity_id());
  domain::answer_in(request.datum(), activity);
  return activity;
}

v1::ListActivitiesResponse Activities::list(ReadTx& tx, const Visibility& visible,
                                            const v1::ListActivitiesRequest& request) const {
  auto page = List("activities", kColumns)
                  .visible_by("unit_id")
                  .visible_once_published("published_at")
                  .within("unit_id", request.unit_id())
                  .equal("status", request.status())
                  .equal("theme", request.theme())
                  .on_days("starts_at", tx.offset(), request.from(), request.to())
                  .order_by("starts_at", List::Descending)
                  .page<v1::ListActivitiesResponse>(tx, visible, request);
  for (v1::Activity& activity : *page.mutable_activities()) domain::answer_in(request.datum(), activity);
  return page;
}

v1::Activity Activities::publish(Tx& tx, const Caller&, const v1::PublishActivityRequest& request) const {
  v1::Activity activity = require_activity(tx, request.activity_id());
  if (activity.status() != v1::ACTIVITY_STATUS_DRAFT) throw Refusal(v1::PROBLEM_ACTIVITY_NOT_DRAFT);
  if (window_of(activity).to <= tx.now()) throw Refusal(v1::PROBLEM_ACTIVITY_OVER);

  activity.set_version(activity.version() + 1);
  activity.set_status(v1::ACTIVITY_STATUS_PUBLISHED);
  *activity.mutable_published_at() = domain::to_proto(tx.now());
  tx.run("UPDATE activities SET version = $2, status = $3, published_at = $4 WHERE id = $1", activity.id(),
         activity.version(), activity.status(), activity.published_at());
  tell(tx, activity);
  return activity;
}

v1::Activity Activities::cancel(Tx& tx, const Caller&, const v1::CancelActivityRequest& request) const {
  v1::Activity activity = require_activity(tx, request.activity_id());
  if (activity.status() == v1::ACTIVITY_STATUS_CANCELLED) throw Refusal(v1::PROBLEM_ACTIVITY_CANCELLED);
  const bool took_place = activity.status() == v1::ACTIVITY_STATUS_PUBLISHED && window_of(activity).to <= tx.now();
  if (took_place) throw Refusal(v1::PROBLEM_ACTIVITY_OVER);

  activity.set_version(activity.version() + 1);
  activity.set_status(v1::ACTIVITY_STATUS_CANCELLED);
  *activity.mutable_cancelled_at() = domain::to_proto(tx.now());
  activity.set_cancel_reason(request.reason());
  tx.run("UPDATE activities SET version = $2, status = $3, cancelled_at = $4, cancel_reason = $5 WHERE id = $1",
         activity.id(), activity.version(), activity.status(), activity.cancelled_at(), activity.cancel_reason());
  tell(tx, activity);
  return activity;
}

std::optional<Scope> Activities::scope(ReadTx& tx, std::string_view id) {
  for (const auto& row : tx.query("SELECT unit_id, version, published_at FROM activities WHERE id = $1", id)) {
    return Scope{std::string(row.text(0)), {}, row.integer(1), {}, !row.is_null(2)};
  }
  return std::nullopt;
}

void require_within_activity(ReadTx& tx, std::string_view activity_id, const Stretch& stretch) {
  const auto activity = find_activity(tx, activity_id);
  if (!activity) throw Refusal(v1::PROBLEM_ACTIVITY_UNKNOWN);
  if (activity->status() != v1::ACTIVITY_STATUS_PUBLISHED) throw Refusal(v1::PROBLEM_ACTIVITY_NOT_OPEN);
  const Stretch window = window_of(*activity);
  if (!window.contains(stretch)) {
    throw Refusal(v1::PROBLEM_HOURS_OUTSIDE_ACTIVITY, {{"from", core::to_rfc3339(window.from, tx.offset())},
                                                       {"to", core::to_rfc3339(window.to, tx.offset())}});
  }
}

}  // namespace wenming::volunteer
