#include "volunteer/hours.h"

#include <string>

#include "domain/list.h"
#include "domain/refusal.h"
#include "volunteer/activities.h"
#include "volunteer/months.h"
#include "volunteer/volunteers.h"
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
using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;

namespace {

constexpr minutes kLongestEntry = hours(24);

bool is_whole_minute(core::Timestamp t) {
  return microseconds(t.micros()) % minutes(1) == microseconds(0);
}

/// The stretch that the request describes, sound in itself and over.
Stretch stretch_of(const v1::SubmitHoursRequest& request, core::Timestamp now) {
  if (request.has_ends_at() == request.has_minutes()) throw Refusal(v1::PROBLEM_HOURS_END_UNCLEAR);
  const core::Timestamp from = domain::from_proto(request.starts_at());
  const core::Timestamp to =
      request.has_ends_at() ? domain::from_proto(request.ends_at()) : from + minutes(request.minutes());
  const Stretch stretch{from, to};

  if (!is_whole_minute(from) || !is_whole_minute(to)) throw Refusal(v1::PROBLEM_HOURS_NOT_WHOLE_MINUTES);
  if (stretch.length() < minutes(1) || stretch.length() > kLongestEntry) throw Refusal(v1::PROBLEM_HOURS_LENGTH);
  if (to > now) throw Refusal(v1::PROBLEM_HOURS_IN_FUTURE);
  return stretch;
}

Stretch stretch_of(const v1::HourEntry& entry) {
  return {domain::from_proto(entry.starts_at()), domain::from_proto(entry.ends_at())};
}

std::string status_text(const v1::HourEntry& entry) {
  return std::string(domain::enum_text(*v1::HoursStatus_descriptor(), entry.status()));
}

void publish(Tx& tx, const v1::HourEntry& entry) {
  v1::HoursChanged event;
  event.set_hours_id(entry.id());
  event.set_version(entry.version());
  event.set_volunteer_id(entry.volunteer_id());
  event.set_unit_id(entry.unit_id());
  if (entry.has_activity_id()) event.set_activity_id(entry.activity_id());
  event.set_status(entry.status());
  event.set_flagged(entry.flagged());
  for (const auto& [day, count] : by_day(stretch_of(entry), tx.offset())) {
    v1::ServedDay& served = *event.add_days();
    served.set_day(core::to_text(day));
    served.set_minutes(count);
  }
  tx.publish(event);
}

v1::HourEntry require_hours(ReadTx& tx, std::string_view id) {
  const auto entry = tx.find<v1::HourEntry>("SELECT * FROM hour_entries WHERE id = $1", id);
  if (!entry) throw domain::not_found("hours");
  return *entry;
}

v1::HourEntry require_pending(ReadTx& tx, std::string_view id) {
  v1::HourEntry entry = require_hours(tx, id);
  if (entry.status() != v1::HOURS_STATUS_PENDING) {
    throw Refusal(v1::PROBLEM_HOURS_NOT_PENDING, {{"status", status_text(entry)}});
  }
  return entry;
}

v1::HourEntry pending_entry(Tx& tx, const Caller& caller, const v1::Volunteer& volunteer,
                            const v1::SubmitHoursRequest& request, const Stretch& stretch) {
  v1::HourEntry entry;
  entry.set_id(tx.new_id());
  entry.set_version(1);
  entry.set_volunteer_id(volunteer.id());
  entry.set_unit_id(volunteer.unit_id());
  if (!request.activity_id().empty()) entry.set_activity_id(request.activity_id());
  *entry.mutable_starts_at() = domain::to_proto(stretch.from);
  *entry.mutable_ends_at() = domain::to_proto(stretch.to);
  entry.set_minutes(static_cast<int>(stretch.length() / minutes(1)));
  entry.set_description(request.description());
  entry.set_evidence(request.evidence());
  entry.set_status(v1::HOURS_STATUS_PENDING);
  *entry.mutable_submitted_at() = domain::to_proto(tx.now());
  entry.set_submitted_by(caller.id);
  return entry;
}

void insert(Tx& tx, const v1::HourEntry& entry) {
  tx.run(
      "INSERT INTO hour_entries (id, version, volunteer_id, unit_id, activity_id, starts_at, ends_at, minutes, "
      "description, evidence, status, flagged, submitted_at, submitted_by) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
      entry.id(), entry.version(), entry.volunteer_id(), entry.unit_id(), domain::or_null(entry.activity_id()),
      entry.starts_at(), entry.ends_at(), entry.minutes(), entry.description(), entry.evidence(), entry.status(),
      entry.flagged(), entry.submitted_at(), entry.submitted_by());
}

/// Takes a pending entry to its decision and tells the others.
void decide(Tx& tx, const Caller& caller, v1::HourEntry& entry, v1::HoursStatus decision) {
  entry.set_version(entry.version() + 1);
  entry.set_status(decision);
  *entry.mutable_decided_at() = domain::to_proto(tx.now());
  entry.set_decided_by(caller.id);
  tx.run(
      "UPDATE hour_entries SET version = $2, status = $3, decided_at = $4, decided_by = $5, reject_reason = $6 "
      "WHERE id = $1",
      entry.id(), entry.version(), entry.status(), entry.decided_at(), entry.decided_by(),
      domain::or_null(entry.reject_reason()));
  publish(tx, entry);
}

}  // namespace

