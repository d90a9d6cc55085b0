#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace wenming::cache {

/// When a call has to be over, whatever it waits for.
using Deadline = std::chrono::steady_clock::time_point;

/// Redis is away, too slow, or answers what is not its protocol. The text holds nothing secret.
class RedisFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where bytes of a connection to Redis go and come from. For one thread at a time.
class RedisStream {
 public:
  virtual ~RedisStream() = default;
  /// Throws RedisFailure.
  virtual void send(std::string_view bytes, Deadline deadline) = 0;
  /// At least one byte. Throws RedisFailure, also where the other side has closed.
  virtual std::size_t receive(std::span<char> buffer, Deadline deadline) = 0;
  /// Whether nothing waits to be received: neither bytes nor the end.
  [[nodiscard]] virtual bool is_quiet() = 0;
};

/// A connected socket.
class RedisSocket final : public RedisStream {
 public:
  RedisSocket(const sockaddr* address, socklen_t size, Deadline deadline);
  ~RedisSocket() override;
  RedisSocket(const RedisSocket&) = delete;
  RedisSocket& operator=(const RedisSocket&) = delete;

  void send(std::string_view bytes, Deadline deadline) override;
  std::size_t receive(std::span<char> buffer, Deadline deadline) override;
  [[nodiscard]] bool is_quiet() override;

 private:
  void connect(const sockaddr* address, socklen_t size, Deadline deadline);

  const int descriptor_;
};

}  // namespace wenming::cache
