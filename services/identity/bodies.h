#pragma once

#include <optional>
#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/identity/v1/bodies.pb.h"

/// Bodies: leading groups, their offices, sub-groups, committees, teams. Their days and names stand in the reference
/// facts, what their documents say in tables of identity. All functions are free of state.
namespace wenming::identity::bodies {

v1::Body create(domain::Tx& tx, const domain::Caller& caller, const v1::CreateBodyRequest& request);
v1::Body get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetBodyRequest& request);
v1::ListBodiesResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                            const v1::ListBodiesRequest& request);
v1::Body restate(domain::Tx& tx, const domain::Caller& caller, const v1::RestateBodyRequest& request);
v1::Body end(domain::Tx& tx, const domain::Caller& caller, const v1::EndBodyRequest& request);
v1::Body correct(domain::Tx& tx, const domain::Caller& caller, const v1::CorrectBodyRequest& request);

std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view body_id);

/// Refuses (`body_unknown`) a body that does not exist on that day.
void require_on(domain::ReadTx& tx, std::string_view body_id, std::string_view day);

}  // namespace wenming::identity::bodies
