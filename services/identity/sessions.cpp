#include "identity/sessions.h"

#include <vector>

#include "auth/token.h"
#include "core/encoding.h"
#include "core/hash.h"
#include "domain/list.h"
#include "domain/refusal.h"
#include "identity/signing_keys.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"
#include "wenming/identity/v1/problems.pb.h"

namespace wenming::identity {
namespace {

using auth::RefreshToken;
using domain::Refusal;

// Enough for every device of a person, and a bound on what signing in again and again leaves behind.
constexpr std::int64_t kMaxSessionsOfUser = 20;
constexpr std::size_t kTicketIdBytes = 15;

std::string random_part(domain::Tx& tx) {
  return tx.random_bytes(RefreshToken::kPartBytes);
}

/// Tokens count in whole seconds.
core::Timestamp whole_second(core::Timestamp t) {
  constexpr std::int64_t kMicrosPerSecond = 1'000'000;
  return core::Timestamp(t.micros() / kMicrosPerSecond * kMicrosPerSecond);
}

void end_session(domain::Tx& tx, std::string_view session_id) {
  tx.run("DELETE FROM sessions WHERE id = $1", session_id);
  v1::SessionEnded event;
  event.set_session_id(std::string(session_id));
  *event.mutable_ended_at() = domain::to_proto(tx.now());
  reference::apply(tx, event);
  tx.publish(event);
}

std::vector<std::string> ids(domain::Rows rows) {
  std::vector<std::string> found;
  for (const domain::Row& row : rows) found.emplace_back(row.text(0));
  return found;
}

/// Makes room for one more: sessions that ran out go silently, the oldest beyond the bound are ended.
void make_room(domain::Tx& tx, std::string_view user_id) {
  tx.run("DELETE FROM sessions WHERE user_id = $1 AND expires_at <= $2", user_id, tx.now());
  const auto standing = tx.value<std::int64_t>("SELECT COUNT(*) FROM sessions WHERE user_id = $1", user_id).value();
  if (standing < kMaxSessionsOfUser) return;
  for (const std::string& id :
       ids(tx.query("SELECT id FROM sessions WHERE user_id = $1 ORDER BY created_at, id LIMIT $2", user_id,
                    standing - kMaxSessionsOfUser + 1))) {
    end_session(tx, id);
  }
}

void require_session(const domain::Caller& caller) {
  if (caller.session_id.empty()) throw Refusal(v1::PROBLEM_PEOPLE_ONLY);
}

/// What is stored of a session, as far as refreshing needs it.
struct Stored {
  std::string id, user_id, turn_hash;
  core::Timestamp expires_at;
};

std::optional<Stored> find_by_token(domain::ReadTx& tx, const RefreshToken& token) {
  for (const domain::Row& row :
       tx.query("SELECT id, user_id, turn_hash, expires_at FROM sessions WHERE session_hash = $1",
                auth::hash_of_secret(token.session))) {
    return Stored{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)), row.timestamp(3)};
  }
  return std::nullopt;
}

}  // namespace

void end_sessions(domain::Tx& tx, std::string_view user_id, std::string_view except) {
  for (const std::string& id :
       ids(tx.query("SELECT id FROM sessions WHERE user_id = $1 ORDER BY created_at, id", user_id))) {
    if (id != except) end_session(tx, id);
  }
}

Attempt Sessions::prove(domain::Reader& reader, const domain::Caller&, const v1::CreateSessionRequest& request) const {
  return passwords_->attempt(reader, request.account(), request.password());
}

v1::SessionTokens Sessions::begin(domain::Tx& tx, const domain::Caller&, const v1::CreateSessionRequest&,
                                  const Attempt& attempt) const {
  if (!passwords_->settle(tx, attempt)) throw Refusal(v1::PROBLEM_SIGN_IN_FAILED).keep_changes();
  make_room(tx, attempt.user_id);
  const std::string id = tx.new_id();
  const std::string session_random = random_part(tx);
  const RefreshToken token = RefreshToken::make(session_random, random_part(tx));
  const core::Timestamp expires_at = tx.now() + idle_days_;
  tx.run(
      "INSERT INTO sessions (id, user_id, session_hash, turn_hash, created_at, refreshed_at, expires_at, version) "
      "VALUES ($1, $2, $3, $4, $5, $5, $6, 1)",
      id, attempt.user_id, auth::hash_of_secret(token.session), auth::hash_of_secret(token.turn), tx.now(), expires_at);
  return tokens(tx, id, attempt.user_id, token, expires_at);
}

