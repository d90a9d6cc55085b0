#include "identity/api_keys.h"

#include "auth/secrets.h"
#include "domain/list.h"
#include "domain/refusal.h"
#include "identity/authority.h"
#include "identity/future.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"
#include "wenming/identity/v1/problems.pb.h"

namespace wenming::identity {
namespace {

void store(domain::Tx& tx, v1::ApiKey& key, std::string_view key_hash) {
  key.set_version(key.version() + 1);
  v1::ApiKeyChanged event;
  event.set_api_key_id(key.id());
  event.set_key_hash(std::string(key_hash));
  event.set_role(key.role());
  event.set_unit_id(key.unit_id());
  event.set_version(key.version());
  *event.mutable_expires_at() = key.expires_at();
  if (key.has_revoked_at()) *event.mutable_revoked_at() = key.revoked_at();
  reference::apply(tx, event);
  tx.publish(event);
}

}  // namespace

v1::CreateApiKeyResponse ApiKeys::create(domain::Tx& tx, const domain::Caller& caller,
                                         const v1::CreateApiKeyRequest& request) const {
  require_grantable(request.role());
  require_may_give(tx, caller, request.role(), request.unit_id());
  if (!request.unit_id().empty()) reference::require_unit(tx, request.unit_id());
  require_future(tx, "expires_at", request.expires_at(), longest_days_);

  v1::CreateApiKeyResponse response;
  response.set_secret(auth::api_key(tx.random_bytes(auth::kApiKeyBytes)));
  v1::ApiKey& key = *response.mutable_api_key();
  key.set_id(tx.new_id());
  key.set_name(request.name());
  key.set_role(request.role());
  key.set_unit_id(request.unit_id());
  *key.mutable_created_at() = domain::to_proto(tx.now());
  *key.mutable_expires_at() = request.expires_at();
  tx.run("INSERT INTO api_key_names (id, name, created_at) VALUES ($1, $2, $3)", key.id(), key.name(),
         key.created_at());
  store(tx, key, auth::hash_of_secret(response.secret()));
  return response;
}

v1::ListApiKeysResponse ApiKeys::list(domain::ReadTx& tx, const domain::Visibility& visible,
                                      const v1::ListApiKeysRequest& request) const {
  return domain::List("api_keys JOIN api_key_names ON api_key_names.id = api_keys.id",
                      "api_keys.id AS id, name, role, unit_id, created_at, expires_at, revoked_at, version")
      .visible_by("api_keys.unit_id")
      .within("api_keys.unit_id", request.within())
      .order_by("api_keys.id", domain::List::Descending, "api_keys.id")
      .page<v1::ListApiKeysResponse>(tx, visible, request);
}

v1::ApiKey ApiKeys::revoke(domain::Tx& tx, const domain::Caller& caller, const v1::RevokeApiKeyRequest& request) const {
  auto key = tx.find<v1::ApiKey>(
      "SELECT api_keys.id AS id, name, role, unit_id, created_at, expires_at, revoked_at, version "
      "FROM api_keys JOIN api_key_names ON api_key_names.id = api_keys.id WHERE api_keys.id = $1",
      request.api_key_id());
  if (!key) throw domain::not_found("api_key");
  require_may_give(tx, caller, key->role(), key->unit_id());
  if (key->has_revoked_at()) throw domain::Refusal(v1::PROBLEM_API_KEY_REVOKED);
  const auto key_hash = tx.value<std::string>("SELECT key_hash FROM api_keys WHERE id = $1", key->id());
  *key->mutable_revoked_at() = domain::to_proto(tx.now());
  store(tx, *key, key_hash.value());
  return *key;
}

std::optional<domain::Scope> ApiKeys::scope(domain::ReadTx& tx, std::string_view api_key_id) {
  for (const domain::Row& row : tx.query("SELECT unit_id, version FROM api_keys WHERE id = $1", api_key_id)) {
    return domain::Scope{std::string(row.text(0)), {}, row.integer(1)};
  }
  return std::nullopt;
}

}  // namespace wenming::identity
