#include "identity/api_keys.h"

#include <chrono>
#include <string>

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

constexpr std::string_view kFrom = "api_keys JOIN api_key_names ON api_key_names.id = api_keys.id";
constexpr std::string_view kColumns =
    "api_keys.id AS id, name, role, unit_id, created_at, expires_at, revoked_at, version, "
    "previous_until AS previous_good_until";
constexpr int kUsualOverlapHours = 24;

/// The secrets that a key is known by, as they are stored.
struct Hashes {
  std::string now, before;
};

Hashes hashes_of(domain::ReadTx& tx, const v1::ApiKey& key) {
  for (const domain::Row& row : tx.query("SELECT key_hash, previous_hash FROM api_keys WHERE id = $1", key.id()))
    return {std::string(row.text(0)), std::string(row.text(1))};
  throw domain::not_found("api_key");
}

/// A key that still stands and that the caller may have made.
v1::ApiKey require(domain::ReadTx& tx, const domain::Caller& caller, std::string_view api_key_id) {
  auto key = tx.find<v1::ApiKey>(
      std::string("SELECT ").append(kColumns).append(" FROM ").append(kFrom).append(" WHERE api_keys.id = $1"),
      api_key_id);
  if (!key) throw domain::not_found("api_key");
  require_may_give(tx, caller, key->role(), key->unit_id());
  if (key->has_revoked_at()) throw domain::Refusal(v1::PROBLEM_API_KEY_REVOKED);
  return std::move(*key);
}

void store(domain::Tx& tx, v1::ApiKey& key, const Hashes& hashes) {
  key.set_version(key.version() + 1);
  v1::ApiKeyChanged event;
  event.set_api_key_id(key.id());
  event.set_key_hash(hashes.now);
  event.set_previous_key_hash(hashes.before);
  if (key.has_previous_good_until()) *event.mutable_previous_good_until() = key.previous_good_until();
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
  store(tx, key, {auth::hash_of_secret(response.secret()), {}});
  return response;
}

v1::ListApiKeysResponse ApiKeys::list(domain::ReadTx& tx, const domain::Visibility& visible,
                                      const v1::ListApiKeysRequest& request) const {
  return domain::List(kFrom, kColumns)
      .visible_by("api_keys.unit_id")
      .within("api_keys.unit_id", request.within())
      .order_by("api_keys.id", domain::List::Descending, "api_keys.id")
      .page<v1::ListApiKeysResponse>(tx, visible, request);
}

v1::CreateApiKeyResponse ApiKeys::rotate(domain::Tx& tx, const domain::Caller& caller,
                                         const v1::RotateApiKeyRequest& request) const {
  v1::CreateApiKeyResponse response;
  response.set_secret(auth::api_key(tx.random_bytes(auth::kApiKeyBytes)));
  v1::ApiKey& key = *response.mutable_api_key();
  key = require(tx, caller, request.api_key_id());
  if (request.has_expires_at()) {
    require_future(tx, "expires_at", request.expires_at(), longest_days_);
    *key.mutable_expires_at() = request.expires_at();
  } else if (domain::from_proto(key.expires_at()) <= tx.now()) {
    throw domain::Refusal(v1::PROBLEM_API_KEY_EXPIRED);
  }
  const int overlap = request.has_overlap_hours() ? request.overlap_hours() : kUsualOverlapHours;
  *key.mutable_previous_good_until() = domain::to_proto(tx.now() + std::chrono::hours(overlap));
  store(tx, key, {auth::hash_of_secret(response.secret()), hashes_of(tx, key).now});
  return response;
}

v1::ApiKey ApiKeys::revoke(domain::Tx& tx, const domain::Caller& caller, const v1::RevokeApiKeyRequest& request) const {
  v1::ApiKey key = require(tx, caller, request.api_key_id());
  *key.mutable_revoked_at() = domain::to_proto(tx.now());
  store(tx, key, hashes_of(tx, key));
  return key;
}

std::optional<domain::Scope> ApiKeys::scope(domain::ReadTx& tx, std::string_view api_key_id) {
  for (const domain::Row& row : tx.query("SELECT unit_id, version FROM api_keys WHERE id = $1", api_key_id)) {
    return domain::Scope{std::string(row.text(0)), {}, row.integer(1)};
  }
  return std::nullopt;
}

}  // namespace wenming::identity
