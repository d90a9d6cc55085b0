#include "store/catalogue.h"

#include <algorithm>

namespace wenming::store {

std::vector<Table> tables_of(domain::Cursor& cursor) {
  std::vector<Table> tables;
  while (cursor.next()) {
    const domain::Row row(cursor);
    if (tables.empty() || tables.back().name != row.text(0)) tables.push_back({std::string(row.text(0)), {}, {}});
    Table& table = tables.back();
    table.columns.push_back({std::string(row.text(1)), row.boolean(2)});
    const auto place = static_cast<std::size_t>(row.integer(3));
    if (place == 0) continue;
    table.key.resize(std::max(table.key.size(), place));
    table.key[place - 1] = table.columns.back();
  }
  for (Table& table : tables)
    if (table.key.empty()) table.key = table.columns;
  return tables;
}

}  // namespace wenming::store
