#include "blobs/s3/signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/encoding.h"
#include "core/hash.h"

namespace wenming::blobs {
namespace {

std::string hex_sha256(std::string_view bytes) {
  return core::hex(core::bytes_of(core::sha256(bytes)));
}

std::string encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

/// `20260305T010000Z`, in UTC.
std::string basic_time(core::Timestamp now) {
  std::string text = core::to_rfc3339(now, core::UtcOffset(std::chrono::minutes(0))).substr(0, 19);
  std::erase(text, '-');
  std::erase(text, ':');
  return text + 'Z';
}

}  // namespace

std::string canonical_query(std::vector<std::pair<std::string, std::string>> query) {
  for (auto& [name, value] : query) {
    name = encoded(name);
    value = encoded(value);
  }
  std::sort(query.begin(), query.end());
  std::string text;
  for (const auto& [name, value] : query) text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
  return text;
}

std::vector<std::pair<std::string, std::string>> sign(const SignedRequest& request, const S3Credentials& credentials,
                                                      std::string_view region, core::Timestamp now) {
  const std::string time = basic_time(now), day = time.substr(0, 8), body_hash = hex_sha256(request.body);
  auto headers = request.headers;
  headers.emplace_back("host", request.host);
  headers.emplace_back("x-amz-content-sha256", body_hash);
  headers.emplace_back("x-amz-date", time);
  std::sort(headers.begin(), headers.end());
  std::string lines, names;
  for (const auto& [name, value] : headers) {
    lines += fmt::format("{}:{}\n", name, value);
    names += fmt::format("{}{}", names.empty() ? "" : ";", name);
  }
  const std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.verb, request.path,
                                            canonical_query(request.query), lines, names, body_hash);
  const std::string scope = fmt::format("{}/{}/s3/aws4_request", day, region);
  const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope, hex_sha256(canonical));

  std::string key = "AWS4" + credentials.secret_key;
  for (const std::string_view part : {std::string_view(day), region, std::string_view("s3"),
                                      std::string_view("aws4_request"), std::string_view(to_sign)})
    key = core::bytes_of(core::hmac_sha256(key, part));
  return {{"Authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                        credentials.access_key, scope, names, core::hex(key))},
          {"x-amz-content-sha256", body_hash},
          {"x-amz-date", time}};
}

}  // namespace wenming::blobs
