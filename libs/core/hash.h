#pragma once

#include <array>
#include <memory>
#include <string_view>

struct evp_md_st;
struct evp_md_ctx_st;

namespace wenming::core {

/// What SHA-256 makes of a text.
using Digest = std::array<unsigned char, 32>;

/// The digest as the bytes that encodings, databases and other hashes take.
inline std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// SHA-256 with a context that is kept between digests: for those who hash often (one per thread or writer), because
/// making a context costs more than hashing a short text. One thread at a time. Throws std::runtime_error if the
/// cryptographic library fails, which it does only without memory.
///
///     hasher.add(head).add(row);
///     const Digest digest = hasher.finish();  // and ready for the next
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  Sha256& add(std::string_view bytes);
  /// The digest of all that was added since the last one.
  Digest finish();

 private:
  struct Free {
    void operator()(evp_md_st* algorithm) const;
    void operator()(evp_md_ctx_st* context) const;
  };
  void begin();

  std::unique_ptr<evp_md_st, Free> algorithm_;
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// One digest, for those who seldom need one. Any thread may call.
Digest sha256(std::string_view bytes);

/// RFC 2104 with SHA-256. Any thread may call.
Digest hmac_sha256(std::string_view key, std::string_view message);

/// Whether two secrets are equal, in a time that depends on their lengths alone.
bool equal_secrets(std::string_view a, std::string_view b);

}  // namespace wenming::core
