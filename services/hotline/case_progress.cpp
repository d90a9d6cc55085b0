#include "hotline/case_progress.h"

#include <string>

#include "domain/value.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using domain::from_proto;
using domain::to_proto;

namespace {

using States = domain::StateMachine<v1::CaseState, v1::CaseAction>;

/// Empties what speaks of a round of handling; the history keeps it.
void clear_round(v1::Case& subject) {
  subject.clear_dispatched_at();
  subject.clear_working_hours();
  subject.clear_due_at();
  subject.clear_returnable_until();
  subject.clear_returns();
  subject.clear_adjudicated();
  subject.clear_signed_at();
  subject.clear_extension();
  subject.clear_urgings();
  subject.clear_replied_at();
  subject.clear_reply_working_minutes();
  subject.clear_on_time();
  subject.clear_reply();
  subject.clear_call_back_attempts();
  subject.clear_satisfied();
  subject.clear_resolved();
  subject.clear_closed_at();
  subject.clear_overdue();
  subject.clear_escalated_at();
  subject.clear_escalation_level();
}

void stamp_reply(v1::Case& subject, core::Timestamp at) {
  if (subject.has_replied_at()) return;  // the first answer counts
  *subject.mutable_replied_at() = to_proto(at);
  const bool late = at > from_proto(subject.due_at());
  subject.set_on_time(!late);
  subject.set_overdue(subject.overdue() || late);
}

void stamp_return(v1::Case& subject) {
  subject.set_returns(subject.returns() + 1);
  subject.clear_returnable_until();
  subject.clear_signed_at();
}

void stamp_call_back(v1::Case& subject, v1::CaseAction action) {
  subject.set_call_back_attempts(subject.call_back_attempts() + 1);
  if (action == v1::CASE_ACTION_CALL_BACK_UNREACHED) return;
  subject.set_satisfied(action == v1::CASE_ACTION_CALL_BACK_SATISFIED);
}

void stamp_reopening(v1::Case& subject) {
  clear_round(subject);
  subject.clear_declined_at();
  subject.set_unit_id(subject.receiving_unit_id());
  subject.set_responsible_unit_id(subject.receiving_unit_id());
  subject.set_reopenings(subject.reopenings() + 1);
}

}  // namespace

