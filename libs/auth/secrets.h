#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Secrets that this system gives out and keeps only as hashes. They are made of 24 or 32 unguessable bytes, so a plain
/// hash is enough: there is nothing to guess through. All functions are free of state; any thread may call.
namespace wenming::auth {

inline constexpr std::size_t kApiKeyBytes = 32;

/// `wmk_` and 43 characters, from 32 random bytes.
std::string api_key(std::string_view random);
/// Whether the text has the form of an API key.
bool is_api_key(std::string_view text);

/// What is stored of a secret: SHA-256 in hexadecimal.
std::string hash_of_secret(std::string_view secret);

/// What renews a session: `wmr_`, a part that stays the same as long as the session, and a part that changes with every
/// use. Both parts are unguessable. Whoever shows the first part was given a token of this session; if the second part
/// is not the newest, the token was used before, and somebody has a copy.
struct RefreshToken {
  static constexpr std::size_t kPartBytes = 24;

  std::string session;  // 32 characters
  std::string turn;     // 32 characters

  /// From 24 random bytes each.
  static RefreshToken make(std::string_view session_random, std::string_view turn_random);
  /// The same session's next token.
  [[nodiscard]] RefreshToken next(std::string_view turn_random) const;
  static std::optional<RefreshToken> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
};

/// A password that people can read out: `x4k2-…`, four groups of four characters, from 10 random bytes.
std::string readable_password(std::string_view random);
inline constexpr std::size_t kReadablePasswordBytes = 10;

}  // namespace wenming::auth
