#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "testing/temporary_folder.h"
#include "testing/test_certificate.h"

namespace wenming::testing {

/// A real S3 server on loopback, with its buckets in a folder of its own (tests/engines/s3). Ready in some seconds;
/// stopped by its process id.
class S3Server {
 public:
  static constexpr const char* kAccessKey = "test-access-key";
  static constexpr const char* kSecretKey = "test-secret-key";

  /// The server that all tests of this process share.
  static S3Server& shared();

  S3Server();
  ~S3Server();
  S3Server(const S3Server&) = delete;
  S3Server& operator=(const S3Server&) = delete;

  /// Tests make their buckets themselves.
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string tls_url() const { return "https://127.0.0.1:" + std::to_string(port_ + 1); }
  [[nodiscard]] std::string certificate_file() const { return certificate_.certificate_file(); }

  /// The server hangs, or goes on.
  void pause();
  void resume();

 private:
  const TemporaryFolder folder_;
  const TestCertificate certificate_;
  const std::uint16_t port_;
  pid_t pid_ = 0;
};

}  // namespace wenming::testing
