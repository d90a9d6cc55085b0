#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "tables/table.h"
#include "tables/workbook.h"

namespace wenming::tables {

/// A sheet of an XLSX workbook, read through while its XML is unpacked: it is never held whole. A cell of a merged area
/// says what the area shows, as people see it; a formula says its stored result.
///
/// The sheet is unpacked twice: which areas are merged stands behind the rows.
class XlsxTable final : public TableReader {
 public:
  XlsxTable(Source& source, const ReadOptions& options);
  ~XlsxTable() override;

  const Row* next() override;

 private:
  class SheetReader;
  struct Area {
    int top, left, bottom, right;
  };
  struct SheetRow {
    int number = 0;
    bool blank = true;  // nothing stands in it but what merged areas show
    std::vector<Cell> cells;
  };
  struct Showing {
    Area area;
    Cell cell;
  };

  bool read_row();
  void read_header();
  [[nodiscard]] bool names_required(const SheetRow& row) const;
  void take_header(const SheetRow& row);
  void show_merged(SheetRow& row);

  Source& source_;
  const ReadOptions options_;
  Workbook book_;
  std::vector<Area> areas_;  // by their top
  std::size_t next_area_ = 0;
  std::vector<Showing> showing_;  // those that the current row lies in
  int first_row_ = 0;             // below the column names
  std::unique_ptr<ZipPart> part_;
  std::unique_ptr<SheetReader> reader_;
  std::unique_ptr<XmlParser> parser_;
  bool unpacked_ = false;
  SheetRow current_;
};

}  // namespace wenming::tables
