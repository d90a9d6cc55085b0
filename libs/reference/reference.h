#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/signing_key.h"
#include "core/time.h"
#include "core/working_calendar.h"
#include "domain/service.h"
#include "domain/tx.h"
#include "wenming/identity/v1/events.pb.h"

/// What every service must know inside its own transactions: the organisation tree with its history, who answers for
/// its units, bodies and their members, relations, the roster, grants, API keys, ended sessions, disabled users, public
/// keys and the calendar. Identity owns these facts and applies them in its own commands; every other service keeps a
/// replica from identity's events with the same functions.
///
/// The tables (`schema/`) stand in every store. All functions are free of state: any thread may call, each with its own
/// transaction.
namespace wenming::reference {

/// A table of event functions, without methods, that keeps the replica: the runtime puts it before the table
/// of every service but identity, so that a service's own event functions find the facts that an event rests on.
domain::Service replica();

// Writes what an event says into the tables. The newest version wins, so repeated and overtaken events do no harm; an
// organisation whose parent has not arrived yet is attached when it does.
void apply(domain::Tx& tx, const identity::v1::OrganisationChanged& event);
void apply(domain::Tx& tx, const identity::v1::GrantChanged& event);
void apply(domain::Tx& tx, const identity::v1::ApiKeyChanged& event);
void apply(domain::Tx& tx, const identity::v1::SessionEnded& event);
void apply(domain::Tx& tx, const identity::v1::UserStatusChanged& event);
void apply(domain::Tx& tx, const identity::v1::SigningKeyChanged& event);
void apply(domain::Tx& tx, const identity::v1::CalendarDayChanged& event);
void apply(domain::Tx& tx, const identity::v1::RelationChanged& event);
void apply(domain::Tx& tx, const identity::v1::BodyChanged& event);
void apply(domain::Tx& tx, const identity::v1::BodyMemberChanged& event);
void apply(domain::Tx& tx, const identity::v1::StaffMemberChanged& event);
void apply(domain::Tx& tx, const identity::v1::StaffExemptionChanged& event);
void apply(domain::Tx& tx, const identity::v1::ResponsiblePersonChanged& event);

/// Refuses (`unit_unknown`) a unit that is not in the tree today.
void require_unit(domain::ReadTx& tx, std::string_view unit_id);

/// The unit's name today; of one that exists only later or is not known: empty.
std::string unit_name(domain::ReadTx& tx, std::string_view unit_id);

/// The id of the organisation with this official code; empty where there is none.
std::string unit_by_code(domain::ReadTx& tx, std::string_view code);

/// The ids of the organisations that stand below no other today, in order.
std::vector<std::string> tops(domain::ReadTx& tx);

/// The unit itself and all above it on that day, from the bottom up; empty for a unit that the tree did not have.
std::vector<std::string> ancestors_on(domain::ReadTx& tx, std::string_view unit_id, core::Date day);

/// Refuses (`body_unknown`) a body that does not exist today.
void require_body(domain::ReadTx& tx, std::string_view body_id);

/// How many people the subtree of the unit has on its rosters on that day, without those who are exempt: what a rule
/// for every person is measured against.
std::int64_t head_count(domain::ReadTx& tx, std::string_view unit_id, core::Date day);

/// The users who answer for the unit in this way on that day: none where nobody is appointed, or not one who signs in.
std::vector<std::string> users_in_charge(domain::ReadTx& tx, std::string_view unit_id,
                                         identity::v1::Responsibility responsibility, core::Date day);

/// The public keys that may have signed an access token which is still good at `now`.
std::vector<auth::PublicKey> signing_keys(domain::ReadTx& tx);

/// The working calendar of a deployment: the statutory days that ship with the program, changed by those imported.
core::WorkingCalendar working_calendar(domain::ReadTx& tx, core::UtcOffset offset,
                                       std::vector<core::WorkingCalendar::Hours> hours);

}  // namespace wenming::reference
