#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/caller.h"
#include "domain/tx.h"

/// How one `allow` rule of a method meets a caller. For this library alone: services are judged, they do not judge.
namespace wenming::domain::rules {

/// Whether the caller has a role of the rule, wherever it was granted.
bool has_role(const contract::v1::Allow& rule, const Caller& caller);
/// Whether a role of the rule was granted on a subtree that holds the unit today.
bool reaches(ReadTx& tx, const contract::v1::Allow& rule, const Caller& caller, std::string_view unit_id);
/// Whether a role of the rule was granted on the whole deployment.
bool reaches_everything(const contract::v1::Allow& rule, const Caller& caller);
/// The subtrees on which a role of the rule was granted.
std::vector<std::string> roots_of(const contract::v1::Allow& rule, const Caller& caller);

}  // namespace wenming::domain::rules
