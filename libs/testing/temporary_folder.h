#pragma once

#include <filesystem>

namespace wenming::testing {

/// A folder of its own for one test, gone with all that is in it when the test is over. In memory where the system has
/// a place for that.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace wenming::testing
