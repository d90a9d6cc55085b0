#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/time.h"
#include "tables/source.h"

namespace wenming::tables {

/// What is written into a cell: nothing, a text, a number, a day, or a moment, which is shown in local time.
using Value = std::variant<std::monostate, std::string_view, std::int64_t, double, core::Date, core::Timestamp>;

/// Appends rows of CSV to a text, as spreadsheets read it: UTF-8 with a byte order mark, quoted where needed. A text
/// that a spreadsheet would take for a formula gets an apostrophe in front, which `open_table` takes away again. One
/// thread.
class CsvWriter {
 public:
  CsvWriter(std::string& out, core::UtcOffset offset) : out_(out), offset_(offset) {}
  /// The byte order mark and the line of column names.
  void begin(std::span<const std::string> columns);
  void add(std::span<const Value> row);

 private:
  std::string& out_;
  core::UtcOffset offset_;
};

/// Writes an XLSX workbook row by row into a temporary file, in memory that does not grow with it; a sheet that is full
/// is followed by another. Texts are texts, whatever they look like. What a sheet cannot hold of a text (more than
/// 32,767 characters) is cut off, which `…` shows. One thread; throws std::runtime_error where the file cannot be
/// written.
class XlsxWriter {
 public:
  XlsxWriter(std::string sheet, std::vector<std::string> columns, core::UtcOffset offset);
  ~XlsxWriter();
  XlsxWriter(const XlsxWriter&) = delete;
  XlsxWriter& operator=(const XlsxWriter&) = delete;

  void add(std::span<const Value> row);
  /// Ends the workbook and gives its bytes, which go with what is returned.
  std::unique_ptr<Source> finish();

 private:
  struct Book;
  std::unique_ptr<Book> book_;
};

}  // namespace wenming::tables
