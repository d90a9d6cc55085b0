#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "http/client.h"

namespace wenming::e2e {

/// What the server answered.
struct Answer {
  unsigned status = 0;
  http::Headers headers;
  std::string body;
  rapidjson::Document json;  // null where the body is no JSON

  /// A member of the answer that is a text, by path: `text("/api_key/id")`; empty where it is not there.
  [[nodiscard]] std::string text(std::string_view pointer) const;
  [[nodiscard]] std::int64_t number(std::string_view pointer) const;
  /// Of a problem; empty where the answer is none.
  [[nodiscard]] std::string code() const { return status < 400 ? std::string() : text("/code"); }
};

/// Sends requests as they are and hands over whatever comes back: unlike runtime::ApiClient it neither signs in nor
/// waits and tries again. One thread at a time.
class DirectClient {
 public:
  /// Nobody's where `token` is empty; otherwise that of a session or an API key.
  explicit DirectClient(std::string url, std::string token = {});

  Answer get(std::string_view target) { return send("GET", target); }
  /// With an Idempotency-Key of its own.
  Answer post(std::string_view target, std::string_view json = "{}");
  /// Only the headers given, `Authorization`, and `Accept-Language: en` where it is not among them.
  Answer send(std::string_view verb, std::string_view target, const http::Headers& headers = {},
              std::string_view body = {});
  /// Reads a live stream line by line until `line` returns false or it ends; see http::Client::read_lines.
  http::Reply read_lines(std::string_view target, const http::Headers& headers,
                         const std::function<bool(std::string_view line)>& line);

  [[nodiscard]] const std::string& token() const { return token_; }
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  [[nodiscard]] http::Headers completed(const http::Headers& headers) const;

  std::string url_, token_;
  http::Client client_;
};

/// A key that no other request carries.
std::string fresh_key();
/// A UUID that no other resource has.
std::string fresh_uuid();

}  // namespace wenming::e2e
