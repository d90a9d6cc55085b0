#include "tables/table.h"

#include <algorithm>
#include <stdexcept>

#include "domain/refusal.h"
#include "tables/csv_table.h"
#include "tables/old_workbook.h"
#include "tables/xlsx_table.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::tables {
namespace {

constexpr std::string_view kZip = "PK\x03\x04";
constexpr std::string_view kCompoundFile = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
constexpr std::string_view kUtf16[] = {"\xff\xfe", "\xfe\xff"};

}  // namespace

const Cell& Row::at(std::string_view column) const {
  const auto found = columns_->find(column);
  if (found == columns_->end()) throw std::out_of_range("no column `" + std::string(column) + "`");
  return cells_[found->second];
}

void TableReader::name_columns(std::vector<std::string> names) {
  names_ = std::move(names);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i].empty()) continue;
    if (!columns_.emplace(names_[i], i).second) {
      throw domain::Refusal(contract::v1::PROBLEM_TABLE_COLUMN_NAMES,
                            {{"number", std::to_string(i + 1)}, {"name", names_[i]}});
    }
  }
  row_.columns_ = &columns_;
}

void TableReader::require_columns(const std::vector<std::string>& required) const {
  std::string missing;
  for (const std::string& column : required) {
    if (!has(column)) missing += (missing.empty() ? "" : ", ") + column;
  }
  if (!missing.empty()) throw domain::Refusal(contract::v1::PROBLEM_TABLE_COLUMNS, {{"columns", missing}});
}

Row& TableReader::fresh_row() {
  row_.cells_.resize(names_.size());
  for (Cell& cell : row_.cells_) {
    cell.text.clear();
    cell.fault = {};
  }
  row_.fault_ = {};
  return row_;
}

std::unique_ptr<TableReader> open_table(Source& source, const ReadOptions& options) {
  const std::string head = source.read(0, kCompoundFile.size());
  if (head.starts_with(kZip)) return std::make_unique<XlsxTable>(source, options);
  if (head == kCompoundFile) refuse_compound_file(source);
  for (const std::string_view mark : kUtf16) {
    if (head.starts_with(mark)) throw domain::Refusal(contract::v1::PROBLEM_TABLE_UTF16);
  }
  if (head.find('\0') != std::string::npos) throw domain::Refusal(contract::v1::PROBLEM_TABLE_KIND);
  return std::make_unique<CsvTable>(source, options);
}

}  // namespace wenming::tables