Hours::Hours(core::Settings& settings)
    : daily_limit_(static_cast<int>(settings.integer("volunteer.daily_limit_minutes", 24 * 60, 1, 24 * 60,
                                                     "Most minutes of one volunteer on one local day."))),
      daily_flag_(static_cast<int>(settings.integer("volunteer.daily_flag_minutes", 10 * 60, 1, 24 * 60,
                                                    "Minutes of one volunteer on one local day above which an entry "
                                                    "is flagged for whoever decides on it."))) {}

v1::HourEntry Hours::submit(Tx& tx, const Caller& caller, const v1::SubmitHoursRequest& request) const {
  const Stretch stretch = stretch_of(request, tx.now());
  const v1::Volunteer volunteer = require_volunteer(tx, request.volunteer_id());
  if (!request.activity_id().empty()) require_within_activity(tx, request.activity_id(), stretch);

  v1::HourEntry entry = pending_entry(tx, caller, volunteer, request, stretch);
  entry.set_flagged(check_room(tx, volunteer.id(), stretch));
  insert(tx, entry);
  publish(tx, entry);
  return entry;
}

bool Hours::check_room(ReadTx& tx, std::string_view volunteer_id, const Stretch& stretch) const {
  const core::UtcOffset offset = tx.offset();
  std::vector<DayMinutes> totals = by_day(stretch, offset);
  // No entry is longer than the longest, so whatever reaches into the first day began after this.
  const core::Timestamp earliest = offset.start_of(totals.front().day) - kLongestEntry;
  const core::Timestamp end = offset.start_of(totals.back().day + days(1));

  for (const auto& row : tx.query("SELECT id, starts_at, ends_at FROM hour_entries WHERE volunteer_id = $1 "
                                  "AND starts_at > $2 AND starts_at < $3 AND status IN ('PENDING', 'APPROVED')",
                                  volunteer_id, earliest, end)) {
    const Stretch other{row.timestamp(1), row.timestamp(2)};
    if (stretch.overlaps(other)) throw Refusal(v1::PROBLEM_HOURS_OVERLAP, {{"entry", std::string(row.text(0))}});
    for (auto& [day, count] : totals) count += minutes_on(day, other, offset);
  }

  bool flagged = false;
  for (const auto& [day, count] : totals) {
    // At 24 hours the rule on overlaps already sees to this; a deployment that allows less needs it.
    if (count > daily_limit_) {
      throw Refusal(
          v1::PROBLEM_HOURS_DAILY_LIMIT,
          {{"day", core::to_text(day)}, {"minutes", std::to_string(count)}, {"limit", std::to_string(daily_limit_)}});
    }
    flagged = flagged || count > daily_flag_;
  }
  return flagged;
}