const States& case_states() {
  using namespace v1;
  static const States kStates =
      States({
                 {CASE_STATE_RECEIVED, CASE_ACTION_ACCEPT, CASE_STATE_ACCEPTED},
                 {CASE_STATE_RECEIVED, CASE_ACTION_DECLINE, CASE_STATE_DECLINED},
                 {CASE_STATE_RECEIVED, CASE_ACTION_MERGE, CASE_STATE_MERGED},
                 {CASE_STATE_ACCEPTED, CASE_ACTION_MERGE, CASE_STATE_MERGED},
                 {CASE_STATE_MERGED, CASE_ACTION_UNMERGE, CASE_STATE_ACCEPTED},
                 {CASE_STATE_ACCEPTED, CASE_ACTION_DISPATCH, CASE_STATE_DISPATCHED},
                 // To another unit, as long as nobody has signed.
                 {CASE_STATE_DISPATCHED, CASE_ACTION_DISPATCH, CASE_STATE_DISPATCHED},
                 {CASE_STATE_DISPATCHED, CASE_ACTION_SIGN, CASE_STATE_SIGNED},
                 {CASE_STATE_DISPATCHED, CASE_ACTION_RETURN, CASE_STATE_RETURNED},
                 {CASE_STATE_SIGNED, CASE_ACTION_RETURN, CASE_STATE_RETURNED},
                 {CASE_STATE_RETURNED, CASE_ACTION_DISPATCH, CASE_STATE_DISPATCHED},
                 {CASE_STATE_RETURNED, CASE_ACTION_REFUSE_RETURN, CASE_STATE_DISPATCHED},
                 {CASE_STATE_RETURNED, CASE_ACTION_ADJUDICATE, CASE_STATE_DISPATCHED},
                 {CASE_STATE_SIGNED, CASE_ACTION_BEGIN, CASE_STATE_HANDLING},
                 {CASE_STATE_SIGNED, CASE_ACTION_REPLY, CASE_STATE_REPLIED},
                 {CASE_STATE_HANDLING, CASE_ACTION_REPLY, CASE_STATE_REPLIED},
                 {CASE_STATE_REPLIED, CASE_ACTION_CALL_BACK_SATISFIED, CASE_STATE_CALLED_BACK},
                 {CASE_STATE_REPLIED, CASE_ACTION_CALL_BACK_UNSATISFIED, CASE_STATE_HANDLING},
                 {CASE_STATE_REPLIED, CASE_ACTION_CLOSE, CASE_STATE_CLOSED},
                 {CASE_STATE_CALLED_BACK, CASE_ACTION_CLOSE, CASE_STATE_CLOSED},
                 {CASE_STATE_CLOSED, CASE_ACTION_REOPEN, CASE_STATE_ACCEPTED},
                 {CASE_STATE_DECLINED, CASE_ACTION_REOPEN, CASE_STATE_ACCEPTED},
             })
          .stays({CASE_STATE_RECEIVED, CASE_STATE_ACCEPTED, CASE_STATE_DISPATCHED, CASE_STATE_SIGNED,
                  CASE_STATE_HANDLING, CASE_STATE_RETURNED, CASE_STATE_REPLIED},
                 {CASE_ACTION_CLASSIFY})
          // Where a unit is the one to act, or gave the case back, the clock runs.
          .stays({CASE_STATE_DISPATCHED, CASE_STATE_SIGNED, CASE_STATE_HANDLING, CASE_STATE_RETURNED},
                 {CASE_ACTION_ESCALATE, CASE_ACTION_RECKON_ANEW})
          .stays({CASE_STATE_DISPATCHED, CASE_STATE_SIGNED, CASE_STATE_HANDLING}, {CASE_ACTION_URGE})
          .stays({CASE_STATE_SIGNED, CASE_STATE_HANDLING}, {CASE_ACTION_REQUEST_EXTENSION})
          .stays({CASE_STATE_SIGNED, CASE_STATE_HANDLING},
                 {CASE_ACTION_APPROVE_EXTENSION, CASE_ACTION_DECLINE_EXTENSION})
          .stays({CASE_STATE_DISPATCHED, CASE_STATE_SIGNED, CASE_STATE_HANDLING, CASE_STATE_RETURNED},
                 {CASE_ACTION_ADD_CO_UNIT, CASE_ACTION_CO_UNIT_SIGN, CASE_ACTION_CO_UNIT_REPLY,
                  CASE_ACTION_CO_UNIT_RETURN, CASE_ACTION_REMOVE_CO_UNIT})
          .stays({CASE_STATE_REPLIED}, {CASE_ACTION_CALL_BACK_UNREACHED})
          .stays({CASE_STATE_RECEIVED, CASE_STATE_ACCEPTED, CASE_STATE_DISPATCHED, CASE_STATE_SIGNED,
                  CASE_STATE_HANDLING, CASE_STATE_RETURNED, CASE_STATE_REPLIED, CASE_STATE_CALLED_BACK},
                 {CASE_ACTION_ABSORB})
          .stays({CASE_STATE_RECEIVED, CASE_STATE_ACCEPTED, CASE_STATE_DISPATCHED, CASE_STATE_SIGNED,
                  CASE_STATE_HANDLING, CASE_STATE_RETURNED, CASE_STATE_REPLIED, CASE_STATE_CALLED_BACK},
                 {CASE_ACTION_SUPPLEMENT})
          // What is told of a case may come when it is long over, and so may whether it is public.
          .stays({CASE_STATE_RECEIVED, CASE_STATE_ACCEPTED, CASE_STATE_DECLINED, CASE_STATE_DISPATCHED,
                  CASE_STATE_SIGNED, CASE_STATE_HANDLING, CASE_STATE_RETURNED, CASE_STATE_REPLIED,
                  CASE_STATE_CALLED_BACK, CASE_STATE_CLOSED, CASE_STATE_MERGED},
                 {CASE_ACTION_REPEAT, CASE_ACTION_RELEASE, CASE_ACTION_PUBLISH, CASE_ACTION_WITHDRAW});
  return kStates;
}

void receive(v1::Case& subject, core::Timestamp at) {
  *subject.mutable_received_at() = to_proto(at);
  subject.set_unit_id(subject.receiving_unit_id());
  subject.set_responsible_unit_id(subject.receiving_unit_id());
  subject.set_state(v1::CASE_STATE_RECEIVED);
  subject.set_version(1);
}

