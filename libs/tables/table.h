#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "contract/field_error.h"
#include "tables/source.h"
#include "wenming/contract/v1/imports.pb.h"

/// Tables that people bring: CSV as spreadsheets and other systems write it, and XLSX workbooks, read row by row
/// through one interface, in memory that does not grow with the file.
namespace wenming::tables {

/// What is wrong with a cell, or with a row as a whole.
struct Fault {
  contract::v1::RowProblem problem = contract::v1::ROW_PROBLEM_UNSPECIFIED;
  contract::Arguments arguments = {};
  std::string column = {};  // of a row that cannot be read: where that was seen, if it was in a column

  explicit operator bool() const { return problem != contract::v1::ROW_PROBLEM_UNSPECIFIED; }
};

/// One cell as a text. A blank one, which says nothing, has no text and no fault. Numbers are written without exponent
/// and grouping (`13800138000`); what a sheet shows as a date is `2026-03-05`, `2026-03-05T09:30:00` (local time) or
/// `09:30:00`.
struct Cell {
  std::string text = {};
  Fault fault = {};
};

/// A row of a table, as people find it again.
class Row {
 public:
  /// As a spreadsheet counts: that of the column names is 1 where it is the first.
  [[nodiscard]] int number() const { return number_; }
  /// Where it begins, as a text editor counts; 0 in a workbook, which has no lines.
  [[nodiscard]] int line() const { return line_; }
  /// Of the row as a whole: then it has no cells.
  [[nodiscard]] const Fault& fault() const { return fault_; }
  /// The cell of this column. Throws std::out_of_range where the table has none, a mistake of the program.
  [[nodiscard]] const Cell& at(std::string_view column) const;
  /// In the order of `TableReader::columns`.
  [[nodiscard]] const std::vector<Cell>& cells() const { return cells_; }

 private:
  friend class TableReader;
  friend class CsvTable;
  friend class XlsxTable;

  const std::map<std::string, std::size_t, std::less<>>* columns_ = nullptr;
  std::vector<Cell> cells_;
  Fault fault_;
  int number_ = 0, line_ = 0;
};

/// How the bytes of a CSV text are read.
enum class Encoding {
  Detect,  // a byte order mark says; otherwise UTF-8 where most of it is, and GB18030 where not
  Utf8,
  Gb18030,  // and with it GBK and GB 2312
};

/// Bounds on a table from outside.
struct Limits {
  std::size_t columns = 256;                                // cells further right are not read
  std::size_t cell_bytes = std::size_t{256} << 10;          // a larger one is a fault
  std::size_t row_bytes = std::size_t{1} << 20;             // likewise
  std::uint64_t unpacked_bytes = std::uint64_t{512} << 20;  // of one part of a workbook
  std::size_t merged_areas = 100'000;                       // of a sheet
};

struct ReadOptions {
  /// Columns that must be there. In a workbook, titles above the column names are passed over: the first of 20 rows
  /// that names all of these counts.
  std::vector<std::string> required = {};
  Encoding encoding = Encoding::Detect;
  std::string sheet = {};  // of a workbook; empty: the first that is not hidden
  Limits limits = {};
};

/// Reads a table row by row.
///
///     const auto table = open_table(source, {.required = {"code", "name"}});
///     while (const Row* row = table->next())
///       if (!row->fault()) add(row->at("code").text, row->at("name").text);
///
/// Rows without any text are passed over, but counted. One thread at a time; the source must outlive it.
class TableReader {
 public:
  virtual ~TableReader() = default;
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  /// Names of the columns in their order, without white space around them; empty for one without a name.
  [[nodiscard]] const std::vector<std::string>& columns() const { return names_; }
  [[nodiscard]] bool has(std::string_view column) const { return columns_.contains(column); }

  /// The next row, valid until the next call; null after the last. A row that cannot be read has a `fault`, and the
  /// next call goes on behind it. Throws Refusal where the file ends as no table (a damaged workbook).
  virtual const Row* next() = 0;

 protected:
  TableReader() = default;
  /// Takes the column names.
  void name_columns(std::vector<std::string> names);
  /// Refuses a table that lacks one of these.
  void require_columns(const std::vector<std::string>& required) const;
  Row& fresh_row();
  [[nodiscard]] Row& row() { return row_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::size_t, std::less<>> columns_;
  Row row_;
};

/// Opens what the bytes are, whatever they are called. Throws Refusal (`table_…`) with what is wrong with the file.
std::unique_ptr<TableReader> open_table(Source& source, const ReadOptions& options = {});

}  // namespace wenming::tables
