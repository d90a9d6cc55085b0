#pragma once

#include <google/protobuf/repeated_field.h>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "contract/field_error.h"
#include "core/csv.h"
#include "wenming/identity/v1/imports.pb.h"

namespace wenming::identity {

/// Where a row of an imported file stands.
struct RowPosition {
  int row = 0;   // as a spreadsheet counts
  int line = 0;  // as a text editor counts
};

using RefusedRows = google::protobuf::RepeatedPtrField<v1::RefusedRow>;

/// Names a row that is not taken, and why.
void refuse(RefusedRows& refused, RowPosition at, std::string_view column, v1::RowProblem problem,
            const contract::Arguments& arguments);

/// A CSV file that somebody sent, read row by row. Rows that cannot be read go to `refused`; a file that cannot be
/// read, lacks columns or has too many rows is the refusal `unreadable_file` or `too_many_rows`. The text and `refused`
/// must outlive it.
class ImportedFile {
 public:
  ImportedFile(std::string_view content, std::initializer_list<std::string_view> columns, int max_rows,
               RefusedRows& refused);

  /// The next readable row; false after the last.
  bool next();

  [[nodiscard]] RowPosition position() const { return position_; }
  /// A cell of the row without white space around it; empty where it is blank.
  [[nodiscard]] std::string cell(std::string_view column) const;
  /// The same of a cell that must hold something, but no more than `max_length` characters; refuses the row otherwise.
  [[nodiscard]] std::string required_cell(std::string_view column, std::size_t max_length);
  /// Refuses the row for what stands in this column.
  void refuse(std::string_view column, v1::RowProblem problem, const contract::Arguments& arguments = {});
  /// Whether the row has been refused.
  [[nodiscard]] bool row_refused() const { return row_refused_; }

 private:
  core::CsvReader csv_;
  const core::CsvRecord* record_ = nullptr;
  RowPosition position_{1, 1};
  int max_rows_;
  bool row_refused_ = false;
  RefusedRows& refused_;
};

}  // namespace wenming::identity
