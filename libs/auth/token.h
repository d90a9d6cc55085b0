#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "auth/signing_key.h"
#include "core/time.h"

/// Tokens: JSON Web Tokens (RFC 7519) signed with Ed25519. All functions are free of state; any thread may call.
namespace wenming::auth {

/// What a token may be used for; one kind never passes for the other.
enum class TokenUse { Access, StreamTicket };

/// The longest that tokens live.
inline constexpr std::chrono::minutes kAccessLifetime{10};
inline constexpr std::chrono::seconds kTicketLifetime{60};

/// What a token says. Moments are whole seconds.
struct Claims {
  std::string user_id;
  std::string session_id;
  core::Timestamp issued_at;
  core::Timestamp expires_at;
  std::string ticket_id;  // stream tickets only: names the ticket, which is good once
};

/// The token, about 350 characters.
std::string make_token(const SigningKey& key, TokenUse use, const Claims& claims);

/// The first part of every token of this use and key. Tokens are recognised by this text as a whole, so nothing that
/// anybody may have written is parsed before its signature is proved, and `alg` is not open to choice.
std::string token_header(TokenUse use, std::string_view key_id);

/// A token taken apart, without any proof. Views into the token.
struct TokenParts {
  std::string_view header;
  std::string_view payload;  // base64url
  std::string_view signed_text;
  std::string signature;
};
/// nullopt unless the text is three parts of base64url and of a size that a token may have.
std::optional<TokenParts> take_apart(std::string_view token);

/// The claims of a payload whose signature was proved; nullopt unless it holds exactly the claims of its use, from this
/// issuer.
std::optional<Claims> read_claims(TokenUse use, std::string_view payload);

/// Whether the claims hold at this moment: not expired, not issued in the future (clocks of two machines may differ by
/// half a minute), and no longer lived than the use allows.
bool hold_at(const Claims& claims, TokenUse use, core::Timestamp now);

}  // namespace wenming::auth
