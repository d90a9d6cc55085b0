#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "core/time.h"
#include "domain/state_machine.h"
#include "wenming/hotline/v1/cases.pb.h"

/// How a case moves: which action leads from which state to which, and what it stamps on the case. No database here, so
/// that what is done today and what a file tells of the past go through the same rules.
namespace wenming::hotline {

/// The one place that knows which state takes which action. The diagram in docs/reference/case-states.md is drawn from
/// it.
const domain::StateMachine<v1::CaseState, v1::CaseAction>& case_states();

/// Begins the life of a case: received at that moment by the organisation it names.
void receive(v1::Case& subject, core::Timestamp at);

/// Does the action to the case: its state, its version, and what the action stamps on it. Refused (`case_state`) where
/// the state does not take the action. What only some actions bring along is set by the functions below, or by those
/// who do them.
void advance(v1::Case& subject, v1::CaseAction action, core::Timestamp at);

/// To whom a case goes, and within which time.
struct Assignment {
  std::string_view unit_id;
  std::optional<core::Timestamp> returnable_until = {};  // absent: it cannot be given back
  // Of the first dispatch in a round, which starts the clock; later ones leave it alone.
  int working_hours = 0;
  core::Timestamp due_at = {};
};
/// DISPATCH or ADJUDICATE.
void assign(v1::Case& subject, v1::CaseAction action, const Assignment& assignment, core::Timestamp at);
/// REPLY with its text, so much working time after the dispatch.
void reply(v1::Case& subject, std::string_view text, std::chrono::minutes working_time, core::Timestamp at);
/// APPROVE_EXTENSION or RECKON_ANEW: the deadline moves. A case that was late by the old one and is not by the new one
/// was never late.
void move_deadline(v1::Case& subject, v1::CaseAction action, core::Timestamp due_at, core::Timestamp at);
/// ESCALATE up to this level.
void escalate(v1::Case& subject, int level, core::Timestamp at);

/// Whether the deadline runs: a unit is the one to act.
bool clock_runs(const v1::Case& subject);

}  // namespace wenming::hotline
