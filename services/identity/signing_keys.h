#pragma once

#include <chrono>

#include "auth/signing_key.h"
#include "domain/caller.h"
#include "domain/tx.h"
#include "wenming/identity/v1/sessions.pb.h"
#include "wenming/identity/v1/timers.pb.h"

namespace wenming::identity {

/// The key that signs tokens now: the newest that every service has had time to learn of.
auth::SigningKey current_signing_key(domain::ReadTx& tx);

/// Public keys that tokens may be signed with.
v1::KeySet key_set(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetKeySetRequest& request);

/// Makes the keys that sign tokens and lets them change. A new key is published a quarter of an hour before it signs;
/// the one before it is accepted until every token that it signed has run out. Immutable; any thread may call.
class SigningKeys {
 public:
  explicit SigningKeys(std::chrono::days serve) : serve_(serve) {}

  /// Makes a key, sets the end of those before it, and schedules the next change.
  void rotate(domain::Tx& tx, const v1::RotateSigningKey& timer) const;

 private:
  std::chrono::days serve_;
};

}  // namespace wenming::identity
