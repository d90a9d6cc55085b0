#include "identity/signing_keys.h"

#include <stdexcept>
#include <vector>

#include "auth/token.h"
#include "core/encoding.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"

namespace wenming::identity {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::minutes kLearnedBy = 15min;
constexpr std::chrono::minutes kHandOver = 60min;
static_assert(kHandOver > kLearnedBy + auth::kAccessLifetime);

constexpr std::string_view kTimer = "rotate signing key";

void store(domain::Tx& tx, const v1::SigningKeyChanged& event) {
  reference::apply(tx, event);
  tx.publish(event);
}

void retire_present_keys(domain::Tx& tx) {
  auto present = tx.all<v1::SigningKeyChanged>(
      "SELECT key_id, public_key, created_at, version FROM signing_keys WHERE retires_at IS NULL ORDER BY key_id");
  for (v1::SigningKeyChanged& event : present) {
    *event.mutable_retires_at() = domain::to_proto(tx.now() + kHandOver);
    event.set_version(event.version() + 1);
    store(tx, event);
  }
}

void add_key(domain::Tx& tx) {
  const std::string secret = tx.random_bytes(auth::SigningKey::kSecretSize);
  const auth::SigningKey key(secret);
  tx.run("INSERT INTO signing_secrets (key_id, secret) VALUES ($1, $2)", key.public_key().key_id, domain::Blob{secret});
  v1::SigningKeyChanged event;
  event.set_key_id(key.public_key().key_id);
  event.set_public_key(key.public_key().bytes);
  *event.mutable_created_at() = domain::to_proto(tx.now());
  event.set_version(1);
  store(tx, event);
}

}  // namespace

auth::SigningKey current_signing_key(domain::ReadTx& tx) {
  // Keys that everybody has learned of come first, the newest of them before the others; then the oldest of the rest,
  // which is how the very first key signs at once.
  for (const domain::Row& row :
       tx.query("SELECT secret FROM signing_keys JOIN signing_secrets ON signing_secrets.key_id = signing_keys.key_id "
                "WHERE retires_at IS NULL OR retires_at > $1 "
                "ORDER BY CASE WHEN created_at <= $2 THEN 0 ELSE 1 END, "
                "CASE WHEN created_at <= $2 THEN -created_at ELSE created_at END, signing_keys.key_id LIMIT 1",
                tx.now(), tx.now() - kLearnedBy)) {
    return auth::SigningKey(row.blob(0));
  }
  throw std::runtime_error("there is no key to sign tokens with");
}

v1::KeySet key_set(domain::ReadTx& tx, const domain::Caller&, const v1::GetKeySetRequest&) {
  v1::KeySet set;
  for (const auth::PublicKey& key : reference::signing_keys(tx)) {
    v1::PublicKey& jwk = *set.add_keys();
    jwk.set_kty("OKP");
    jwk.set_crv("Ed25519");
    jwk.set_alg("EdDSA");
    jwk.set_use("sig");
    jwk.set_kid(key.key_id);
    jwk.set_x(core::base64url(key.bytes));
  }
  return set;
}

void SigningKeys::rotate(domain::Tx& tx, const v1::RotateSigningKey& timer) const {
  tx.run("DELETE FROM signing_secrets WHERE key_id IN (SELECT key_id FROM signing_keys WHERE retires_at <= $1)",
         tx.now());
  retire_present_keys(tx);
  add_key(tx);
  tx.schedule(kTimer, tx.now() + serve_, timer);
}

}  // namespace wenming::identity
