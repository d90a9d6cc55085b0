#include "hotline/unit_actions.h"

#include "domain/refusal.h"
#include "hotline/case_actions.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using domain::Caller;
using domain::from_proto;
using domain::Refusal;
using domain::Tx;

v1::Case UnitActions::sign(Tx& tx, const Caller& caller, const v1::SignCaseRequest& request) const {
  return CaseAction(tx, *clock_, caller, request.case_id()).take(v1::CASE_ACTION_SIGN).answer();
}

v1::Case UnitActions::begin(Tx& tx, const Caller& caller, const v1::BeginHandlingRequest& request) const {
  return CaseAction(tx, *clock_, caller, request.case_id()).take(v1::CASE_ACTION_BEGIN, request.note()).answer();
}

v1::Case UnitActions::give_back(Tx& tx, const Caller& caller, const v1::ReturnCaseRequest& request) const {
  CaseAction action(tx, *clock_, caller, request.case_id());
  const v1::Case given = action.subject();
  advance(action.subject(), v1::CASE_ACTION_RETURN, tx.now());  // the state is what is wrong first
  if (!given.has_returnable_until()) throw Refusal(v1::PROBLEM_RETURN_ADJUDICATED);
  const core::Timestamp until = from_proto(given.returnable_until());
  if (tx.now() > until) throw Refusal(v1::PROBLEM_RETURN_TOO_LATE, {{"until", core::to_rfc3339(until, tx.offset())}});
  return action.record(v1::CASE_ACTION_RETURN, request.reason()).answer();
}

v1::Case UnitActions::request_extension(Tx& tx, const Caller& caller,
                                        const v1::RequestExtensionRequest& request) const {
  CaseAction action(tx, *clock_, caller, request.case_id());
  v1::Case& subject = action.subject();
  advance(subject, v1::CASE_ACTION_REQUEST_EXTENSION, tx.now());
  if (subject.has_extension()) throw Refusal(v1::PROBLEM_EXTENSION_ONCE);
  if (tx.now() > from_proto(subject.due_at())) throw Refusal(v1::PROBLEM_EXTENSION_TOO_LATE);
  v1::Extension& extension = *subject.mutable_extension();
  extension.set_state(v1::EXTENSION_STATE_REQUESTED);
  extension.set_working_hours(request.working_hours());
  extension.set_reason(request.reason());
  return action.record(v1::CASE_ACTION_REQUEST_EXTENSION, request.reason()).answer();
}

v1::Case UnitActions::reply(Tx& tx, const Caller& caller, const v1::ReplyToCaseRequest& request) const {
  CaseAction action(tx, *clock_, caller, request.case_id());
  const auto worked = CaseClock::worked_until(tx, action.subject(), tx.now());
  hotline::reply(action.subject(), request.text(), worked, tx.now());
  return action.record(v1::CASE_ACTION_REPLY, request.text()).answer();
}

}  // namespace wenming::hotline
