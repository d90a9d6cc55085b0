#pragma once

#include <optional>
#include <string_view>

#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/identity/v1/access.pb.h"

namespace wenming::identity {

/// Keys of other systems. What they may do stands in the reference facts, what people call them in a table of identity;
/// of the secret nothing is kept but its hash. Immutable; any thread may call.
class ApiKeys {
 public:
  explicit ApiKeys(int longest_days) : longest_days_(longest_days) {}

  v1::CreateApiKeyResponse create(domain::Tx& tx, const domain::Caller& caller,
                                  const v1::CreateApiKeyRequest& request) const;
  v1::ListApiKeysResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                               const v1::ListApiKeysRequest& request) const;
  v1::CreateApiKeyResponse rotate(domain::Tx& tx, const domain::Caller& caller,
                                  const v1::RotateApiKeyRequest& request) const;
  v1::ApiKey revoke(domain::Tx& tx, const domain::Caller& caller, const v1::RevokeApiKeyRequest& request) const;

  static std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view api_key_id);

 private:
  int longest_days_;
};

}  // namespace wenming::identity
