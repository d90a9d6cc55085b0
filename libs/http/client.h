#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"

namespace wenming::http {

struct Reply {
  unsigned status = 0;
  Headers headers;
  std::string body;
};

struct ClientOptions {
  std::chrono::milliseconds timeout{30'000};    // to connect, and for each reply; of a stream, for each piece
  std::size_t reply_bytes = 256 * 1024 * 1024;  // longer replies are an error; streams have no bound
  std::string ca_file = {};                     // PEM; empty: the system's
};

/// A blocking HTTP/1.1 client for the command line and for tests. Keeps one connection alive and uses it again; opens a
/// new one where the server closed it. One thread at a time.
class Client {
 public:
  /// `http://127.0.0.1:8080` or `https://wenming.example/base`; a path in front of all targets is possible. Throws
  /// std::invalid_argument for anything else, std::runtime_error if the CA file cannot be read. Connects when needed.
  explicit Client(std::string_view url, ClientOptions options = {});
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// Throws std::runtime_error naming the server and what went wrong: not reachable, timed out, cut off. Where a kept
  /// connection turns out to be closed, requests that may be repeated (by verb, or by an Idempotency-Key) are.
  Reply request(std::string_view verb, std::string_view target, const Headers& headers = {},
                std::string_view body = {});

  /// Reads an answer line by line (Server-Sent Events), each without its end, until it ends or `line` returns false.
  /// Returns the head; an answer that is no 200 comes back whole, with no line told.
  Reply read_lines(std::string_view target, const Headers& headers,
                   const std::function<bool(std::string_view line)>& line);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wenming::http