v1::SessionTokens Sessions::refresh(domain::Tx& tx, const domain::Caller&,
                                    const v1::RefreshSessionRequest& request) const {
  const std::optional<RefreshToken> given = RefreshToken::parse(request.refresh_token());
  const std::optional<Stored> session = given ? find_by_token(tx, *given) : std::nullopt;
  if (!session || session->expires_at <= tx.now()) throw Refusal(v1::PROBLEM_SESSION_ENDED);
  if (!core::equal_secrets(session->turn_hash, auth::hash_of_secret(given->turn))) {
    end_session(tx, session->id);
    throw Refusal(v1::PROBLEM_REFRESH_TOKEN_REUSED).keep_changes();
  }
  const RefreshToken next = given->next(random_part(tx));
  const core::Timestamp expires_at = tx.now() + idle_days_;
  tx.run("UPDATE sessions SET turn_hash = $2, refreshed_at = $3, expires_at = $4, version = version + 1 WHERE id = $1",
         session->id, auth::hash_of_secret(next.turn), tx.now(), expires_at);
  return tokens(tx, session->id, session->user_id, next, expires_at);
}

v1::SessionTokens Sessions::tokens(domain::Tx& tx, std::string_view session_id, std::string_view user_id,
                                   const RefreshToken& refresh_token, core::Timestamp session_expires_at) const {
  const core::Timestamp now = whole_second(tx.now());
  const auth::Claims claims{std::string(user_id), std::string(session_id), now, now + access_lifetime_, {}};
  v1::SessionTokens tokens;
  tokens.set_session_id(claims.session_id);
  tokens.set_user_id(claims.user_id);
  tokens.set_access_token(auth::make_token(current_signing_key(tx), auth::TokenUse::Access, claims));
  *tokens.mutable_access_expires_at() = domain::to_proto(claims.expires_at);
  tokens.set_refresh_token(refresh_token.text());
  *tokens.mutable_session_expires_at() = domain::to_proto(session_expires_at);
  return tokens;
}

v1::SignOutResponse Sessions::sign_out(domain::Tx& tx, const domain::Caller& caller, const v1::SignOutRequest&) const {
  require_session(caller);
  end_session(tx, caller.session_id);
  return {};
}

v1::ListSessionsResponse Sessions::list(domain::ReadTx& tx, const domain::Visibility& visible,
                                        const v1::ListSessionsRequest& request) const {
  return domain::List("sessions", "id, user_id, created_at, refreshed_at, expires_at, version")
      .visible_by({}, "user_id")
      .at_least_if(true, "expires_at", domain::to_value(tx.now()))
      .order_by("created_at", domain::List::Descending)
      .page<v1::ListSessionsResponse>(tx, visible, request);
}

v1::Session Sessions::end(domain::Tx& tx, const domain::Caller&, const v1::EndSessionRequest& request) const {
  auto session = tx.find<v1::Session>(
      "SELECT id, user_id, created_at, refreshed_at, expires_at, version FROM sessions WHERE id = $1",
      request.session_id());
  if (!session) throw domain::not_found("session");
  end_session(tx, session->id());
  *session->mutable_ended_at() = domain::to_proto(tx.now());
  session->set_version(session->version() + 1);
  return *session;
}

v1::StreamTicket Sessions::create_ticket(domain::Tx& tx, const domain::Caller& caller,
                                         const v1::CreateStreamTicketRequest&) const {
  require_session(caller);
  const core::Timestamp now = whole_second(tx.now());
  const auth::Claims claims{caller.user_id, caller.session_id, now, now + auth::kTicketLifetime,
                            core::base64url(tx.random_bytes(kTicketIdBytes))};
  v1::StreamTicket ticket;
  ticket.set_ticket(auth::make_token(current_signing_key(tx), auth::TokenUse::StreamTicket, claims));
  *ticket.mutable_expires_at() = domain::to_proto(claims.expires_at);
  return ticket;
}

std::optional<domain::Scope> Sessions::scope(domain::ReadTx& tx, std::string_view session_id) {
  for (const domain::Row& row : tx.query("SELECT user_id, version FROM sessions WHERE id = $1", session_id)) {
    return domain::Scope{{}, std::string(row.text(0)), row.integer(1)};
  }
  return std::nullopt;
}

}  // namespace wenming::identity
