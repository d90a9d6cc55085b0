#include "auth/signing_key.h"

#include <array>
#include <stdexcept>

#include "core/encoding.h"
#include "core/hash.h"

namespace wenming::auth {
namespace {

constexpr std::size_t kPublicKeySize = 32;
constexpr std::size_t kSignatureSize = 64;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(std::string("OpenSSL failed to ") + what);
}

}  // namespace

SigningKey::SigningKey(std::string_view secret) {
  if (secret.size() != kSecretSize) throw std::runtime_error("a signing key has 32 secret bytes");
  key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes(secret), secret.size()));
  if (!key_) fail("read a signing key");
  std::array<unsigned char, kPublicKeySize> half{};
  std::size_t size = half.size();
  if (EVP_PKEY_get_raw_public_key(key_.get(), half.data(), &size) != 1) fail("derive a public key");
  public_key_.bytes.assign(reinterpret_cast<const char*>(half.data()), size);
  public_key_.key_id = thumbprint(public_key_.bytes);
}

std::string SigningKey::sign(std::string_view text) const {
  const Context context(EVP_MD_CTX_new());
  if (!context) fail("sign");
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1) fail("sign");
  std::array<unsigned char, kSignatureSize> signature{};
  std::size_t size = signature.size();
  if (EVP_DigestSign(context.get(), signature.data(), &size, bytes(text), text.size()) != 1) fail("sign");
  return {reinterpret_cast<const char*>(signature.data()), size};
}

bool is_signed_by(std::string_view public_key, std::string_view text, std::string_view signature) {
  if (public_key.size() != kPublicKeySize || signature.size() != kSignatureSize) return false;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(public_key), public_key.size()), &EVP_PKEY_free);
  const Context context(EVP_MD_CTX_new());
  if (!key || !context) return false;
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
}

std::string thumbprint(std::string_view public_key) {
  const std::string jwk = R"({"crv":"Ed25519","kty":"OKP","x":")" + core::base64url(public_key) + R"("})";
  return core::base64url(core::bytes_of(core::sha256(jwk)));
}

}  // namespace wenming::auth
