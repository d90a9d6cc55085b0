#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wenming::e2e {

/// A row of a file of real records.
struct SampleRow {
  std::map<std::string, std::string, std::less<>> cells;  // by column
  std::string text;                                       // as it stands in the file, with its line end

  const std::string& operator[](std::string_view column) const;
};

/// A CSV file of real records, read by a few lines of its own, so that the program is not judged by its own reader.
class SampleFile {
 public:
  explicit SampleFile(const std::filesystem::path& file);

  [[nodiscard]] const std::string& header() const { return header_; }
  [[nodiscard]] const std::vector<SampleRow>& rows() const { return rows_; }

 private:
  std::string header_;
  std::vector<SampleRow> rows_;
};

/// The whole content. Throws std::runtime_error where the file cannot be read.
std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, std::string_view content);

}  // namespace wenming::e2e
