#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace wenming::auth {

/// The public half of a key that signs tokens, as every service knows it.
struct PublicKey {
  std::string key_id;                         // the thumbprint of `bytes`, named by the tokens it signed
  std::string bytes;                          // 32 bytes
  std::optional<core::Timestamp> retires_at;  // from then on nothing signed with it is accepted
};

/// An Ed25519 key pair that signs tokens. Made from its 32 secret bytes, which identity keeps in its own database and
/// nothing else ever sees. Immutable; any thread may sign. Throws std::runtime_error where OpenSSL fails.
class SigningKey {
 public:
  static constexpr std::size_t kSecretSize = 32;

  explicit SigningKey(std::string_view secret);

  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }
  /// 64 bytes; the same text always gets the same signature.
  [[nodiscard]] std::string sign(std::string_view text) const;

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  std::unique_ptr<EVP_PKEY, Free> key_;
  PublicKey public_key_;
};

/// Whether the signature is that of the text by the key with these public bytes. Wrong sizes are just false.
[[nodiscard]] bool is_signed_by(std::string_view public_key, std::string_view text, std::string_view signature);

/// A key's thumbprint (RFC 7638): SHA-256 over its canonical JWK, base64url.
[[nodiscard]] std::string thumbprint(std::string_view public_key);

}  // namespace wenming::auth
