#include "core/aead.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <limits>
#include <memory>
#include <stdexcept>

namespace wenming::core {

void SecretBytes::wipe() noexcept {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
  bytes_.clear();
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  bytes_ = std::move(other.bytes_);
  other.wipe();
  return *this;
}

namespace aead {
namespace {

struct Free {
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;

void require(bool success) {
  if (!success) throw std::runtime_error("AES-256-GCM is not available from the cryptographic library");
}

/// Looked up once: doing so costs more than sealing a name.
const EVP_CIPHER* cipher() {
  static const std::unique_ptr<EVP_CIPHER, Free> kCipher(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
  return kCipher.get();
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

int size_of(std::string_view text) {
  if (text.size() > std::numeric_limits<int>::max()) throw std::invalid_argument("a text of more than 2 GiB");
  return static_cast<int>(text.size());
}

Context begin(std::string_view key, std::string_view nonce, bool seals) {
  if (key.size() != kKeySize || nonce.size() != kNonceSize)
    throw std::invalid_argument("AES-256-GCM takes a key of 32 and a nonce of 12 bytes");
  Context context(EVP_CIPHER_CTX_new());
  require(context != nullptr);
  require(EVP_CipherInit_ex2(context.get(), cipher(), bytes(key), bytes(nonce), seals ? 1 : 0, nullptr) == 1);
  return context;
}

}  // namespace

std::string seal(std::string_view key, std::string_view nonce, std::string_view text, std::string_view context) {
  const Context cipher_context = begin(key, nonce, true);
  std::string sealed(text.size() + kTagSize, '\0');
  int written = 0;
  require(EVP_EncryptUpdate(cipher_context.get(), nullptr, &written, bytes(context), size_of(context)) == 1);
  require(EVP_EncryptUpdate(cipher_context.get(), bytes(sealed), &written, bytes(text), size_of(text)) == 1);
  require(EVP_EncryptFinal_ex(cipher_context.get(), bytes(sealed) + written, &written) == 1);
  require(EVP_CIPHER_CTX_ctrl(cipher_context.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, bytes(sealed) + text.size()) == 1);
  return sealed;
}

std::optional<std::string> open(std::string_view key, std::string_view nonce, std::string_view sealed,
                                std::string_view context) {
  const Context cipher_context = begin(key, nonce, false);
  if (sealed.size() < kTagSize) return std::nullopt;
  const std::string_view text = sealed.substr(0, sealed.size() - kTagSize);
  std::array<unsigned char, kTagSize> tag{};
  sealed.substr(text.size()).copy(reinterpret_cast<char*>(tag.data()), tag.size());
  std::string opened(text.size(), '\0');
  int written = 0;
  require(EVP_DecryptUpdate(cipher_context.get(), nullptr, &written, bytes(context), size_of(context)) == 1);
  require(EVP_DecryptUpdate(cipher_context.get(), bytes(opened), &written, bytes(text), size_of(text)) == 1);
  require(EVP_CIPHER_CTX_ctrl(cipher_context.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(cipher_context.get(), bytes(opened) + written, &written) != 1) return std::nullopt;
  return opened;
}

}  // namespace aead
}  // namespace wenming::core
