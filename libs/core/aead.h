#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wenming::core {

/// Bytes that nobody shall find in memory after they were used: overwritten when they go.
class SecretBytes {
 public:
  explicit SecretBytes(std::string bytes) : bytes_(std::move(bytes)) {}
  ~SecretBytes() { wipe(); }
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) { other.wipe(); }
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  [[nodiscard]] std::string_view view() const { return bytes_; }

 private:
  void wipe() noexcept;
  std::string bytes_;
};

/// AES-256-GCM (NIST SP 800-38D): what it seals can neither be read nor changed without the key, nor be taken for what
/// was sealed elsewhere, because the context has to be the same when it is opened. Any thread may call.
///
///     const std::string sealed = aead::seal(key, nonce, "李华", "volunteers.name.42");
///     aead::open(key, nonce, sealed, "volunteers.name.42");  // 李华
///     aead::open(key, nonce, sealed, "volunteers.name.43");  // nothing
namespace aead {

inline constexpr std::size_t kKeySize = 32;
/// Drawn anew for everything that is sealed with a key; under one key no two may be the same.
inline constexpr std::size_t kNonceSize = 12;
/// By so much the sealed text is longer.
inline constexpr std::size_t kTagSize = 16;

/// Throws std::invalid_argument for a key or nonce of another size, std::runtime_error if the cryptographic library
/// fails, which it does only without memory.
std::string seal(std::string_view key, std::string_view nonce, std::string_view text, std::string_view context);
/// Absent for whatever was not sealed with this key, nonce and context.
std::optional<std::string> open(std::string_view key, std::string_view nonce, std::string_view sealed,
                                std::string_view context);

}  // namespace aead

}  // namespace wenming::core
