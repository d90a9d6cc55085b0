#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wenming::auth {

/// What one guess of a password costs. The defaults are OWASP's: about 20 ms of one core.
struct PasswordCost {
  std::uint32_t memory_kib = 19 * 1024;
  std::uint32_t iterations = 2;
  std::uint32_t lanes = 1;
};

/// Hashes passwords with argon2id, slowly and in much memory on purpose: never call it inside a transaction that others
/// wait for. Immutable; any thread may call. Throws std::runtime_error where libargon2 fails (no memory).
class PasswordHasher {
 public:
  static constexpr std::size_t kSaltBytes = 16;

  explicit PasswordHasher(PasswordCost cost) : cost_(cost) {}

  /// The hash with its salt and cost, as one text: `$argon2id$v=19$m=19456,t=2,p=1$…`.
  [[nodiscard]] std::string hash(std::string_view password, std::string_view salt) const;

  /// Whether the password is the one that was hashed. Without a hash (there is no such account) the answer is false and
  /// takes as long.
  [[nodiscard]] bool matches(std::string_view password, const std::optional<std::string>& hash) const;

 private:
  PasswordCost cost_;
};

}  // namespace wenming::auth
