#pragma once

#include <optional>
#include <string_view>

#include "domain/service.h"
#include "wenming/volunteer/v1/volunteers.pb.h"

namespace wenming::volunteer {

// Volunteers: persons who serve, each with a unified number, a home unit and perhaps an account. Plain functions over a
// transaction; they keep nothing.

/// Refused: `unit_unknown`, `user_taken`.
v1::Volunteer register_volunteer(domain::Tx& tx, const domain::Caller& caller,
                                 const v1::RegisterVolunteerRequest& request);

v1::Volunteer get_volunteer(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetVolunteerRequest& request);

v1::ListVolunteersResponse list_volunteers(domain::ReadTx& tx, const domain::Visibility& visible,
                                           const v1::ListVolunteersRequest& request);

/// Refused: `unit_unknown`, `user_taken`.
v1::Volunteer update_volunteer(domain::Tx& tx, const domain::Caller& caller, const v1::UpdateVolunteerRequest& request);

/// A volunteer belongs to their home unit and to themselves.
std::optional<domain::Scope> scope_of_volunteer(domain::ReadTx& tx, std::string_view id);

/// The volunteer, or the refusal `not_found`.
v1::Volunteer require_volunteer(domain::ReadTx& tx, std::string_view id);

}  // namespace wenming::volunteer
