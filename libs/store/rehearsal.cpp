#include "store/rehearsal.h"

#include "store/sql_text.h"

namespace wenming::store {

std::unique_ptr<domain::Cursor> Rehearsal::open(std::string_view sql, std::span<const domain::Value> values) {
  if (!written_table(sql).empty()) throw End{false};
  if (auto rows = ahead_.ask(sql, values)) return rows;
  throw End{true};
}

}  // namespace wenming::store
