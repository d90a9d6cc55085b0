#include "auth/token_authenticator.h"

#include <algorithm>
#include <utility>

#include "auth/secrets.h"
#include "domain/refusal.h"

namespace wenming::auth {
namespace {

constexpr std::chrono::minutes kReloadKeys{1};
constexpr std::chrono::seconds kReloadForUnknownKey{1};
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
  const std::lock_guard lock(mutex_);
  const auto& keys = use == TokenUse::Access ? access_keys_ : ticket_keys_;
  const auto age = loaded_at_ ? now - *loaded_at_ : std::chrono::microseconds::max();
  const bool clock_set_back = age < std::chrono::microseconds(0);
  if (clock_set_back || age >= kReloadKeys || (age >= kReloadForUnknownKey && !keys.contains(header))) load_keys(now);
  const auto found = keys.find(header);
  if (found == keys.end()) return std::nullopt;
  if (found->second.retires_at && *found->second.retires_at <= now) return std::nullopt;
  return found->second;
}

void TokenAuthenticator::load_keys(core::Timestamp now) {
  std::vector<PublicKey> keys = source_();
  access_keys_.clear();
  ticket_keys_.clear();
  for (PublicKey& key : keys) {
    ticket_keys_.emplace(token_header(TokenUse::StreamTicket, key.key_id), key);
    std::string header = token_header(TokenUse::Access, key.key_id);
    access_keys_.emplace(std::move(header), std::move(key));
  }
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
