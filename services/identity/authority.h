#pragma once

#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"

/// How far a caller reaches where roles and accounts are given and taken. All functions are free of state.
namespace wenming::identity {

/// Whether the caller may give or take this role on this unit (empty: the whole deployment): an admin there every role,
/// an office there every role but admin.
bool may_give(domain::ReadTx& tx, const domain::Caller& caller, contract::v1::Role role, std::string_view unit_id);
/// Refuses (`beyond_your_grants`) where the caller may not.
void require_may_give(domain::ReadTx& tx, const domain::Caller& caller, contract::v1::Role role,
                      std::string_view unit_id);

/// Refuses (`role_not_grantable`) roles that everybody has.
void require_grantable(contract::v1::Role role);

/// Refuses to lay hands on an account that holds more than the caller could give: a county's admin who may set
/// passwords must not become the province's admin by setting theirs.
void require_outranks(domain::ReadTx& tx, const domain::Caller& caller, std::string_view user_id);

/// Refuses (`last_admin`) a state in which nobody can run the installation. Called after the change.
void require_an_admin_is_left(domain::ReadTx& tx);

}  // namespace wenming::identity
