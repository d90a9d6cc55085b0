#include "identity/grants.h"

#include "domain/list.h"
#include "domain/refusal.h"
#include "identity/authority.h"
#include "identity/future.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"
#include "wenming/identity/v1/problems.pb.h"

namespace wenming::identity::grants {
namespace {

constexpr int kLongestDays = 36'500;

void store(domain::Tx& tx, v1::Grant& grant) {
  grant.set_version(grant.version() + 1);
  v1::GrantChanged event;
  event.set_grant_id(grant.id());
  event.set_user_id(grant.user_id());
  event.set_role(grant.role());
  event.set_unit_id(grant.unit_id());
  event.set_version(grant.version());
  *event.mutable_starts_at() = grant.starts_at();
  if (grant.has_ends_at()) *event.mutable_ends_at() = grant.ends_at();
  reference::apply(tx, event);
  tx.publish(event);
}

}  // namespace

v1::Grant give(domain::Tx& tx, std::string_view user_id, contract::v1::Role role, std::string_view unit_id,
               std::optional<core::Timestamp> ends_at) {
  v1::Grant grant;
  grant.set_id(tx.new_id());
  grant.set_user_id(std::string(user_id));
  grant.set_role(role);
  grant.set_unit_id(std::string(unit_id));
  *grant.mutable_starts_at() = domain::to_proto(tx.now());
  if (ends_at) *grant.mutable_ends_at() = domain::to_proto(*ends_at);
  store(tx, grant);
  return grant;
}

v1::Grant create(domain::Tx& tx, const domain::Caller& caller, const v1::CreateGrantRequest& request) {
  require_grantable(request.role());
  require_may_give(tx, caller, request.role(), request.unit_id());
  if (!request.unit_id().empty()) reference::require_unit(tx, request.unit_id());
  if (!tx.value<std::int64_t>("SELECT 1 FROM users WHERE id = $1", request.user_id())) throw domain::not_found("user");
  std::optional<core::Timestamp> ends_at;
  if (request.has_ends_at()) ends_at = require_future(tx, "ends_at", request.ends_at(), kLongestDays);
  return give(tx, request.user_id(), request.role(), request.unit_id(), ends_at);
}

v1::ListGrantsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                            const v1::ListGrantsRequest& request) {
  return domain::List("grants", "id, user_id, role, unit_id, starts_at, ends_at, version")
      .visible_by("unit_id", "user_id")
      .equal("user_id", request.user_id())
      .equal("role", request.role())
      .within("unit_id", request.within())
      .order_by("id", domain::List::Descending)
      .page<v1::ListGrantsResponse>(tx, visible, request);
}

v1::Grant end(domain::Tx& tx, const domain::Caller& caller, const v1::EndGrantRequest& request) {
  auto grant = tx.find<v1::Grant>(
      "SELECT id, user_id, role, unit_id, starts_at, ends_at, version FROM grants WHERE id = $1", request.grant_id());
  if (!grant) throw domain::not_found("grant");
  require_may_give(tx, caller, grant->role(), grant->unit_id());
  if (grant->has_ends_at() && domain::from_proto(grant->ends_at()) <= tx.now())
    throw domain::Refusal(v1::PROBLEM_GRANT_ENDED);
  *grant->mutable_ends_at() = domain::to_proto(tx.now());
  store(tx, *grant);
  if (grant->role() == contract::v1::ROLE_ADMIN) require_an_admin_is_left(tx);
  return *grant;
}

std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view grant_id) {
  for (const domain::Row& row : tx.query("SELECT unit_id, user_id, version FROM grants WHERE id = $1", grant_id)) {
    return domain::Scope{std::string(row.text(0)), std::string(row.text(1)), row.integer(2)};
  }
  return std::nullopt;
}

}  // namespace wenming::identity::grants
