#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "core/csv.h"
#include "wenming/hotline/v1/catalogue.pb.h"

namespace wenming::hotline {

/// A CSV file of categories or entries, read row by row. What cannot be taken goes into the response, which must
/// outlive it, as must the text. A file that is no such file is the refusal `import_file`.
class CatalogueFile {
 public:
  CatalogueFile(std::string_view content, std::initializer_list<std::string_view> columns,
                v1::ImportCatalogueResponse& response);

  /// The next readable row; false after the last.
  bool next();
  /// A cell without white space around it; empty where it is blank or the file lacks the column. Longer ones refuse the
  /// row.
  [[nodiscard]] std::string cell(std::string_view column, std::size_t max_length);
  /// Refuses the row for what stands in this column.
  void refuse(std::string_view column, std::string_view reason, std::string_view reason_zh);
  [[nodiscard]] bool row_refused() const { return row_refused_; }

 private:
  core::CsvReader csv_;
  const core::CsvRecord* record_ = nullptr;
  int row_ = 1;
  bool row_refused_ = false;
  v1::ImportCatalogueResponse& response_;
};

}  // namespace wenming::hotline
