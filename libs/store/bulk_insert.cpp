#include "store/bulk_insert.h"

namespace wenming::store {

BulkInsert::BulkInsert(std::string_view head, std::size_t columns, std::string_view tail) : columns_(columns) {
  for (std::size_t size = 0; size < kSizes; ++size) {
    std::string& statement = statements_[size];
    statement = head;
    std::size_t number = 0;
    for (std::size_t row = 0; row < std::size_t{1} << size; ++row) {
      statement += row == 0 ? " (" : ", (";
      for (std::size_t column = 0; column < columns; ++column)
        statement += (column == 0 ? "$" : ", $") + std::to_string(++number);
      statement += ')';
    }
    statement += ' ';
    statement += tail;
  }
}

void BulkInsert::run(Connection& connection, std::span<const domain::Value> values) const {
  for (std::size_t size = kSizes; size-- > 0;) {
    const std::size_t count = columns_ << size;
    while (values.size() >= count) {
      connection.execute(statements_[size], values.first(count));
      values = values.subspan(count);
    }
  }
}

}  // namespace wenming::store
