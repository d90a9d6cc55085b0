#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "cache/redis/redis_socket.h"

namespace wenming::cache {

/// Whom to believe that it is Redis. Any thread may use it.
class RedisTls {
 public:
  /// `ca_file` holds the certificates, as PEM, of those whose signature is believed; empty: those of the system. Throws
  /// std::invalid_argument where it cannot be read.
  explicit RedisTls(const std::string& ca_file);

  /// Encrypts what goes over the socket. Throws RedisFailure where the other side does not prove that it is `host`, a
  /// name or an address.
  [[nodiscard]] std::unique_ptr<RedisStream> encrypt(std::unique_ptr<RedisSocket> socket, const std::string& host,
                                                     Deadline deadline) const;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  const std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace wenming::cache