void advance(v1::Case& subject, v1::CaseAction action, core::Timestamp at) {
  subject.set_state(case_states().require_after(subject.state(), action, v1::PROBLEM_CASE_STATE));
  subject.set_version(subject.version() + 1);
  switch (action) {
    case v1::CASE_ACTION_DECLINE:
      *subject.mutable_declined_at() = to_proto(at);
      break;
    case v1::CASE_ACTION_SIGN:
      *subject.mutable_signed_at() = to_proto(at);
      subject.set_responsible_unit_id(subject.unit_id());
      break;
    case v1::CASE_ACTION_RETURN:
      stamp_return(subject);
      break;
    case v1::CASE_ACTION_APPROVE_EXTENSION:
      subject.mutable_extension()->set_state(v1::EXTENSION_STATE_APPROVED);
      break;
    case v1::CASE_ACTION_DECLINE_EXTENSION:
      subject.mutable_extension()->set_state(v1::EXTENSION_STATE_DECLINED);
      break;
    case v1::CASE_ACTION_URGE:
      subject.set_urgings(subject.urgings() + 1);
      break;
    case v1::CASE_ACTION_REPLY:
      stamp_reply(subject, at);
      break;
    case v1::CASE_ACTION_CALL_BACK_SATISFIED:
    case v1::CASE_ACTION_CALL_BACK_UNSATISFIED:
    case v1::CASE_ACTION_CALL_BACK_UNREACHED:
      stamp_call_back(subject, action);
      break;
    case v1::CASE_ACTION_CLOSE:
      *subject.mutable_closed_at() = to_proto(at);
      break;
    case v1::CASE_ACTION_REOPEN:
      stamp_reopening(subject);
      break;
    case v1::CASE_ACTION_UNMERGE:
      subject.clear_merged_into_id();
      break;
    case v1::CASE_ACTION_ABSORB:
      subject.set_duplicates(subject.duplicates() + 1);
      break;
    case v1::CASE_ACTION_RELEASE:
      subject.set_duplicates(subject.duplicates() - 1);
      break;
    case v1::CASE_ACTION_REPEAT:
      subject.set_repeats(subject.repeats() + 1);
      break;
    case v1::CASE_ACTION_PUBLISH:
      *subject.mutable_published_at() = to_proto(at);
      break;
    case v1::CASE_ACTION_WITHDRAW:
      subject.clear_published_at();
      break;
    default:  // the others leave their mark in the state and the history alone
      break;
  }
}

void assign(v1::Case& subject, v1::CaseAction action, const Assignment& assignment, core::Timestamp at) {
  advance(subject, action, at);
  if (!subject.has_dispatched_at()) {
    *subject.mutable_dispatched_at() = to_proto(at);
    subject.set_working_hours(assignment.working_hours);
    *subject.mutable_due_at() = to_proto(assignment.due_at);
    subject.set_responsible_unit_id(std::string(assignment.unit_id));
  }
  subject.set_unit_id(std::string(assignment.unit_id));
  subject.set_adjudicated(action == v1::CASE_ACTION_ADJUDICATE);
  subject.clear_returnable_until();
  if (assignment.returnable_until) *subject.mutable_returnable_until() = to_proto(*assignment.returnable_until);
}

void reply(v1::Case& subject, std::string_view text, std::chrono::minutes working_time, core::Timestamp at) {
  advance(subject, v1::CASE_ACTION_REPLY, at);
  subject.set_reply(std::string(text));
  if (!subject.has_reply_working_minutes()) subject.set_reply_working_minutes(working_time.count());
}

void move_deadline(v1::Case& subject, v1::CaseAction action, core::Timestamp due_at, core::Timestamp at) {
  advance(subject, action, at);
  *subject.mutable_due_at() = to_proto(due_at);
  if (at > due_at) return;
  subject.clear_overdue();
  subject.clear_escalated_at();
  subject.clear_escalation_level();
  if (!subject.has_replied_at()) subject.clear_on_time();
}

void escalate(v1::Case& subject, int level, core::Timestamp at) {
  advance(subject, v1::CASE_ACTION_ESCALATE, at);
  subject.set_overdue(true);
  subject.set_escalation_level(level);
  if (!subject.has_escalated_at()) *subject.mutable_escalated_at() = to_proto(at);
  if (!subject.has_replied_at()) subject.set_on_time(false);
}

bool clock_runs(const v1::Case& subject) {
  return subject.has_due_at() && case_states().after(subject.state(), v1::CASE_ACTION_ESCALATE).has_value();
}

}  // namespace wenming::hotline
