#pragma once

#include <filesystem>
#include <string>

namespace wenming::testing {

/// A key and a certificate for `localhost` and 127.0.0.1 that signs itself, in a directory that goes with it.
class TestCertificate {
 public:
  TestCertificate();
  ~TestCertificate();
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  [[nodiscard]] std::string certificate_file() const { return directory_ / "certificate.pem"; }
  [[nodiscard]] std::string key_file() const { return directory_ / "key.pem"; }

 private:
  std::filesystem::path directory_;
};

}  // namespace wenming::testing
