#include "hotline/co_units.h"

#include <string>

#include "domain/list.h"
#include "domain/refusal.h"
#include "domain/table.h"
#include "reference/reference.h"
#include "wenming/hotline/v1/events.pb.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using domain::Caller;
using domain::List;
using domain::ReadTx;
using domain::Refusal;
using domain::Scope;
using domain::to_proto;
using domain::Tx;
using domain::Visibility;

namespace {

using States = domain::StateMachine<v1::CoUnitState, v1::CoUnitAction>;

const domain::Table<v1::CoUnit>& co_units_table() {
  static const domain::Table<v1::CoUnit> kCoUnits("co_units", {"id", "case_id", "unit_id", "receiving_unit_id"},
                                                  {"state", "asked_at", "signed_at", "replied_at", "text", "version"});
  return kCoUnits;
}

v1::CoUnit require_co_unit(ReadTx& tx, std::string_view id) {
  auto part = co_units_table().find(tx, id);
  if (!part) throw domain::not_found("co_unit");
  return *std::move(part);
}

void publish(Tx& tx, const v1::CoUnit& part) {
  v1::CoUnitChanged event;
  event.set_co_unit_id(part.id());
  event.set_version(part.version());
  event.set_case_id(part.case_id());
  event.set_unit_id(part.unit_id());
  event.set_receiving_unit_id(part.receiving_unit_id());
  event.set_state(part.state());
  if (part.has_due_at()) *event.mutable_due_at() = part.due_at();
  *event.mutable_changed_at() = to_proto(tx.now());
  tx.publish(event);
}

void advance(v1::CoUnit& part, v1::CoUnitAction action, core::Timestamp at) {
  part.set_state(co_units::states().require_after(part.state(), action, v1::PROBLEM_CO_UNIT_STATE));
  part.set_version(part.version() + 1);
  switch (action) {
    case v1::CO_UNIT_ACTION_ASK:
      *part.mutable_asked_at() = to_proto(at);
      part.clear_signed_at();
      part.clear_replied_at();
      part.clear_text();
      break;
    case v1::CO_UNIT_ACTION_SIGN:
      *part.mutable_signed_at() = to_proto(at);
      break;
    case v1::CO_UNIT_ACTION_REPLY:
      *part.mutable_replied_at() = to_proto(at);
      break;
    default:
      break;
  }
}

/// What a part tells of its case.
void show_case(v1::CoUnit& part, const v1::Case& subject) {
  part.set_subject(subject.subject());
  if (subject.has_due_at()) *part.mutable_due_at() = subject.due_at();
}

}  // namespace

