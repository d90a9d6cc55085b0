#include "auth/secrets.h"

#include "core/encoding.h"
#include "core/hash.h"

namespace wenming::auth {
namespace {

constexpr std::string_view kApiKeyPrefix = "wmk_";
constexpr std::string_view kRefreshPrefix = "wmr_";
constexpr std::size_t kPartCharacters = RefreshToken::kPartBytes / 3 * 4;

bool encodes(std::string_view text, std::size_t bytes) {
  const std::optional<std::string> decoded = core::from_base64url(text);
  return decoded && decoded->size() == bytes;
}

}  // namespace

std::string api_key(std::string_view random) {
  return std::string(kApiKeyPrefix) + core::base64url(random);
}

bool is_api_key(std::string_view text) {
  return text.starts_with(kApiKeyPrefix) && encodes(text.substr(kApiKeyPrefix.size()), kApiKeyBytes);
}

std::string hash_of_secret(std::string_view secret) {
  return core::hex(core::bytes_of(core::sha256(secret)));
}

RefreshToken RefreshToken::make(std::string_view session_random, std::string_view turn_random) {
  return {core::base64url(session_random), core::base64url(turn_random)};
}

RefreshToken RefreshToken::next(std::string_view turn_random) const {
  return {session, core::base64url(turn_random)};
}

std::optional<RefreshToken> RefreshToken::parse(std::string_view text) {
  if (!text.starts_with(kRefreshPrefix)) return std::nullopt;
  text.remove_prefix(kRefreshPrefix.size());
  if (text.size() != 2 * kPartCharacters || !encodes(text, 2 * kPartBytes)) return std::nullopt;
  return RefreshToken{std::string(text.substr(0, kPartCharacters)), std::string(text.substr(kPartCharacters))};
}

std::string RefreshToken::text() const {
  return std::string(kRefreshPrefix) + session + turn;
}

std::string readable_password(std::string_view random) {
  std::string password;
  for (const char c : core::crockford32(random)) {
    if (password.size() % 5 == 4) password += '-';
    password += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return password;
}

}  // namespace wenming::auth
