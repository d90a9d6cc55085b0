#include "publicity/placements.h"

#include <string>

#include "core/working_calendar.h"
#include "domain/list.h"
#include "domain/position.h"
#include "domain/refusal.h"
#include "reference/reference.h"
#include "wenming/publicity/v1/events.pb.h"

namespace wenming::publicity {

using domain::Caller;
using domain::List;
using domain::or_null;
using domain::ReadTx;
using domain::Refusal;
using domain::Scope;
using domain::Tx;
using domain::Visibility;
using std::chrono::days;

namespace {

constexpr std::string_view kColumns =
    "id, version, unit_id, medium, theme, place, position_datum AS \"position.datum\", "
    "position_longitude AS \"position.longitude\", position_latitude AS \"position.latitude\", installed_on, "
    "expires_on, state, condition, replacement_due_at, replaces_id, replaced_by_id";

v1::Placement require_placement(ReadTx& tx, std::string_view id) {
  static const std::string kById = "SELECT " + std::string(kColumns) + " FROM placements WHERE id = $1";
  const auto placement = tx.find<v1::Placement>(kById, id);
  if (!placement) throw domain::not_found("placement");
  return *placement;
}

/// The placement, unless another stands in its place.
v1::Placement require_in_place(ReadTx& tx, std::string_view id) {
  v1::Placement placement = require_placement(tx, id);
  if (placement.state() == v1::PLACEMENT_STATE_REPLACED) {
    throw Refusal(v1::PROBLEM_PLACEMENT_REPLACED, {{"successor", placement.replaced_by_id()}});
  }
  return placement;
}

/// Whether a placement found like this no longer does its service. Faded ones can still be read.
bool calls_for_replacement(v1::Condition condition) {
  return condition != v1::CONDITION_GOOD && condition != v1::CONDITION_FADED;
}

std::string expiry_of(const v1::Placement& placement) {
  return "expire " + placement.id();
}

void publish(Tx& tx, const v1::Placement& placement) {
  v1::PlacementChanged event;
  event.set_placement_id(placement.id());
  event.set_version(placement.version());
  event.set_unit_id(placement.unit_id());
  event.set_medium(placement.medium());
  event.set_theme(placement.theme());
  event.set_state(placement.state());
  event.set_condition(placement.condition());
  event.set_installed_on(placement.installed_on());
  if (placement.has_expires_on()) event.set_expires_on(placement.expires_on());
  if (placement.has_replacement_due_at()) *event.mutable_replacement_due_at() = placement.replacement_due_at();
  tx.publish(event);
}

/// Writes what can change about a placement, as its next version, and tells the others.
void save(Tx& tx, v1::Placement& placement) {
  placement.set_version(placement.version() + 1);
  const auto due = placement.has_replacement_due_at() ? std::optional(placement.replacement_due_at()) : std::nullopt;
  tx.run(
      "UPDATE placements SET version = $2, state = $3, condition = $4, replacement_due_at = $5, replaced_by_id = $6 "
      "WHERE id = $1",
      placement.id(), placement.version(), placement.state(), placement.condition(), due,
      or_null(placement.replaced_by_id()));
  publish(tx, placement);
}

}  // namespace

Placements::Placements(core::Settings& settings)
    : media_(settings.list("publicity.media",
                           {"NOTICE_BOARD", "BLACKBOARD", "CORRIDOR", "BILLBOARD", "PERMANENT_SIGN", "LED_SCREEN",
                            "BANNER", "SIGNBOARD", "POSTER", "DESK_SIGN", "LIFT_FRAME", "BUS", "HOARDING",
                            "TEXT_MESSAGE", "WECHAT", "WEBSITE", "RADIO", "TELEVISION", "NEWSPAPER"},
                           "Codes of the media in which a placement can be.")),
      themes_(settings.list("publicity.themes", {"CORE_VALUES", "VALUES_IN_PICTURES", "CIVILITY"},
                            "Codes of the themes that a placement can have.")),
      replacement_working_days_(static_cast<int>(
          settings.integer("publicity.replacement_working_days", 5, 1, 250,
                           "Working days in which a damaged or expired placement has to be replaced."))) {}

v1::Placement Placements::register_placement(Tx& tx, const Caller&, const v1::RegisterPlacementRequest& request) const {
  reference::require_unit(tx, request.unit_id());

  v1::Placement placement;
  placement.set_unit_id(request.unit_id());
  placement.set_medium(request.medium());
  placement.set_theme(request.theme());
  placement.set_place(request.place());
  if (request.has_position()) *placement.mutable_position() = request.position();
  placement.set_installed_on(request.installed_on());
  if (!request.expires_on().empty()) placement.set_expires_on(request.expires_on());
  install(tx, placement);
  return placement;
}

void Placements::install(Tx& tx, v1::Placement& placement) const {
  media_.require(placement.medium(), v1::PROBLEM_MEDIUM_UNKNOWN);
  themes_.require(placement.theme(), v1::PROBLEM_THEME_UNKNOWN);
  // ISO days order like text.
  if (placement.installed_on() > core::to_text(tx.today())) throw Refusal(v1::PROBLEM_INSTALLED_IN_FUTURE);
  if (placement.has_expires_on() && placement.expires_on() < placement.installed_on()) {
    throw Refusal(v1::PROBLEM_EXPIRES_BEFORE_INSTALLED);
  }

  placement.set_id(tx.new_id());
  placement.set_version(1);
  placement.set_state(v1::PLACEMENT_STATE_STANDING);
  placement.set_condition(v1::CONDITION_GOOD);
  const auto position = domain::StoredPosition::of(placement);
  tx.run(
      "INSERT INTO placements (id, version, unit_id, medium, theme, place, position_datum, position_longitude, "
      "position_latitude, wgs84_longitude, wgs84_latitude, installed_on, expires_on, state, condition, replaces_id) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
      placement.id(), placement.version(), placement.unit_id(), placement.medium(), placement.theme(),
      placement.place(), position.datum, position.longitude, position.latitude, position.wgs84_longitude,
      position.wgs84_latitude, placement.installed_on(), or_null(placement.expires_on()), placement.state(),
      placement.condition(), or_null(placement.replaces_id()));
  if (placement.has_expires_on()) {
    v1::ExpirePlacement timer;
    timer.set_placement_id(placement.id());
    const core::Date last_day = core::parse_date(placement.expires_on()).value();
    tx.schedule(expiry_of(placement), tx.offset().start_of(last_day + days(1)), timer);
  }
  publish(tx, placement);
}

v1::Placement Placements::get(ReadTx& tx, const Caller&, const v1::GetPlacementRequest& request) const {
  v1::Placement placement = require_placement(tx, request.placement_id());
  domain::answer_in(request.datum(), placement);
  return placement;
}

v1::ListPlacementsResponse Placements::list(ReadTx& tx, const Visibility& visible,
                                            const v1::ListPlacementsRequest& request) const {
  const std::string& from = request.installed_from();
  const std::string to =
      request.installed_to().empty() ? "" : core::to_text(core::parse_date(request.installed_to()).value() + days(1));
  auto page = List("placements", kColumns)
                  .visible_by("unit_id")
                  .within("unit_id", request.unit_id())
                  .equal("medium", request.medium())
                  .equal("theme", request.theme())
                  .equal("state", request.state())
                  .equal("condition", request.condition())
                  .at_least_if(!from.empty(), "installed_on", domain::to_value(from))
                  .less_than_if(!to.empty(), "installed_on", domain::to_value(to))
                  .order_by("installed_on", List::Descending)
                  .page<v1::ListPlacementsResponse>(tx, visible, request);
  for (v1::Placement& placement : *page.mutable_placements()) domain::answer_in(request.datum(), placement);
  return page;
}

v1::Placement Placements::report_condition(Tx& tx, const Caller& caller,
                                           const v1::ReportConditionRequest& request) const {
  v1::Placement placement = require_in_place(tx, request.placement_id());
  placement.set_condition(request.condition());
  if (placement.state() != v1::PLACEMENT_STATE_EXPIRED) {
    if (calls_for_replacement(request.condition())) {
      placement.set_state(v1::PLACEMENT_STATE_NEEDS_REPLACEMENT);
      owe_replacement(tx, placement);
    } else {
      placement.set_state(v1::PLACEMENT_STATE_STANDING);
      placement.clear_replacement_due_at();
    }
  }
  tx.run(
      "INSERT INTO condition_reports (id, placement_id, condition, note, reported_at, reported_by) "
      "VALUES ($1, $2, $3, $4, $5, $6)",
      tx.new_id(), placement.id(), request.condition(), request.note(), tx.now(), caller.id);
  save(tx, placement);
  return placement;
}

v1::ListConditionReportsResponse Placements::list_condition_reports(
    ReadTx& tx, const Visibility& visible, const v1::ListConditionReportsRequest& request) const {
  return List("condition_reports")
      .visible_to_all()  // whoever may see the placement may see its reports: the contract has decided
      .equal("placement_id", request.placement_id())
      .order_by("reported_at", List::Descending)
      .page<v1::ListConditionReportsResponse>(tx, visible, request);
}

v1::Placement Placements::replace(Tx& tx, const Caller&, const v1::ReplacePlacementRequest& request) const {
  v1::Placement old = require_in_place(tx, request.placement_id());

  v1::Placement placement;
  placement.set_unit_id(old.unit_id());
  placement.set_medium(request.has_medium() ? request.medium() : old.medium());
  placement.set_theme(request.has_theme() ? request.theme() : old.theme());
  placement.set_place(old.place());
  if (old.has_position()) *placement.mutable_position() = old.position();
  placement.set_installed_on(request.installed_on());
  if (!request.expires_on().empty()) placement.set_expires_on(request.expires_on());
  placement.set_replaces_id(old.id());
  install(tx, placement);

  old.set_state(v1::PLACEMENT_STATE_REPLACED);
  old.set_replaced_by_id(placement.id());
  old.clear_replacement_due_at();
  tx.cancel(expiry_of(old));
  save(tx, old);
  return placement;
}

void Placements::expire(Tx& tx, const v1::ExpirePlacement& timer) const {
  v1::Placement placement = require_placement(tx, timer.placement_id());
  placement.set_state(v1::PLACEMENT_STATE_EXPIRED);
  owe_replacement(tx, placement);
  save(tx, placement);
}

void Placements::owe_replacement(Tx& tx, v1::Placement& placement) const {
  if (placement.has_replacement_due_at()) return;
  *placement.mutable_replacement_due_at() =
      domain::to_proto(tx.calendar().add_days(tx.now(), replacement_working_days_));
}

std::optional<Scope> Placements::scope(ReadTx& tx, std::string_view id) {
  for (const auto& row : tx.query("SELECT unit_id, version FROM placements WHERE id = $1", id)) {
    return Scope{std::string(row.text(0)), "", row.integer(1)};
  }
  return std::nullopt;
}

}  // namespace wenming::publicity