namespace co_units {

const States& states() {
  using namespace v1;
  static const States kStates({
      {CO_UNIT_STATE_ASKED, CO_UNIT_ACTION_SIGN, CO_UNIT_STATE_SIGNED},
      {CO_UNIT_STATE_SIGNED, CO_UNIT_ACTION_REPLY, CO_UNIT_STATE_REPLIED},
      {CO_UNIT_STATE_ASKED, CO_UNIT_ACTION_RETURN, CO_UNIT_STATE_RETURNED},
      {CO_UNIT_STATE_SIGNED, CO_UNIT_ACTION_RETURN, CO_UNIT_STATE_RETURNED},
      {CO_UNIT_STATE_RETURNED, CO_UNIT_ACTION_ASK, CO_UNIT_STATE_ASKED},
      {CO_UNIT_STATE_REPLIED, CO_UNIT_ACTION_ASK, CO_UNIT_STATE_ASKED},
      {CO_UNIT_STATE_REMOVED, CO_UNIT_ACTION_ASK, CO_UNIT_STATE_ASKED},
      {CO_UNIT_STATE_ASKED, CO_UNIT_ACTION_REMOVE, CO_UNIT_STATE_REMOVED},
      {CO_UNIT_STATE_SIGNED, CO_UNIT_ACTION_REMOVE, CO_UNIT_STATE_REMOVED},
      {CO_UNIT_STATE_RETURNED, CO_UNIT_ACTION_REMOVE, CO_UNIT_STATE_REMOVED},
  });
  return kStates;
}

v1::CoUnit ask(Tx& tx, CaseAction& action, std::string_view unit_id) {
  v1::Case& subject = action.subject();
  reference::require_unit(tx, unit_id);
  if (!domain::is_within(tx, unit_id, subject.receiving_unit_id()))
    throw Refusal(v1::PROBLEM_UNIT_OUTSIDE, {{"unit", std::string(unit_id)}});
  auto known =
      tx.find<v1::CoUnit>("SELECT " + co_units_table().columns() + " FROM co_units WHERE case_id = $1 AND unit_id = $2",
                          subject.id(), unit_id);
  const bool takes_part = known && !states().after(known->state(), v1::CO_UNIT_ACTION_ASK);
  if (takes_part || unit_id == subject.unit_id())
    throw Refusal(v1::PROBLEM_CO_UNIT_LEADS, {{"unit", std::string(unit_id)}});

  v1::CoUnit part;
  if (known) {
    part = *std::move(known);
    advance(part, v1::CO_UNIT_ACTION_ASK, tx.now());
    co_units_table().update(tx, part);
  } else {
    part.set_id(tx.new_id());
    part.set_case_id(subject.id());
    part.set_unit_id(std::string(unit_id));
    part.set_receiving_unit_id(subject.receiving_unit_id());
    part.set_state(v1::CO_UNIT_STATE_ASKED);
    *part.mutable_asked_at() = to_proto(tx.now());
    part.set_version(1);
    co_units_table().insert(tx, part);
  }
  show_case(part, subject);
  publish(tx, part);
  hotline::advance(subject, v1::CASE_ACTION_ADD_CO_UNIT, tx.now());
  action.record(v1::CASE_ACTION_ADD_CO_UNIT, {}, unit_id);
  return part;
}

void end_round(Tx& tx, const v1::Case& subject) {
  for (v1::CoUnit& part :
       tx.all<v1::CoUnit>("SELECT " + co_units_table().columns() + " FROM co_units WHERE case_id = $1", subject.id())) {
    if (part.state() == v1::CO_UNIT_STATE_REMOVED) continue;
    part.set_state(v1::CO_UNIT_STATE_REMOVED);  // whatever it had done: the next round asks anew
    part.set_version(part.version() + 1);
    co_units_table().update(tx, part);
    publish(tx, part);
  }
}

std::vector<std::string> units_of(ReadTx& tx, std::string_view case_id) {
  std::vector<std::string> units;
  for (const domain::Row& row :
       tx.query("SELECT unit_id FROM co_units WHERE case_id = $1 AND state <> $2", case_id, v1::CO_UNIT_STATE_REMOVED))
    units.emplace_back(row.text(0));
  return units;
}

v1::ListCoUnitsResponse list(ReadTx& tx, const Visibility& visible, const v1::ListCoUnitsRequest& request) {
  return List("co_units JOIN cases ON cases.id = co_units.case_id",
              "co_units.id AS id, case_id, co_units.unit_id AS unit_id, "
              "co_units.receiving_unit_id AS receiving_unit_id, co_units.state AS state, asked_at, "
              "co_units.signed_at AS signed_at, co_units.replied_at AS replied_at, text, "
              "co_units.version AS version, subject, due_at")
      .visible_by("co_units.unit_id")
      .visible_by_receiver("co_units.receiving_unit_id")
      .within("co_units.unit_id", request.unit_id())
      .equal("case_id", request.case_id())
      .equal("co_units.state", request.state())
      .order_by("asked_at", List::Descending, "co_units.id")
      .page<v1::ListCoUnitsResponse>(tx, visible, request);
}

std::optional<Scope> scope(ReadTx& tx, std::string_view id) {
  const auto part = co_units_table().find(tx, id);
  if (!part) return std::nullopt;
  return Scope{.unit_id = part->unit_id(),
               .user_id = {},
               .version = part->version(),
               .receiving_unit_id = part->receiving_unit_id()};
}

}  // namespace co_units

v1::CoUnit CoUnits::add(Tx& tx, const Caller& caller, const v1::AddCoUnitRequest& request) const {
  CaseAction action(tx, *clock_, caller, request.case_id());
  action.require(v1::CASE_ACTION_ADD_CO_UNIT);
  return co_units::ask(tx, action, request.unit_id());
}

v1::CoUnit CoUnits::act(Tx& tx, const Caller& caller, std::string_view id, v1::CoUnitAction action,
                        v1::CaseAction told_as, std::string_view text) const {
  v1::CoUnit part = require_co_unit(tx, id);
  CaseAction of_case(tx, *clock_, caller, part.case_id());
  advance(part, action, tx.now());
  if (!text.empty()) part.set_text(std::string(text));
  co_units_table().update(tx, part);
  show_case(part, of_case.subject());
  publish(tx, part);
  hotline::advance(of_case.subject(), told_as, tx.now());
  of_case.record(told_as, text, part.unit_id());
  return part;
}

v1::CoUnit CoUnits::sign(Tx& tx, const Caller& caller, const v1::SignCoUnitRequest& request) const {
  return act(tx, caller, request.co_unit_id(), v1::CO_UNIT_ACTION_SIGN, v1::CASE_ACTION_CO_UNIT_SIGN);
}

v1::CoUnit CoUnits::reply(Tx& tx, const Caller& caller, const v1::ReplyCoUnitRequest& request) const {
  return act(tx, caller, request.co_unit_id(), v1::CO_UNIT_ACTION_REPLY, v1::CASE_ACTION_CO_UNIT_REPLY, request.text());
}

v1::CoUnit CoUnits::give_back(Tx& tx, const Caller& caller, const v1::ReturnCoUnitRequest& request) const {
  return act(tx, caller, request.co_unit_id(), v1::CO_UNIT_ACTION_RETURN, v1::CASE_ACTION_CO_UNIT_RETURN,
             request.reason());
}

v1::CoUnit CoUnits::remove(Tx& tx, const Caller& caller, const v1::RemoveCoUnitRequest& request) const {
  return act(tx, caller, request.co_unit_id(), v1::CO_UNIT_ACTION_REMOVE, v1::CASE_ACTION_REMOVE_CO_UNIT);
}

}  // namespace wenming::hotline
