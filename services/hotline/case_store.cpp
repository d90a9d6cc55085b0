#include "hotline/case_store.h"

#include <chrono>
#include <string>

#include "domain/position.h"
#include "domain/refusal.h"
#include "wenming/hotline/v1/events.pb.h"
#include "wenming/hotline/v1/timers.pb.h"

namespace wenming::hotline {

using domain::from_proto;
using domain::or_null;
using domain::ReadTx;
using domain::to_value;
using domain::Tx;
using domain::Value;
using google::protobuf::Timestamp;

const std::string_view kCaseColumns =
    "id, channel, kind, subject, detail, category, position_datum AS \"position.datum\", "
    "position_longitude AS \"position.longitude\", position_latitude AS \"position.latitude\", place, anonymous, "
    "state, "
    "receiving_unit_id, unit_id, received_at, dispatched_at, working_hours, due_at, signed_at, replied_at, on_time, "
    "reply, satisfied, closed_at, reopenings, overdue, escalated_at, source, message_id, source_user_id, version";

namespace {

std::string timer_key(const v1::Case& subject) {
  return "case/" + subject.id();
}

/// The moment, or NULL where it has not come.
Value stated(bool given, const Timestamp& moment) {
  return given ? to_value(moment) : to_value(std::nullopt);
}

}  // namespace

v1::Case require_case(ReadTx& tx, std::string_view id) {
  auto subject = tx.find<v1::Case>(std::string("SELECT ").append(kCaseColumns).append(" FROM cases WHERE id = $1"), id);
  if (!subject) throw domain::not_found("case");
  return *std::move(subject);
}

void insert_case(Tx& tx, const v1::Case& c, const Hashes& hashes) {
  const domain::StoredPosition position = domain::StoredPosition::of(c);
  const bool imported = !hashes.import.empty();
  tx.run(
      "INSERT INTO cases (id, tracking_hash, channel, kind, subject, detail, category, position_datum, "
      "position_longitude, position_latitude, wgs84_longitude, wgs84_latitude, place, anonymous, state, "
      "receiving_unit_id, unit_id, received_at, reply, reopenings, overdue, source, message_id, source_user_id, "
      "import_hash, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, "
      "$23, $24, $25, $26)",
      c.id(), or_null(hashes.tracking), c.channel(), c.kind(), c.subject(), c.detail(), c.category(), position.datum,
      position.longitude, position.latitude, position.wgs84_longitude, position.wgs84_latitude, c.place(),
      c.anonymous(), c.state(), c.receiving_unit_id(), c.unit_id(), c.received_at(), c.reply(), c.reopenings(),
      c.overdue(), imported ? to_value(c.source()) : to_value(std::nullopt), or_null(c.message_id()),
      or_null(c.source_user_id()), or_null(hashes.import), c.version());
}

void update_case(Tx& tx, const v1::Case& c) {
  const Value absent = to_value(std::nullopt);
  tx.run(
      "UPDATE cases SET state = $2, unit_id = $3, dispatched_at = $4, working_hours = $5, due_at = $6, signed_at = $7, "
      "replied_at = $8, on_time = $9, reply = $10, satisfied = $11, closed_at = $12, reopenings = $13, overdue = $14, "
      "escalated_at = $15, version = $16 WHERE id = $1",
      c.id(), c.state(), c.unit_id(), stated(c.has_dispatched_at(), c.dispatched_at()),
      c.has_working_hours() ? to_value(c.working_hours()) : absent, stated(c.has_due_at(), c.due_at()),
      stated(c.has_signed_at(), c.signed_at()), stated(c.has_replied_at(), c.replied_at()),
      c.has_on_time() ? to_value(c.on_time()) : absent, c.reply(), c.has_satisfied() ? to_value(c.satisfied()) : absent,
      stated(c.has_closed_at(), c.closed_at()), c.reopenings(), c.overdue(),
      stated(c.has_escalated_at(), c.escalated_at()), c.version());
}

void add_history(Tx& tx, const v1::Case& subject, const Step& step) {
  tx.run(
      "INSERT INTO case_history (id, case_id, number, action, state, occurred_at, actor_id, unit_id, text) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      tx.new_id(), subject.id(), subject.version(), step.action, subject.state(), step.occurred_at, step.actor_id,
      subject.unit_id(), step.text);
}

void publish(Tx& tx, const v1::Case& c, const Step& step) {
  const auto day_of = [&](bool given, const Timestamp& moment) {
    return given ? core::to_text(tx.offset().date_of(from_proto(moment))) : std::string();
  };
  v1::CaseChanged event;
  event.set_case_id(c.id());
  event.set_version(c.version());
  event.set_action(step.action);
  event.set_state(c.state());
  event.set_channel(c.channel());
  event.set_kind(c.kind());
  event.set_category(c.category());
  event.set_receiving_unit_id(c.receiving_unit_id());
  event.set_unit_id(c.unit_id());
  event.set_received_day(day_of(true, c.received_at()));
  event.set_dispatched_day(day_of(c.has_dispatched_at(), c.dispatched_at()));
  if (c.has_due_at()) *event.mutable_due_at() = c.due_at();
  event.set_due_day(day_of(c.has_due_at(), c.due_at()));
  event.set_replied_day(day_of(c.has_replied_at(), c.replied_at()));
  if (c.has_on_time()) event.set_on_time(c.on_time());
  event.set_overdue(c.overdue());
  if (c.has_satisfied()) event.set_satisfied(c.satisfied());
  event.set_closed_day(day_of(c.has_closed_at(), c.closed_at()));
  event.set_reopenings(c.reopenings());
  *event.mutable_changed_at() = domain::to_proto(step.occurred_at);
  tx.publish(event);
}

void watch_deadline(Tx& tx, const v1::Case& subject) {
  v1::CaseDue timer;
  timer.set_case_id(subject.id());
  tx.schedule(timer_key(subject), from_proto(subject.due_at()) + std::chrono::microseconds(1), timer);
}

void forget_deadline(Tx& tx, const v1::Case& subject) {
  tx.cancel(timer_key(subject));
}

}  // namespace wenming::hotline
