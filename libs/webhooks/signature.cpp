#include "webhooks/signature.h"

#include <stdexcept>

#include "core/encoding.h"
#include "core/hash.h"

namespace wenming::webhooks {
namespace {

constexpr std::string_view kPrefix = "whsec_";

std::string key_of(std::string_view secret) {
  if (secret.starts_with(kPrefix)) {
    if (auto key = core::from_base64(secret.substr(kPrefix.size()))) return *std::move(key);
  }
  throw std::invalid_argument("a secret is written whsec_ and base64");
}

}  // namespace

std::string secret(std::string_view random) {
  return std::string(kPrefix) + core::base64(random);
}

std::string timestamp(core::Timestamp sent_at) {
  constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
  return std::to_string(sent_at.micros() / kMicrosecondsPerSecond);
}

std::string signature(std::span<const std::string> secrets, std::string_view id, core::Timestamp sent_at,
                      std::string_view body) {
  std::string signed_text(id);
  signed_text.append(".").append(timestamp(sent_at)).append(".").append(body);
  std::string signatures;
  for (const std::string& one : secrets) {
    if (!signatures.empty()) signatures += ' ';
    signatures += "v1," + core::base64(core::bytes_of(core::hmac_sha256(key_of(one), signed_text)));
  }
  return signatures;
}

}  // namespace wenming::webhooks
