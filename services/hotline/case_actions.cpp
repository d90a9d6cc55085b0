#include "hotline/case_actions.h"

#include <string>

#include "domain/refusal.h"
#include "domain/visibility.h"
#include "hotline/case_progress.h"
#include "hotline/case_store.h"
#include "reference/reference.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using domain::Caller;
using domain::Refusal;
using domain::Tx;

namespace {

/// Stores what was just done to the case, and tells it.
void record(Tx& tx, const v1::Case& subject, const Step& step) {
  update_case(tx, subject);
  add_history(tx, subject, step);
  publish(tx, subject, step);
}

void escalate_if_late(Tx& tx, v1::Case& subject) {
  if (!is_newly_late(subject, tx.now())) return;
  advance(subject, v1::CASE_ACTION_ESCALATE, tx.now());
  record(tx, subject, {.action = v1::CASE_ACTION_ESCALATE, .occurred_at = tx.now()});
}

/// The case as it truly stands before an action: if the deadline passed and its timer has not run yet, late.
v1::Case case_now(Tx& tx, std::string_view id) {
  v1::Case subject = require_case(tx, id);
  escalate_if_late(tx, subject);
  return subject;
}

/// An action that brings nothing along but a text for the history.
v1::Case act(Tx& tx, const Caller& caller, std::string_view case_id, v1::CaseAction action,
             std::string_view text = {}) {
  v1::Case subject = case_now(tx, case_id);
  advance(subject, action, tx.now());
  record(tx, subject, {.action = action, .occurred_at = tx.now(), .actor_id = caller.id, .text = text});
  return subject;
}

}  // namespace

v1::Case CaseActions::accept(Tx& tx, const Caller& caller, const v1::AcceptCaseRequest& request) const {
  return act(tx, caller, request.case_id(), v1::CASE_ACTION_ACCEPT);
}

v1::Case CaseActions::decline(Tx& tx, const Caller& caller, const v1::DeclineCaseRequest& request) const {
  return act(tx, caller, request.case_id(), v1::CASE_ACTION_DECLINE, request.reason());
}

v1::Case CaseActions::dispatch(Tx& tx, const Caller& caller, const v1::DispatchCaseRequest& request) const {
  reference::require_unit(tx, request.unit_id());
  v1::Case subject = case_now(tx, request.case_id());
  if (!domain::is_within(tx, request.unit_id(), subject.receiving_unit_id())) {
    throw Refusal(v1::PROBLEM_UNIT_OUTSIDE, {{"unit", request.unit_id()}});
  }
  const int hours = request.has_working_hours() ? request.working_hours() : deadline_->working_hours();
  hotline::dispatch(subject, request.unit_id(), hours, tx.now(), Deadline::after(tx, tx.now(), hours));
  record(tx, subject, {.action = v1::CASE_ACTION_DISPATCH, .occurred_at = tx.now(), .actor_id = caller.id});
  watch_deadline(tx, subject);
  return subject;
}

v1::Case CaseActions::sign(Tx& tx, const Caller& caller, const v1::SignCaseRequest& request) const {
  return act(tx, caller, request.case_id(), v1::CASE_ACTION_SIGN);
}

v1::Case CaseActions::reply(Tx& tx, const Caller& caller, const v1::ReplyToCaseRequest& request) const {
  v1::Case subject = case_now(tx, request.case_id());
  hotline::reply(subject, request.text(), tx.now());
  record(tx, subject,
         {.action = v1::CASE_ACTION_REPLY, .occurred_at = tx.now(), .actor_id = caller.id, .text = request.text()});
  return subject;
}

v1::Case CaseActions::call_back(Tx& tx, const Caller& caller, const v1::CallBackCaseRequest& request) const {
  const auto action = request.satisfied() ? v1::CASE_ACTION_CALL_BACK_SATISFIED : v1::CASE_ACTION_CALL_BACK_UNSATISFIED;
  v1::Case subject = act(tx, caller, request.case_id(), action, request.note());
  escalate_if_late(tx, subject);  // the deadline may have passed while the answer stood
  return subject;
}

v1::Case CaseActions::close(Tx& tx, const Caller& caller, const v1::CloseCaseRequest& request) const {
  v1::Case subject = act(tx, caller, request.case_id(), v1::CASE_ACTION_CLOSE);
  forget_deadline(tx, subject);
  return subject;
}

v1::Case CaseActions::reopen(Tx& tx, const Caller& caller, const v1::ReopenCaseRequest& request) const {
  return act(tx, caller, request.case_id(), v1::CASE_ACTION_REOPEN, request.reason());
}

void CaseActions::deadline_came(Tx& tx, const v1::CaseDue& due) {
  v1::Case subject = require_case(tx, due.case_id());
  escalate_if_late(tx, subject);
}

}  // namespace wenming::hotline
