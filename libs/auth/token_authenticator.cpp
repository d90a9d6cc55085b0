#include "auth/token_authenticator.h"

#include <algorithm>
#include <utility>

#include "auth/secrets.h"
#include "domain/refusal.h"

namespace wenming::auth {
namespace {

constexpr std::chrono::minutes kReloadKeys{1};
constexpr std::chrono::seconds kRetry{1};
constexpr std::size_t kMaxSpentTickets = 20'000;

[[noreturn]] void refuse() {
  throw domain::Refusal(contract::v1::PROBLEM_NOT_SIGNED_IN);
}

/// The token of `Bearer <token>`; the scheme's case makes no difference (RFC 9110).
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) refuse();
  const bool is_bearer = std::equal(kScheme.begin(), kScheme.end(), authorization.begin(), [](char expected, char c) {
    return expected == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  });
  if (!is_bearer) refuse();
  return authorization.substr(kScheme.size());
}

domain::Principal principal_of(Claims claims) {
  return {.user_id = std::move(claims.user_id), .session_id = std::move(claims.session_id), .key_hash = {}};
}

}  // namespace

const ProvedTokens::Proved* ProvedTokens::find(std::string_view token) {
  if (const auto found = young_.find(token); found != young_.end()) return &found->second;
  const auto found = old_.find(token);
  if (found == old_.end()) return nullptr;
  keep(token, Proved(found->second));
  return &young_.find(token)->second;
}

void ProvedTokens::keep(std::string_view token, Proved proved) {
  if (young_.size() >= generation_) {
    old_ = std::move(young_);
    young_.clear();
  }
  young_.insert_or_assign(std::string(token), std::move(proved));
}

Proof TokenAuthenticator::authenticate(const Credentials& credentials, core::Timestamp now) {
  if (!credentials.authorization.empty()) {
    const std::string_view token = bearer_token(credentials.authorization);
    if (is_api_key(token)) return {.principal = {.user_id = {}, .session_id = {}, .key_hash = hash_of_secret(token)}};
    std::optional<Claims> claims = proved(TokenUse::Access, token, now);
    if (!claims) refuse();
    return {.principal = principal_of(std::move(*claims))};
  }
  if (!credentials.ticket.empty()) {
    std::optional<Claims> claims = proved(TokenUse::StreamTicket, credentials.ticket, now);
    if (!claims || !spend(*claims, now)) refuse();
    std::string ticket_id = std::move(claims->ticket_id);
    return {.principal = principal_of(std::move(*claims)), .ticket_id = std::move(ticket_id)};
  }
  return {};
}

std::optional<Claims> TokenAuthenticator::proved(TokenUse use, std::string_view token, core::Timestamp now) {
  if (use == TokenUse::Access) {
    const std::lock_guard lock(mutex_);
    if (const ProvedTokens::Proved* known = proved_.find(token)) {
      const bool key_retired = known->key_retires_at && *known->key_retires_at <= now;
      if (key_retired || !hold_at(known->claims, use, now)) return std::nullopt;
      return known->claims;
    }
  }
  const std::optional<TokenParts> parts = take_apart(token);
  if (!parts) return std::nullopt;
  const std::optional<PublicKey> key = key_for(use, parts->header, now);
  if (!key || !is_signed_by(key->bytes, parts->signed_text, parts->signature)) return std::nullopt;
  std::optional<Claims> claims = read_claims(use, parts->payload);
  if (!claims || !hold_at(*claims, use, now)) return std::nullopt;
  if (use == TokenUse::Access) {
    const std::lock_guard lock(mutex_);
    proved_.keep(token, {*claims, key->retires_at});
  }
  return claims;
}

std::optional<PublicKey> TokenAuthenticator::key_for(TokenUse use, std::string_view header, core::Timestamp now) {
  std::optional<PublicKey> key = known_key(use, header);
  if (key && is_due(loaded_at_, kReloadKeys, now)) {
    look_for_retirements(now);
    key = known_key(use, header);
  }
  if (!key) {
    load_unless_just_tried(now);
    key = known_key(use, header);
  }
  if (key && key->retires_at && *key->retires_at <= now) return std::nullopt;
  return key;
}

std::optional<PublicKey> TokenAuthenticator::known_key(TokenUse use, std::string_view header) const {
  const std::lock_guard lock(mutex_);
  const auto& keys = use == TokenUse::Access ? access_keys_ : ticket_keys_;
  const auto found = keys.find(header);
  return found == keys.end() ? std::nullopt : std::optional(found->second);
}

/// Also where the clock was set back since; but requests that came together may have seen it in another order.
bool TokenAuthenticator::is_due(const std::optional<core::Timestamp>& last, std::chrono::microseconds every,
                                core::Timestamp now) const {
  const std::lock_guard lock(mutex_);
  return !last || now - *last >= every || *last - now >= kRetry;
}

void TokenAuthenticator::look_for_retirements(core::Timestamp now) {
  if (!executor_) return load_unless_just_tried(now);
  if (!is_due(tried_at_, kRetry, now) || looks_.exchange(true)) return;
  const bool taken = executor_([this, now] {
    try {
      load_unless_just_tried(now);
    } catch (const std::exception&) {  // what is known does until the next attempt
    }
    looks_ = false;
  });
  if (!taken) looks_ = false;
}

/// Throws what the source throws, and again to whoever comes within a second.
void TokenAuthenticator::load_unless_just_tried(core::Timestamp now) {
  const std::lock_guard loading(loading_);
  if (is_due(tried_at_, kRetry, now)) load_keys(now);
  if (failure_) std::rethrow_exception(failure_);
}

void TokenAuthenticator::load_keys(core::Timestamp now) {
  std::map<std::string, PublicKey, std::less<>> access_keys, ticket_keys;
  failure_ = nullptr;
  try {
    for (PublicKey& key : source_()) {
      ticket_keys.emplace(token_header(TokenUse::StreamTicket, key.key_id), key);
      std::string header = token_header(TokenUse::Access, key.key_id);
      access_keys.emplace(std::move(header), std::move(key));
    }
  } catch (const std::exception&) {
    failure_ = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  tried_at_ = now;
  if (failure_) return;
  access_keys_ = std::move(access_keys);
  ticket_keys_ = std::move(ticket_keys);
  loaded_at_ = now;
}

bool TokenAuthenticator::spend(const Claims& ticket, core::Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (spent_tickets_.size() >= kMaxSpentTickets) {
    std::erase_if(spent_tickets_, [now](const auto& spent) { return spent.second <= now; });
    if (spent_tickets_.size() >= kMaxSpentTickets) throw domain::Refusal(contract::v1::PROBLEM_BUSY);
  }
  return spent_tickets_.emplace(ticket.ticket_id, ticket.expires_at).second;
}

}  // namespace wenming::auth
