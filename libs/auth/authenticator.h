#pragma once

#include <string>
#include <string_view>

#include "core/time.h"
#include "domain/caller.h"

namespace wenming::auth {

/// What a request brings to prove who sends it.
struct Credentials {
  std::string_view authorization;  // the header: `Bearer <access token>` or `Bearer wmk_<API key>`
  std::string_view ticket;         // query parameter of a live stream: made by `POST /v1/stream-tickets`, good once
};

/// What was proved.
struct Proof {
  domain::Principal principal;
  std::string ticket_id{};  // of the ticket that it was proved by; whoever opens the stream has it spent
};

/// Finds out who sends a request, without a database: a token proves itself by its signature, an API key is only
/// hashed (the transaction looks it up). Any thread may call.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  /// No credentials: a proof with nothing in it. Credentials that do not hold: Refusal `not_signed_in`.
  [[nodiscard]] virtual Proof authenticate(const Credentials& credentials, core::Timestamp now) = 0;
};

}  // namespace wenming::auth
