#include "tables/csv_table.h"

#include <algorithm>

#include "core/text.h"
#include "domain/refusal.h"
#include "tables/formula_guard.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::tables {
namespace {

namespace v1 = contract::v1;
using core::CsvFault;

/// What is wrong with the first line, and so with the file.
[[noreturn]] void refuse(const core::CsvError& error) {
  if (error.kind() == CsvFault::ColumnName) {
    throw domain::Refusal(v1::PROBLEM_TABLE_COLUMN_NAMES,
                          {{"number", std::to_string(error.column())}, {"name", std::string()}});
  }
  throw domain::Refusal(v1::PROBLEM_TABLE_HEADER);
}

Fault fault_of(const core::CsvError& error, std::size_t columns, const core::CsvLimits& limits) {
  switch (error.kind()) {
    case CsvFault::FieldCount:
      return {v1::ROW_PROBLEM_CELL_COUNT,
              {{"count", std::to_string(error.column())}, {"columns", std::to_string(columns)}}};
    case CsvFault::QuoteOpen:
      return {v1::ROW_PROBLEM_QUOTE_OPEN};
    case CsvFault::QuoteClosed:
      return {v1::ROW_PROBLEM_QUOTE_CLOSED};
    case CsvFault::QuoteInside:
      return {v1::ROW_PROBLEM_QUOTE_INSIDE};
    case CsvFault::CarriageReturn:
      return {v1::ROW_PROBLEM_LINE_END};
    case CsvFault::Encoding:
      return {v1::ROW_PROBLEM_ENCODING};
    case CsvFault::FieldTooLarge:
      return {v1::ROW_PROBLEM_CELL_TOO_LARGE, {{"limit", std::to_string(limits.field_bytes)}}};
    case CsvFault::RecordTooLarge:
      return {v1::ROW_PROBLEM_ROW_TOO_LARGE, {{"limit", std::to_string(limits.record_bytes)}}};
    default:
      return {v1::ROW_PROBLEM_CONTROL_CHARACTER};
  }
}

bool is_blank(const core::CsvRecord& record) {
  return std::all_of(record.fields().begin(), record.fields().end(),
                     [](std::string_view field) { return core::trim(field).empty(); });
}

}  // namespace

CsvTable::CsvTable(Source& source, const ReadOptions& options)
    : bytes_(source, options.encoding == Encoding::Detect ? detect_encoding(source) : options.encoding),
      text_(&bytes_),
      limits_{.field_bytes = options.limits.cell_bytes, .record_bytes = options.limits.row_bytes} {
  // What the source throws shall arrive here, and not end as a text that is too short.
  text_.exceptions(std::ios::badbit);
  try {
    csv_ = std::make_unique<core::CsvReader>(text_, limits_);
  } catch (const core::CsvError& error) {
    refuse(error);
  }
  name_columns(csv_->columns());
  require_columns(options.required);
}

const Row* CsvTable::next() {
  Row& row = fresh_row();
  try {
    const core::CsvRecord* record = csv_->next();
    // Spreadsheets write rows of nothing but commas below the last one.
    while (record != nullptr && is_blank(*record)) record = csv_->next();
    if (record == nullptr) return nullptr;
    row.number_ = static_cast<int>(record->number()) + 1;
    row.line_ = static_cast<int>(record->line());
    for (std::size_t i = 0; i < row.cells_.size(); ++i) row.cells_[i].text = without_guard(record->fields()[i]);
  } catch (const core::CsvError& error) {
    row.number_ = static_cast<int>(error.record()) + 1;
    row.line_ = static_cast<int>(error.line());
    row.fault_ = fault_of(error, columns().size(), limits_);
    const bool in_column =
        error.kind() != CsvFault::FieldCount && error.column() > 0 && error.column() <= columns().size();
    if (in_column) row.fault_.column = columns()[error.column() - 1];
    row.cells_.clear();
  }
  return &row;
}

}  // namespace wenming::tables
