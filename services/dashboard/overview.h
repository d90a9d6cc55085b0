#pragma once

#include <optional>
#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/dashboard/v1/figures.pb.h"

namespace wenming::dashboard {

/// The scope of a unit is the unit; that of the empty unit, the whole deployment, is reached by grants on all of it
/// only. Nullopt for an organisation that never was.
std::optional<domain::Scope> unit_scope(domain::ReadTx& tx, std::string_view unit_id);

v1::Overview get_overview(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetOverviewRequest& request);

/// What a live stream sends, and the key it watches.
v1::Overview stream_overview(domain::ReadTx& tx, const domain::Caller& caller,
                             const v1::StreamOverviewRequest& request);
std::string live_key(const v1::StreamOverviewRequest& request);

}  // namespace wenming::dashboard
