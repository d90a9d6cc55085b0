#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "testing/temporary_folder.h"

namespace wenming::testing {

/// A real Redis server in a folder of its own, reached by a socket there: nothing of it is seen from outside. It writes
/// nothing to disk, so whoever stops it wipes it. Stopped by its process id. Started on a thread that outlives it: the
/// system ends it with that thread, so that not even a test that crashes leaves a server behind.
class RedisServer {
 public:
  /// Runs when the constructor returns. Without a password everybody is let in.
  explicit RedisServer(std::string password = {});
  /// Besides, it takes encrypted connections, at `tls_url`.
  RedisServer(std::string certificate_file, std::string key_file);
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  [[nodiscard]] std::string socket() const { return (folder_.path() / "redis.sock").string(); }
  /// `redis+unix:///…/redis.sock`, without a password.
  [[nodiscard]] std::string url() const { return "redis+unix://" + socket(); }

  /// `rediss://HOST:PORT` on loopback.
  [[nodiscard]] std::string tls_url(const std::string& host = "127.0.0.1") const;

  /// As a crash would, at once.
  void kill();
  void start();
  /// The server hangs: connections are still taken by the system, but nothing is answered.
  void pause();
  void resume();

 private:
  const TemporaryFolder folder_;
  const std::string password_;
  const std::string certificate_file_, key_file_;  // empty: without TLS
  const std::uint16_t tls_port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace wenming::testing
