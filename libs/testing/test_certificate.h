#pragma once

#include <filesystem>
#include <string>

namespace wenming::testing {

/// A key and a certificate that signs itself, in a directory that goes with it.
class TestCertificate {
 public:
  /// For these names and addresses, as OpenSSL writes them.
  explicit TestCertificate(const std::string& names = "DNS:localhost,IP:127.0.0.1");
  ~TestCertificate();
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  [[nodiscard]] std::string certificate_file() const { return directory_ / "certificate.pem"; }
  [[nodiscard]] std::string key_file() const { return directory_ / "key.pem"; }

 private:
  std::filesystem::path directory_;
};

}  // namespace wenming::testing
