#pragma once

#include <optional>
#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/identity/v1/roster.pb.h"

/// Days on which somebody on a roster does not count: leave, illness, secondment. Why is told to no other service. All
/// functions are free of state.
namespace wenming::identity::exemptions {

v1::StaffExemption exempt(domain::Tx& tx, const domain::Caller& caller, const v1::ExemptStaffRequest& request);
v1::ListExemptionsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                const v1::ListExemptionsRequest& request);
v1::StaffExemption end(domain::Tx& tx, const domain::Caller& caller, const v1::EndExemptionRequest& request);
v1::StaffExemption correct(domain::Tx& tx, const domain::Caller& caller, const v1::CorrectExemptionRequest& request);

std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view exemption_id);

}  // namespace wenming::identity::exemptions
