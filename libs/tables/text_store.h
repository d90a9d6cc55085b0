#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wenming::tables {

/// Many texts by number, in a temporary file that ends with it: a workbook keeps the texts of all its cells apart from
/// the cells, and they may be hundreds of megabytes. In memory are eight bytes a text, and the pages that were read
/// last. One thread; throws std::runtime_error where the file cannot be written or read.
class TextStore {
 public:
  TextStore();
  ~TextStore() = default;

  void add(std::string_view text);
  /// No more are added.
  void finish();
  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  /// The text of this number, from 0; nullopt where there is none.
  std::optional<std::string> find(std::size_t number);

 private:
  struct Page {
    std::uint64_t number = 0;
    std::uint64_t used = 0;  // when last
    std::string bytes;
  };
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  void flush();
  const std::string& page(std::uint64_t number);

  std::unique_ptr<std::FILE, Close> file_;
  std::string buffer_;  // of the end of the file, not yet written
  std::vector<std::uint64_t> ends_;
  std::vector<Page> pages_;
  std::uint64_t uses_ = 0;
};

}  // namespace wenming::tables
