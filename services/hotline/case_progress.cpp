#include "hotline/case_progress.h"

#include <array>
#include <string>

#include "domain/refusal.h"
#include "domain/value.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using domain::from_proto;
using domain::to_proto;

namespace {

struct Transition {
  v1::CaseState from;
  v1::CaseAction action;
  v1::CaseState to;
};

constexpr std::array kTransitions{
    Transition{v1::CASE_STATE_RECEIVED, v1::CASE_ACTION_ACCEPT, v1::CASE_STATE_ACCEPTED},
    Transition{v1::CASE_STATE_RECEIVED, v1::CASE_ACTION_DECLINE, v1::CASE_STATE_DECLINED},
    Transition{v1::CASE_STATE_ACCEPTED, v1::CASE_ACTION_DISPATCH, v1::CASE_STATE_DISPATCHED},
    // To another unit, or anew: whoever was asked first stays in charge until somebody has signed.
    Transition{v1::CASE_STATE_DISPATCHED, v1::CASE_ACTION_DISPATCH, v1::CASE_STATE_DISPATCHED},
    Transition{v1::CASE_STATE_DISPATCHED, v1::CASE_ACTION_SIGN, v1::CASE_STATE_SIGNED},
    Transition{v1::CASE_STATE_SIGNED, v1::CASE_ACTION_REPLY, v1::CASE_STATE_REPLIED},
    Transition{v1::CASE_STATE_HANDLING, v1::CASE_ACTION_REPLY, v1::CASE_STATE_REPLIED},
    Transition{v1::CASE_STATE_REPLIED, v1::CASE_ACTION_CALL_BACK_SATISFIED, v1::CASE_STATE_CALLED_BACK},
    Transition{v1::CASE_STATE_REPLIED, v1::CASE_ACTION_CALL_BACK_UNSATISFIED, v1::CASE_STATE_HANDLING},
    // Without a call-back, where nobody can be called.
    Transition{v1::CASE_STATE_REPLIED, v1::CASE_ACTION_CLOSE, v1::CASE_STATE_CLOSED},
    Transition{v1::CASE_STATE_CALLED_BACK, v1::CASE_ACTION_CLOSE, v1::CASE_STATE_CLOSED},
    Transition{v1::CASE_STATE_CLOSED, v1::CASE_ACTION_REOPEN, v1::CASE_STATE_ACCEPTED},
    Transition{v1::CASE_STATE_DECLINED, v1::CASE_ACTION_REOPEN, v1::CASE_STATE_ACCEPTED},
    // Where the unit is the one to act, it can be late.
    Transition{v1::CASE_STATE_DISPATCHED, v1::CASE_ACTION_ESCALATE, v1::CASE_STATE_DISPATCHED},
    Transition{v1::CASE_STATE_SIGNED, v1::CASE_ACTION_ESCALATE, v1::CASE_STATE_SIGNED},
    Transition{v1::CASE_STATE_HANDLING, v1::CASE_ACTION_ESCALATE, v1::CASE_STATE_HANDLING},
};

/// The enum value as answers have it, `RECEIVED`.
template <class E>
std::string word_of(E value) {
  return std::string(std::get<std::string_view>(domain::to_value(value)));
}

/// Empties what speaks of a round of handling; the history keeps it.
void clear_round(v1::Case& subject) {
  subject.clear_dispatched_at();
  subject.clear_working_hours();
  subject.clear_due_at();
  subject.clear_signed_at();
  subject.clear_replied_at();
  subject.clear_on_time();
  subject.clear_reply();
  subject.clear_satisfied();
  subject.clear_closed_at();
  subject.clear_overdue();
  subject.clear_escalated_at();
}

void stamp_reply(v1::Case& subject, core::Timestamp at) {
  if (subject.has_replied_at()) return;  // the first answer counts
  *subject.mutable_replied_at() = to_proto(at);
  const bool late = at > from_proto(subject.due_at());
  subject.set_on_time(!late);
  subject.set_overdue(subject.overdue() || late);
}

void stamp_lateness(v1::Case& subject, core::Timestamp at) {
  subject.set_overdue(true);
  *subject.mutable_escalated_at() = to_proto(at);
  if (!subject.has_replied_at()) subject.set_on_time(false);
}

void stamp_reopening(v1::Case& subject) {
  clear_round(subject);
  subject.set_unit_id(subject.receiving_unit_id());
  subject.set_reopenings(subject.reopenings() + 1);
}

}  // namespace

std::optional<v1::CaseState> state_after(v1::CaseState state, v1::CaseAction action) {
  for (const Transition& transition : kTransitions) {
    if (transition.from == state && transition.action == action) return transition.to;
  }
  return std::nullopt;
}

void receive(v1::Case& subject, core::Timestamp at) {
  *subject.mutable_received_at() = to_proto(at);
  subject.set_unit_id(subject.receiving_unit_id());
  subject.set_state(v1::CASE_STATE_RECEIVED);
  subject.set_version(1);
}

void advance(v1::Case& subject, v1::CaseAction action, core::Timestamp at) {
  const auto next = state_after(subject.state(), action);
  if (!next) {
    throw domain::Refusal(v1::PROBLEM_CASE_STATE, {{"state", word_of(subject.state())}, {"action", word_of(action)}});
  }
  subject.set_state(*next);
  subject.set_version(subject.version() + 1);
  switch (action) {
    case v1::CASE_ACTION_DISPATCH:
      clear_round(subject);
      *subject.mutable_dispatched_at() = to_proto(at);
      break;
    case v1::CASE_ACTION_SIGN:
      *subject.mutable_signed_at() = to_proto(at);
      break;
    case v1::CASE_ACTION_REPLY:
      stamp_reply(subject, at);
      break;
    case v1::CASE_ACTION_CALL_BACK_SATISFIED:
    case v1::CASE_ACTION_CALL_BACK_UNSATISFIED:
      subject.set_satisfied(action == v1::CASE_ACTION_CALL_BACK_SATISFIED);
      break;
    case v1::CASE_ACTION_CLOSE:
      *subject.mutable_closed_at() = to_proto(at);
      break;
    case v1::CASE_ACTION_REOPEN:
      stamp_reopening(subject);
      break;
    case v1::CASE_ACTION_ESCALATE:
      stamp_lateness(subject, at);
      break;
    default:  // accepting and declining leave their mark in the state and the history alone
      break;
  }
}

void dispatch(v1::Case& subject, std::string_view unit_id, int working_hours, core::Timestamp at, core::Timestamp due) {
  advance(subject, v1::CASE_ACTION_DISPATCH, at);
  subject.set_unit_id(std::string(unit_id));
  subject.set_working_hours(working_hours);
  *subject.mutable_due_at() = to_proto(due);
}

void reply(v1::Case& subject, std::string_view text, core::Timestamp at) {
  advance(subject, v1::CASE_ACTION_REPLY, at);
  subject.set_reply(std::string(text));
}

bool is_newly_late(const v1::Case& subject, core::Timestamp now) {
  return !subject.overdue() && subject.has_due_at() && now > from_proto(subject.due_at()) &&
         state_after(subject.state(), v1::CASE_ACTION_ESCALATE).has_value();
}

}  // namespace wenming::hotline
