#pragma once

#include <istream>

#include "core/csv.h"
#include "tables/charset.h"
#include "tables/table.h"

namespace wenming::tables {

/// A CSV text. Of a cell that begins with `'=`, `'+`, `'-` or `'@`, the apostrophe is dropped: `CsvWriter` put it
/// there, so that a spreadsheet does not take the cell for a formula.
class CsvTable final : public TableReader {
 public:
  CsvTable(Source& source, const ReadOptions& options);

  const Row* next() override;

 private:
  Utf8Stream bytes_;
  std::istream text_;
  std::unique_ptr<core::CsvReader> csv_;
  core::CsvLimits limits_;
};

}  // namespace wenming::tables
