#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/secrets.h"
#include "domain/caller.h"
#include "domain/service.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "identity/passwords.h"
#include "wenming/identity/v1/sessions.pb.h"

namespace wenming::identity {

/// Signing in, staying signed in, signing out. Immutable; any thread may call.
class Sessions {
 public:
  /// `idle_days`: how long a session lasts without being refreshed.
  Sessions(std::shared_ptr<const Passwords> passwords, std::chrono::minutes access_lifetime,
           std::chrono::days idle_days)
      : passwords_(std::move(passwords)), access_lifetime_(access_lifetime), idle_days_(idle_days) {}

  Attempt prove(domain::Reader& reader, const domain::Caller& caller, const v1::CreateSessionRequest& request) const;
  v1::SessionTokens begin(domain::Tx& tx, const domain::Caller& caller, const v1::CreateSessionRequest& request,
                          const Attempt& attempt) const;
  v1::SessionTokens refresh(domain::Tx& tx, const domain::Caller& caller,
                            const v1::RefreshSessionRequest& request) const;
  v1::SignOutResponse sign_out(domain::Tx& tx, const domain::Caller& caller, const v1::SignOutRequest& request) const;
  v1::ListSessionsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                const v1::ListSessionsRequest& request) const;
  v1::Session end(domain::Tx& tx, const domain::Caller& caller, const v1::EndSessionRequest& request) const;
  v1::StreamTicket create_ticket(domain::Tx& tx, const domain::Caller& caller,
                                 const v1::CreateStreamTicketRequest& request) const;

  static std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view session_id);

 private:
  v1::SessionTokens tokens(domain::Tx& tx, std::string_view session_id, std::string_view user_id,
                           const auth::RefreshToken& refresh_token, core::Timestamp session_expires_at) const;

  std::shared_ptr<const Passwords> passwords_;
  std::chrono::minutes access_lifetime_;
  std::chrono::days idle_days_;
};

/// Ends the user's sessions, all but `except`: their tokens are worthless at once.
void end_sessions(domain::Tx& tx, std::string_view user_id, std::string_view except = {});

}  // namespace wenming::identity
