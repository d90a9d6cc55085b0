#include "hotline/case_store.h"

#include "domain/position.h"
#include "domain/refusal.h"
#include "hotline/case_indexer.h"
#include "hotline/webhook_sending.h"
#include "wenming/hotline/v1/events.pb.h"

namespace wenming::hotline {

using domain::from_proto;
using domain::or_null;
using domain::ReadTx;
using domain::to_value;
using domain::Tx;

const domain::Table<v1::Case>& cases_table() {
  static const domain::Table<v1::Case> kCases(
      "cases",
      {"id", "channel", "position.datum", "position.longitude", "position.latitude", "place", "subject", "detail",
       "anonymous", "receiving_unit_id", "received_at", "source", "message_id?", "source_user_id?", "repeat_of_id?",
       "media_url"},
      {"kind",
       "category",
       "area_id?",
       "urgency",
       "state",
       "unit_id",
       "responsible_unit_id",
       "dispatched_at",
       "working_hours",
       "due_at",
       "returnable_until",
       "returns",
       "adjudicated",
       "signed_at",
       "extension.state",
       "extension.working_hours",
       "extension.reason",
       "urgings",
       "replied_at",
       "reply_working_minutes",
       "on_time",
       "reply",
       "call_back_attempts",
       "satisfied",
       "resolved",
       "closed_at",
       "declined_at",
       "reopenings",
       "overdue",
       "escalated_at",
       "escalation_level",
       "merged_into_id?",
       "duplicates",
       "repeats",
       "units_tried",
       "problem",
       "published_at",
       "version"});
  return kCases;
}

v1::Case require_case(ReadTx& tx, std::string_view id) {
  auto subject = cases_table().find(tx, id);
  if (!subject) throw domain::not_found("case");
  return *std::move(subject);
}

Attributes attributes_of(ReadTx& tx, std::string_view case_id) {
  Attributes attributes;
  for (const domain::Row& row :
       tx.query("SELECT code, value FROM case_attributes WHERE case_id = $1 ORDER BY number", case_id)) {
    row.fill(*attributes.Add());
  }
  return attributes;
}

void put_attributes(Tx& tx, std::string_view case_id, const Attributes& attributes) {
  tx.run("DELETE FROM case_attributes WHERE case_id = $1", case_id);
  int number = 0;
  for (const v1::CaseAttribute& attribute : attributes) {
    tx.run("INSERT INTO case_attributes (case_id, number, code, value) VALUES ($1, $2, $3, $4)", case_id, ++number,
           attribute.code(), attribute.value());
  }
}

void insert_case(Tx& tx, const v1::Case& subject, const Hashes& hashes) {
  const domain::StoredPosition position = domain::StoredPosition::of(subject);
  cases_table().insert(tx, subject,
                       {{"wgs84_longitude", to_value(position.wgs84_longitude)},
                        {"wgs84_latitude", to_value(position.wgs84_latitude)},
                        {"tracking_hash", or_null(hashes.tracking)},
                        {"import_hash", or_null(hashes.import)}});
  case_index::note_change(tx, subject);
}

void update_case(Tx& tx, const v1::Case& subject) {
  cases_table().update(tx, subject);
  case_index::note_change(tx, subject);
}

void add_history(Tx& tx, const v1::Case& subject, const Step& step) {
  tx.run(
      "INSERT INTO case_history (id, case_id, number, action, state, occurred_at, actor_id, unit_id, text) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      tx.new_id(), subject.id(), subject.version(), step.action, subject.state(), step.occurred_at, step.actor_id,
      step.unit_id.empty() ? std::string_view(subject.unit_id()) : step.unit_id, step.text);
}

namespace {

v1::CaseChanged event_of(ReadTx& tx, const v1::Case& c, const Step& step) {
  const auto day_of = [&](bool given, const google::protobuf::Timestamp& moment) {
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
  event.set_urgency(c.urgency());
  event.set_area_id(c.area_id());
  event.set_receiving_unit_id(c.receiving_unit_id());
  event.set_unit_id(c.unit_id());
  event.set_responsible_unit_id(c.responsible_unit_id());
  event.set_received_day(day_of(true, c.received_at()));
  event.set_dispatched_day(day_of(c.has_dispatched_at(), c.dispatched_at()));
  if (c.has_due_at()) *event.mutable_due_at() = c.due_at();
  event.set_due_day(day_of(c.has_due_at(), c.due_at()));
  event.set_signed_day(day_of(c.has_signed_at(), c.signed_at()));
  event.set_returns(c.returns());
  event.set_extension_state(c.extension().state());
  event.set_replied_day(day_of(c.has_replied_at(), c.replied_at()));
  if (c.has_on_time()) event.set_on_time(c.on_time());
  event.set_overdue(c.overdue());
  event.set_escalation_level(c.escalation_level());
  if (c.has_satisfied()) event.set_satisfied(c.satisfied());
  if (c.has_resolved()) event.set_resolved(c.resolved());
  event.set_closed_day(day_of(c.has_closed_at(), c.closed_at()));
  event.set_reopenings(c.reopenings());
  event.set_merged_into_id(c.merged_into_id());
  event.set_repeat_of_id(c.repeat_of_id());
  event.set_problem(c.problem());
  *event.mutable_changed_at() = domain::to_proto(step.occurred_at);
  return event;
}

}  // namespace

void publish(Tx& tx, const v1::Case& subject, const Step& step) {
  const v1::CaseChanged event = event_of(tx, subject, step);
  tx.publish(event);
  webhook_sending::tell(tx, event);
}

void publish_past(Tx& tx, const v1::Case& subject, const Step& step) {
  tx.publish(event_of(tx, subject, step));
}

void record(Tx& tx, const v1::Case& subject, const Step& step) {
  update_case(tx, subject);
  add_history(tx, subject, step);
  publish(tx, subject, step);
}

}  // namespace wenming::hotline
