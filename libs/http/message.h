#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wenming::http {

/// Header fields in the form they have on the wire (`Name: value\r\n` after one another): one allocation however many
/// there are, and answering is one copy. Names compare without regard to case. A value type.
class Headers {
 public:
  Headers() = default;
  /// `Headers{{"Content-Type", "text/plain"}, {"ETag", "\"3\""}}`
  Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

  /// Adds a field, also beside one of the same name. Throws std::invalid_argument where name or value would break out
  /// of its line (response splitting).
  void add(std::string_view name, std::string_view value);
  /// The value of the first field of that name; nullopt without one.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// The same, empty without one.
  [[nodiscard]] std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view()); }
  [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
  /// Calls `visit` with each field in order.
  void each(const std::function<void(std::string_view name, std::string_view value)>& visit) const;

  [[nodiscard]] const std::string& wire() const { return wire_; }
  [[nodiscard]] bool empty() const { return wire_.empty(); }
  void clear() { wire_.clear(); }

 private:
  std::string wire_;
};

/// A request, read completely. Owned by the handler; may be moved to any thread.
struct Request {
  std::string verb;   // `GET`, as sent
  std::string path;   // `/v1/cases/7`, percent-encoded as sent, never empty
  std::string query;  // what follows `?`, percent-encoded as sent
  Headers headers;
  std::string body;            // chunks joined
  std::string remote_address;  // of the client; where a trusted proxy says so, of the client behind it
  std::string id;              // X-Request-Id if it is sane, else the trace id; every answer carries it
  std::string traceparent;     // W3C trace context: taken if valid, else begun here
  /// Of a large body: its share of the memory for such. Whoever keeps the body keeps this.
  std::shared_ptr<const void> body_room;
};

/// Bytes that several answers share.
using Bytes = std::shared_ptr<const std::string>;

/// The body of an answer: a text of its own, or shared bytes, which may bring a twin compressed beforehand.
struct Body {
  Body() = default;
  Body(std::string text) : own(std::move(text)) {}
  Body(const char* text) : own(text) {}
  Body(Bytes plain, Bytes compressed = nullptr) : shared(std::move(plain)), gzipped(std::move(compressed)) {}

  [[nodiscard]] std::string_view view() const { return shared ? std::string_view(*shared) : std::string_view(own); }

  std::string own;
  Bytes shared;   // instead of `own`
  Bytes gzipped;  // the same as `shared` through gzip(); null: compressed when asked for
};

/// An answer. The server adds what belongs to the connection and to every answer: Date, Content-Length,
/// Transfer-Encoding, Connection, Content-Encoding, Vary, X-Request-Id, X-Content-Type-Options and CORS.
struct Response {
  unsigned status = 200;
  Headers headers = {};
  Body body = {};
  /// Of a stream: how many bytes its body will have, where that is known; one that ends before breaks the answer off.
  std::optional<std::uint64_t> length = {};
  std::string_view route = {};  // what the Observer counts it under; must live as long as the server
};

/// Compresses, for the twin of shared bytes.
std::string gzip(std::string_view plain);

}  // namespace wenming::http
