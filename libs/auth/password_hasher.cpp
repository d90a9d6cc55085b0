#include "auth/password_hasher.h"

#include <argon2.h>

#include <array>
#include <stdexcept>

namespace wenming::auth {
namespace {

constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kMaxEncodedSize = 256;

}  // namespace

std::string PasswordHasher::hash(std::string_view password, std::string_view salt) const {
  std::array<char, kMaxEncodedSize> encoded{};
  const int result =
      argon2id_hash_encoded(cost_.iterations, cost_.memory_kib, cost_.lanes, password.data(), password.size(),
                            salt.data(), salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (result != ARGON2_OK) throw std::runtime_error(std::string("hashing a password: ") + argon2_error_message(result));
  return encoded.data();
}

bool PasswordHasher::matches(std::string_view password, const std::optional<std::string>& hash) const {
  if (!hash) {
    constexpr std::string_view kNobodysSalt = "nobody's account";
    static_assert(kNobodysSalt.size() == kSaltBytes);
    (void)this->hash(password, kNobodysSalt);
    return false;
  }
  const int result = argon2id_verify(hash->c_str(), password.data(), password.size());
  if (result == ARGON2_OK) return true;
  if (result == ARGON2_VERIFY_MISMATCH) return false;
  throw std::runtime_error(std::string("checking a password: ") + argon2_error_message(result));
}

}  // namespace wenming::auth
