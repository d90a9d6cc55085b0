#pragma once

#include <optional>
#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/inspection/v1/points.pb.h"

/// Points: the physical places that may be inspected, and the unit that answers for each.
namespace wenming::inspection {

/// Registers a place. A code that is known with the same statements answers the known point; with others it is refused
/// (`point_code_taken`).
v1::Point create_point(domain::Tx& tx, const domain::Caller& caller, const v1::CreatePointRequest& request);
v1::Point get_point(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetPointRequest& request);
v1::ListPointsResponse list_points(domain::ReadTx& tx, const domain::Visibility& visible,
                                   const v1::ListPointsRequest& request);
/// Corrects a point, or gives it to another unit that the caller's role covers too (`not_allowed`).
v1::Point update_point(domain::Tx& tx, const domain::Caller& caller, const v1::UpdatePointRequest& request);

std::optional<domain::Scope> scope_of_point(domain::ReadTx& tx, std::string_view id);
/// Refuses (`not_found`) an id that no point has.
v1::Point require_point(domain::ReadTx& tx, std::string_view id);

}  // namespace wenming::inspection
