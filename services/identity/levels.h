#pragma once

#include <string>

#include "wenming/identity/v1/organisations.pb.h"

/// What may stand below what in the organisation tree. All functions are free of state.
namespace wenming::identity::levels {

/// Whether an organisation of this level may stand below one of that level; UNSPECIFIED stands for the top of the tree.
bool may_stand_below(v1::OrganisationLevel level, v1::OrganisationLevel parent);

/// The level as the API writes it: `TOWNSHIP`.
std::string word(v1::OrganisationLevel level);

}  // namespace wenming::identity::levels
