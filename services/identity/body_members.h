#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/identity/v1/bodies.pb.h"

/// Terms of office in bodies. While one holds, the user that the person signs in as has access to the body's work. All
/// functions are free of state.
namespace wenming::identity::body_members {

v1::BodyMember appoint(domain::Tx& tx, const domain::Caller& caller, const v1::AppointBodyMemberRequest& request);
v1::ListBodyMembersResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                 const v1::ListBodyMembersRequest& request);
v1::BodyMember end(domain::Tx& tx, const domain::Caller& caller, const v1::EndBodyMemberRequest& request);
v1::BodyMember correct(domain::Tx& tx, const domain::Caller& caller, const v1::CorrectBodyMemberRequest& request);

std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view body_member_id);

/// The organisations of the bodies that somebody sits in today or later, each once: whoever lends them an account lends
/// it the access of those bodies.
std::vector<std::string> units_of_bodies(domain::ReadTx& tx, std::string_view staff_id);

}  // namespace wenming::identity::body_members
