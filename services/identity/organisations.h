#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "identity/organisation_history.h"
#include "wenming/identity/v1/organisations.pb.h"

/// The organisation tree. Its rows are the reference facts' own; every change is published whole and applied here in
/// the same transaction. All functions are free of state.
namespace wenming::identity::organisations {

// The methods.
v1::Organisation create(domain::Tx& tx, const domain::Caller& caller, const v1::CreateOrganisationRequest& request);
v1::Organisation get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetOrganisationRequest& request);
v1::ListOrganisationsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                   const v1::ListOrganisationsRequest& request);
v1::Organisation rename(domain::Tx& tx, const domain::Caller& caller, const v1::RenameOrganisationRequest& request);
v1::Organisation move(domain::Tx& tx, const domain::Caller& caller, const v1::MoveOrganisationRequest& request);
std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view organisation_id);

/// How many levels the tree may have. Its closure grows with the depth, so the depth is bounded.
inline constexpr int kMaxLevels = 20;

/// One organisation with its history.
struct Node {
  std::string id;
  std::string code;
  v1::OrganisationLevel level = v1::ORGANISATION_LEVEL_UNSPECIFIED;
  OrganisationHistory history;
  std::int64_t version = 0;
};

std::optional<Node> find(domain::ReadTx& tx, std::string_view organisation_id);
std::optional<Node> find_by_code(domain::ReadTx& tx, std::string_view code);

/// What a new organisation is made of; an empty day of founding is that of the parent.
struct Founding {
  std::string code, name, parent_id, founded_on;
  v1::OrganisationLevel level = v1::ORGANISATION_LEVEL_UNSPECIFIED;
};

// The rules, shared by single changes and imports. Each refuses what would break the tree, then stores and publishes.
Node found(domain::Tx& tx, const Founding& founding);
/// Renames and moves from that day on; an organisation that is so already stays untouched.
void change(domain::Tx& tx, Node& node, std::string_view name, std::string_view parent_id, std::string_view from);

}  // namespace wenming::identity::organisations
