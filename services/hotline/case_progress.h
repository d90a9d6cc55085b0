#pragma once

#include <optional>
#include <string_view>

#include "core/time.h"
#include "wenming/hotline/v1/cases.pb.h"

/// How a case moves: which action leads from which state to which, and what it stamps on the case. No database here, so
/// that what is done today and what a file tells of the past go through the same rules.
namespace wenming::hotline {

/// The state after an action; nullopt where the state does not take it. The one place that knows.
std::optional<v1::CaseState> state_after(v1::CaseState state, v1::CaseAction action);

/// Begins the life of a case: received at that moment by the organisation it names.
void receive(v1::Case& subject, core::Timestamp at);

/// Does the action to the case: its state, its version, and what the action stamps on it. Refused (`case_state`) where
/// the state does not take the action. What only some actions bring along is set by the functions below.
void advance(v1::Case& subject, v1::CaseAction action, core::Timestamp at);

/// DISPATCH: begins a round of handling, to be answered by `due`.
void dispatch(v1::Case& subject, std::string_view unit_id, int working_hours, core::Timestamp at, core::Timestamp due);
/// REPLY with its text.
void reply(v1::Case& subject, std::string_view text, core::Timestamp at);

/// Whether the deadline has passed, nothing stands answered, and nobody has noticed yet. What comes at the due moment
/// itself is in time.
bool is_newly_late(const v1::Case& subject, core::Timestamp now);

}  // namespace wenming::hotline
