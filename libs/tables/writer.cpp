#include "tables/writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "core/csv.h"
#include "tables/formula_guard.h"

namespace wenming::tables {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kMostCharacters = 32'767;  // of UTF-16, in a cell
constexpr std::uint32_t kMostRows = 1'048'576;   // of a sheet, with that of the column names
constexpr double kUnixEpoch = 25'569;            // as the sheets count days
constexpr double kDayMicros = 86'400e6;
constexpr double kColumnWidth = 18;

/// Of the deployment's clock, from 1970 on.
double local_days(core::Timestamp moment, core::UtcOffset offset) {
  const std::chrono::microseconds ahead = offset.minutes();
  return static_cast<double>(moment.micros() + ahead.count()) / kDayMicros;
}

/// The text as far as a cell takes it.
std::string fitting(std::string_view text) {
  std::size_t units = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) == 0x80) continue;
    const std::size_t width = byte >= 0xf0 ? 2 : 1;
    // One is left for what shows the cut.
    if (units + width > kMostCharacters - 1 && text.size() - i > 4) return std::string(text.substr(0, i)) + "…";
    units += width;
  }
  return std::string(text);
}

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("a workbook cannot be written: " + what);
}

void require(lxw_error error) {
  if (error != LXW_NO_ERROR) fail(lxw_strerror(error));
}

/// A file without a name, by its descriptor.
class FileSource final : public Source {
 public:
  explicit FileSource(int file) : file_(file) {
    const off_t end = lseek(file_, 0, SEEK_END);
    if (end < 0) throw std::system_error(errno, std::generic_category(), "a workbook cannot be read back");
    size_ = static_cast<std::uint64_t>(end);
  }
  ~FileSource() override { close(file_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  [[nodiscard]] std::uint64_t size() override { return size_; }
  std::string read(std::uint64_t offset, std::size_t most) override {
    std::string bytes(most, '\0');
    const ssize_t count = pread(file_, bytes.data(), most, static_cast<off_t>(offset));
    if (count < 0) throw std::system_error(errno, std::generic_category(), "a workbook cannot be read back");
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
  }

 private:
  const int file_;
  std::uint64_t size_ = 0;
};

}  // namespace

void CsvWriter::begin(std::span<const std::string> columns) {
  out_ += kByteOrderMark;
  core::append_csv_record(out_, std::vector<std::string_view>(columns.begin(), columns.end()));
}

void CsvWriter::add(std::span<const Value> row) {
  std::vector<std::string> texts;
  texts.reserve(row.size());
  for (const Value& value : row) {
    std::string& text = texts.emplace_back();
    if (const auto* const plain = std::get_if<std::string_view>(&value)) {
      if (looks_like_formula(*plain)) text = '\'';
      text += *plain;
    } else if (const auto* const integer = std::get_if<std::int64_t>(&value)) {
      text = std::to_string(*integer);
    } else if (const auto* const number = std::get_if<double>(&value)) {
      text = fmt::format("{}", *number);
    } else if (const auto* const day = std::get_if<core::Date>(&value)) {
      text = core::to_text(*day);
    } else if (const auto* const moment = std::get_if<core::Timestamp>(&value)) {
      text = core::to_rfc3339(*moment, offset_);
    }
  }
  core::append_csv_record(out_, std::vector<std::string_view>(texts.begin(), texts.end()));
}

struct XlsxWriter::Book {
  Book(std::string name, std::vector<std::string> names, core::UtcOffset at)
      : sheet_name(std::move(name)), columns(std::move(names)), offset(at) {
    path = std::filesystem::temp_directory_path() / "wenming-XXXXXX";
    file = mkstemp(path.data());
    if (file < 0) throw std::system_error(errno, std::generic_category(), "a temporary file for a workbook");
    lxw_workbook_options options{};
    options.constant_memory = LXW_TRUE;
    book = workbook_new_opt(path.c_str(), &options);
    if (book == nullptr) fail("no memory");
    bold = workbook_add_format(book);
    format_set_bold(bold);
    day = workbook_add_format(book);
    format_set_num_format(day, "yyyy-mm-dd");
    moment = workbook_add_format(book);
    format_set_num_format(moment, "yyyy-mm-dd hh:mm:ss");
    add_sheet();
  }
  ~Book() {
    if (book != nullptr) workbook_close(book);
    if (!path.empty()) unlink(path.c_str());
    if (file >= 0) close(file);
  }
  Book(const Book&) = delete;
  Book& operator=(const Book&) = delete;

  void add_sheet() {
    ++sheets;
    const std::string name = sheets == 1 ? sheet_name : fmt::format("{} {}", sheet_name, sheets);
    sheet = workbook_add_worksheet(book, name.c_str());
    if (sheet == nullptr) fail("the sheet " + name);
    worksheet_freeze_panes(sheet, 1, 0);
    worksheet_set_column(sheet, 0, static_cast<lxw_col_t>(columns.size()), kColumnWidth, nullptr);
    row = 0;
    lxw_col_t column = 0;
    for (const std::string& text : columns) require(worksheet_write_string(sheet, row, column++, text.c_str(), bold));
    ++row;
  }
  void write(lxw_col_t column, const Value& value) {
    if (const auto* const text = std::get_if<std::string_view>(&value)) {
      require(worksheet_write_string(sheet, row, column, fitting(*text).c_str(), nullptr));
    } else if (const auto* const integer = std::get_if<std::int64_t>(&value)) {
      require(worksheet_write_number(sheet, row, column, static_cast<double>(*integer), nullptr));
    } else if (const auto* const number = std::get_if<double>(&value)) {
      require(worksheet_write_number(sheet, row, column, *number, nullptr));
    } else if (const auto* const date = std::get_if<core::Date>(&value)) {
      const auto days = static_cast<double>(date->days().time_since_epoch().count());
      require(worksheet_write_number(sheet, row, column, days + kUnixEpoch, day));
    } else if (const auto* const at = std::get_if<core::Timestamp>(&value)) {
      require(worksheet_write_number(sheet, row, column, local_days(*at, offset) + kUnixEpoch, moment));
    }
  }

  std::string sheet_name;
  std::vector<std::string> columns;
  core::UtcOffset offset;
  std::string path;
  int file = -1;
  lxw_workbook* book = nullptr;
  lxw_worksheet* sheet = nullptr;
  lxw_format *bold = nullptr, *day = nullptr, *moment = nullptr;
  std::uint32_t row = 0;
  int sheets = 0;
};

XlsxWriter::XlsxWriter(std::string sheet, std::vector<std::string> columns, core::UtcOffset offset)
    : book_(std::make_unique<Book>(std::move(sheet), std::move(columns), offset)) {}

XlsxWriter::~XlsxWriter() = default;

void XlsxWriter::add(std::span<const Value> row) {
  if (book_->row == kMostRows) book_->add_sheet();
  lxw_col_t column = 0;
  for (const Value& value : row) book_->write(column++, value);
  ++book_->row;
}

std::unique_ptr<Source> XlsxWriter::finish() {
  // The library replaces what the name stands for.
  require(workbook_close(std::exchange(book_->book, nullptr)));
  const int file = open(book_->path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "a workbook cannot be read back");
  return std::make_unique<FileSource>(file);
}

}  // namespace wenming::tables
