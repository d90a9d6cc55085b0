#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/identity/v1/roster.pb.h"

/// Rosters: who works where, from joining to leaving. The days stand in the reference facts, number and title in a
/// table of identity, the name in another. All functions are free of state.
namespace wenming::identity::roster {

// The methods.
v1::StaffMember add(domain::Tx& tx, const domain::Caller& caller, const v1::AddStaffRequest& request);
v1::StaffMember get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetStaffRequest& request);
v1::ListStaffResponse list(domain::ReadTx& tx, const domain::Visibility& visible, const v1::ListStaffRequest& request);
v1::StaffMember link(domain::Tx& tx, const domain::Caller& caller, const v1::LinkStaffRequest& request);
v1::StaffMember end(domain::Tx& tx, const domain::Caller& caller, const v1::EndStaffRequest& request);
v1::StaffMember correct(domain::Tx& tx, const domain::Caller& caller, const v1::CorrectStaffRequest& request);
std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view staff_id);

/// Refuses (`staff_unknown`) somebody who is on no roster on that day.
void require_on(domain::ReadTx& tx, std::string_view staff_id, std::string_view day);

// The rules, shared by single changes and imports.
/// The entry of this number that a unit's roster had last, withdrawn ones aside; its name is filled in.
std::optional<v1::StaffMember> find_by_number(domain::ReadTx& tx, std::string_view unit_id, std::string_view number);
/// Whether another entry of the unit has the number on some of the days.
bool is_number_taken(domain::ReadTx& tx, const v1::StaffMember& entry);
/// Puts an entry with unit, number, name, title and days on the roster.
void enter(domain::Tx& tx, const domain::Caller& caller, v1::StaffMember& entry);
/// Takes over what differs of name, title and days, with a reason.
void change(domain::Tx& tx, const domain::Caller& caller, v1::StaffMember& entry, std::string_view reason);

}  // namespace wenming::identity::roster
