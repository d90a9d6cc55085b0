// Whatever bytes come as a file: it is refused, or it is read to its end, with rows that go upwards, cells within their
// bounds and texts in UTF-8.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/text.h"
#include "domain/refusal.h"
#include "tables/table.h"

namespace {

using namespace wenming;

// Small, so that short inputs reach them.
constexpr tables::Limits kLimits{
    .columns = 16, .cell_bytes = 64, .row_bytes = 256, .unpacked_bytes = 1 << 20, .merged_areas = 8};

void require(bool truth) {
  if (!truth) std::abort();
}

void check(const tables::Row& row, std::size_t columns, int last) {
  require(row.number() > last);
  if (row.fault()) return require(row.cells().empty());
  require(row.cells().size() == columns);
  for (const tables::Cell& cell : row.cells()) {
    require(cell.text.size() <= kLimits.cell_bytes || cell.fault);
    require(core::is_utf8(cell.text));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tables::TextSource source({reinterpret_cast<const char*>(data), size});
  try {
    const auto table = tables::open_table(source, {.limits = kLimits});
    int last = 0;
    while (const tables::Row* row = table->next()) {
      if (!row->fault()) check(*row, table->columns().size(), last);
      last = row->number();
    }
  } catch (const domain::Refusal&) {
    return 0;
  }
  return 0;
}