v1::HourEntry Hours::get(ReadTx& tx, const Caller&, const v1::GetHoursRequest& request) const {
  return require_hours(tx, request.hours_id());
}

v1::ListHoursResponse Hours::list(ReadTx& tx, const Visibility& visible, const v1::ListHoursRequest& request) const {
  return List("hour_entries")
      .visible_by("unit_id")
      .visible_by_owner("volunteer_id", "volunteers")
      .equal("volunteer_id", request.volunteer_id())
      .within("unit_id", request.unit_id())
      .equal("activity_id", request.activity_id())
      .equal("status", request.status())
      .equal_if(request.has_flagged(), "flagged", domain::to_value(request.flagged()))
      .on_days("starts_at", tx.offset(), request.from(), request.to())
      .order_by("starts_at", List::Descending)
      .page<v1::ListHoursResponse>(tx, visible, request);
}

v1::HourEntry Hours::approve(Tx& tx, const Caller& caller, const v1::ApproveHoursRequest& request) const {
  v1::HourEntry entry = require_pending(tx, request.hours_id());
  const v1::Volunteer volunteer = require_volunteer(tx, entry.volunteer_id());
  if (volunteer.has_user_id() && volunteer.user_id() == caller.user_id) throw Refusal(v1::PROBLEM_HOURS_OWN);

  decide(tx, caller, entry, v1::HOURS_STATUS_APPROVED);
  add_to_months(tx, entry.volunteer_id(), entry.unit_id(), stretch_of(entry));
  return entry;
}

v1::HourEntry Hours::reject(Tx& tx, const Caller& caller, const v1::RejectHoursRequest& request) const {
  v1::HourEntry entry = require_pending(tx, request.hours_id());
  entry.set_reject_reason(request.reason());
  decide(tx, caller, entry, v1::HOURS_STATUS_REJECTED);
  return entry;
}

v1::HourEntry Hours::revoke(Tx& tx, const Caller& caller, const v1::RevokeHoursRequest& request) const {
  v1::HourEntry entry = require_hours(tx, request.hours_id());
  if (entry.status() != v1::HOURS_STATUS_APPROVED) {
    throw Refusal(v1::PROBLEM_HOURS_NOT_APPROVED, {{"status", status_text(entry)}});
  }
  entry.set_version(entry.version() + 1);
  entry.set_status(v1::HOURS_STATUS_REVOKED);
  *entry.mutable_revoked_at() = domain::to_proto(tx.now());
  entry.set_revoked_by(caller.id);
  entry.set_revoke_reason(request.reason());
  tx.run(
      "UPDATE hour_entries SET version = $2, status = $3, revoked_at = $4, revoked_by = $5, revoke_reason = $6 "
      "WHERE id = $1",
      entry.id(), entry.version(), entry.status(), entry.revoked_at(), entry.revoked_by(), entry.revoke_reason());
  take_from_months(tx, entry.volunteer_id(), entry.unit_id(), stretch_of(entry));
  publish(tx, entry);
  return entry;
}

std::optional<Scope> Hours::scope(ReadTx& tx, std::string_view id) {
  for (const auto& row : tx.query("SELECT hour_entries.unit_id, volunteers.user_id, hour_entries.version "
                                  "FROM hour_entries JOIN volunteers ON volunteers.id = hour_entries.volunteer_id "
                                  "WHERE hour_entries.id = $1",
                                  id)) {
    return Scope{std::string(row.text(0)), std::string(row.text(1)), row.integer(2)};
  }
  return std::nullopt;
}

}  // namespace wenming::volunteer
