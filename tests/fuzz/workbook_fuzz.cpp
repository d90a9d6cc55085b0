// Whatever the parts of a workbook hold: it is refused, or read to its end. The input is the sheet, the texts, the
// styles and the list of sheets, with a zero between them; the ZIP around them is sound, so that mutations reach the
// parts.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/text.h"
#include "domain/refusal.h"
#include "tables/table.h"
#include "tables/test_support.h"

namespace {

using namespace wenming;

constexpr tables::Limits kLimits{
    .columns = 16, .cell_bytes = 64, .row_bytes = 256, .unpacked_bytes = 1 << 20, .merged_areas = 8};

void require(bool truth) {
  if (!truth) std::abort();
}

std::string workbook_of(std::string_view input) {
  tables::testing::Parts parts = tables::testing::workbook_parts({});
  for (const char* const name :
       {"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"}) {
    const std::size_t end = input.find('\0');
    parts[name] = input.substr(0, end);
    if (end == std::string_view::npos) break;
    input.remove_prefix(end + 1);
  }
  return tables::testing::zipped(parts, "zip:compression=store");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = workbook_of({reinterpret_cast<const char*>(data), size});
  tables::TextSource source(bytes);
  try {
    const auto table = tables::open_table(source, {.limits = kLimits});
    require(table->columns().size() <= kLimits.columns);
    int last = 0;
    while (const tables::Row* row = table->next()) {
      require(row->number() > last);
      last = row->number();
      for (const tables::Cell& cell : row->cells()) require(core::is_utf8(cell.text));
    }
  } catch (const domain::Refusal&) {
    return 0;
  }
  return 0;
}
