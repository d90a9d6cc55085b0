#pragma once

#include <string>
#include <string_view>

namespace wenming::media {

/// A file that lies in memory alone, to hand bytes to another process. Throws std::runtime_error with what the system
/// says.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content = {});
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] int number() const { return number_; }
  /// All that is in it.
  [[nodiscard]] std::string content() const;

 private:
  const int number_;
};

}  // namespace wenming::media
