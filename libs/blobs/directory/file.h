#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace wenming::blobs {

/// An open file of the system. Throws std::runtime_error naming the file and what the system says.
class File {
 public:
  /// For reading; not open where there is no such file.
  static File existing(const std::filesystem::path& path);
  /// For writing, new, readable for its owner alone.
  static File fresh(const std::filesystem::path& path);
  ~File();
  File(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] std::string read(std::uint64_t offset, std::size_t most) const;
  void write(std::string_view bytes);
  void sync();

 private:
  File(int number, std::filesystem::path path) : number_(number), path_(std::move(path)) {}

  int number_;
  std::filesystem::path path_;
};

/// Makes the names in a folder durable.
void sync_names_in(const std::filesystem::path& folder);
/// Throws std::runtime_error with what the system says about its last call.
[[noreturn]] void fail(std::string_view doing, const std::filesystem::path& path);

}  // namespace wenming::blobs
