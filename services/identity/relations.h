#pragma once

#include <optional>
#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/identity/v1/relations.pb.h"

/// Relations of units and teams to what lies outside of their own branch. Their rows are the reference facts' own;
/// every change is published and applied here in the same transaction. All functions are free of state.
namespace wenming::identity::relations {

v1::Relation create(domain::Tx& tx, const domain::Caller& caller, const v1::CreateRelationRequest& request);
v1::Relation get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetRelationRequest& request);
v1::ListRelationsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                               const v1::ListRelationsRequest& request);
v1::Relation end(domain::Tx& tx, const domain::Caller& caller, const v1::EndRelationRequest& request);
v1::Relation correct(domain::Tx& tx, const domain::Caller& caller, const v1::CorrectRelationRequest& request);

/// The unit that it leads to decides; the holder is the one that received it.
std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view relation_id);

}  // namespace wenming::identity::relations
