#pragma once

#include <string>
#include <vector>

#include "wenming/contract/v1/annotations.pb.h"

namespace wenming::domain {

/// Who stands behind a request, as proved by a token or key, before any grant is looked up.
struct Principal {
  std::string user_id;     // empty: not signed in, or an API key
  std::string session_id;  // the session of the token
  std::string key_hash;    // SHA-256 of an API key's secret (hex); empty without one
};

/// A role on the subtree below a unit; an empty unit stands for the whole deployment.
struct Grant {
  contract::v1::Role role = contract::v1::ROLE_UNSPECIFIED;
  std::string unit_id;
};

/// The caller as a method sees it: resolved inside the transaction, so it is as true as the rest of the data.
struct Caller {
  std::string id;       // user id, `key:<id>` for an API key, empty for an unknown citizen
  std::string user_id;  // empty for keys and citizens
  std::vector<Grant> grants;
  std::string session_id = {};  // of the access token; empty for keys and citizens

  [[nodiscard]] bool signed_in() const { return !id.empty(); }
};

}  // namespace wenming::domain
