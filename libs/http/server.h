#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/responder.h"

namespace wenming::http {

/// Called on an IO thread, which serves many connections: whatever takes time belongs elsewhere, with the Responder.
/// What it throws is told to the Observer and answered with 500.
using Handler = std::function<void(Request&& request, Responder responder)>;

/// Is told what happens, for metrics. Called on IO threads, from several at once; must not throw.
class Observer {
 public:
  struct Finished {
    std::string_view route;  // from the Response
    unsigned status;
    std::chrono::nanoseconds duration;  // from the whole request read to the last byte given to the system
    std::size_t bytes;                  // of head and body
  };

  virtual ~Observer() = default;
  virtual void connection_opened() {}
  virtual void connection_closed() {}
  virtual void connection_refused() {}  // bound reached
  virtual void request_started() {}
  /// Also for requests whose client went away (status 499) and those the server refuses itself (400, 408, 413, 431).
  virtual void request_finished(const Finished&) {}
  virtual void bytes_received(std::size_t) {}
  virtual void bytes_sent(std::size_t) {}
  virtual void handler_failed(const Request&, const std::exception_ptr&) {}
};

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;   // 0: any free one, see Server::port
  unsigned io_threads = 0;  // 0: one a core

  std::size_t header_bytes = 16 * 1024;  // request line and headers; beyond: 431
  /// Bound of a request's body; beyond: 413. Asked before the body is read, on an IO thread.
  std::function<std::size_t(std::string_view verb, std::string_view path)> body_limit;  // empty: 1 MiB for all
  /// All bodies of more than 1 MiB together, as long as somebody works on them; beyond: 503.
  std::size_t large_bodies_bytes = std::size_t{256} << 20;
  std::size_t connections = 10'000;              // beyond: 503 and closed
  std::size_t stream_buffer_bytes = 256 * 1024;  // queued for one client of a stream; beyond: dropped

  std::chrono::milliseconds idle_timeout{75'000};    // between requests
  std::chrono::milliseconds header_timeout{10'000};  // from the first byte to the end of the headers; TLS handshake
  /// A body, and an answer being written, may take this long plus what it needs at the minimum rate.
  std::chrono::milliseconds body_timeout{10'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::size_t minimum_bytes_per_second = 1024;
  std::chrono::milliseconds heartbeat{15'000};  // of event streams, when nothing else was sent

  std::vector<std::string> cors_origins;  // `https://city.example`; empty: no CORS
  std::vector<std::string> cors_exposed_headers = {
      "Content-Disposition", "Content-Range",   "ETag",         "Idempotency-Replayed", "Location",
      "Retry-After",         "Upload-Complete", "Upload-Limit", "Upload-Offset",        "X-Request-Id"};
  /// Addresses and networks (`10.0.0.0/8`) of proxies whose X-Forwarded-For is believed.
  std::vector<std::string> trusted_proxies;

  std::string tls_certificate_file;  // PEM, the chain; empty: plain HTTP
  std::string tls_key_file;          // PEM

  /// Renders the refusals that the server makes itself: 400, 408, 413, 431, 500, 503. The request holds what could be
  /// read of it. Called on IO threads. Empty: an answer without a body.
  std::function<Response(unsigned status, const Request& request)> error_response;
  std::shared_ptr<Observer> observer;
};

/// An HTTP/1.1 server. Listens from construction to `drain` or destruction. One IO thread a core, each with its own
/// connections; a connection stays on its thread, so handlers of one connection never run at the same time.
class Server {
 public:
  /// Throws std::system_error or std::runtime_error, naming address or file, where it cannot listen or read the keys.
  Server(Options options, Handler handler);
  /// Drops whatever is still running.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::size_t open_connections() const;

  /// Stops accepting, closes idle connections and streams, lets running requests be answered (`Connection: close`), and
  /// returns when all are gone or the time is over. True if nothing had to be cut off. Any thread but an IO thread.
  bool drain(std::chrono::milliseconds at_most);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wenming::http
