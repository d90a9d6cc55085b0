#pragma once

#include <string>
#include <string_view>

namespace wenming::cache {

/// Where a Redis server is, and as whom to sign in there:
///
///     redis://host                                   port 6379, database 0, nobody signs in
///     redis://:password@host:6380/3                  the password of the default user; database 3
///     redis://user:p%40ss@[::1]/                     what has a meaning in URLs is percent-encoded
///     rediss://cache.city.example                    encrypted; the server has to prove that name
///     redis+unix:///run/redis/redis.sock             a socket of this machine, database 0
///     redis+unix://:password@/run/redis/redis.sock
struct RedisUrl {
  std::string host;  // empty: a socket of this machine
  int port = 6379;
  bool encrypted = false;
  std::string path;  // of that socket
  std::string user;
  std::string password;
  int database = 0;

  /// Throws std::invalid_argument, with a text that repeats nothing of the URL: passwords must not get into logs.
  static RedisUrl parse(std::string_view text);
  /// The URL without user and password, for logs.
  [[nodiscard]] std::string place() const;
};

}  // namespace wenming::cache
