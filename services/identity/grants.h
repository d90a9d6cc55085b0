#pragma once

#include <optional>
#include <string_view>

#include "core/time.h"
#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/identity/v1/access.pb.h"

/// Roles of users on subtrees. Their rows are the reference facts' own; every change is published whole and applied
/// here in the same transaction. All functions are free of state.
namespace wenming::identity::grants {

v1::Grant create(domain::Tx& tx, const domain::Caller& caller, const v1::CreateGrantRequest& request);
v1::ListGrantsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                            const v1::ListGrantsRequest& request);
v1::Grant end(domain::Tx& tx, const domain::Caller& caller, const v1::EndGrantRequest& request);
std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view grant_id);

/// Gives a role without asking who gives it: for the first start.
v1::Grant give(domain::Tx& tx, std::string_view user_id, contract::v1::Role role, std::string_view unit_id,
               std::optional<core::Timestamp> ends_at);

}  // namespace wenming::identity::grants
