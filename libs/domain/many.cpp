#include "domain/many.h"

namespace wenming::domain {
namespace {

constexpr std::size_t kSizes = 7;  // up to 64 rows

}  // namespace

Many::Many(std::string_view head, std::size_t columns, std::string_view tail, bool rows) : columns_(columns) {
  for (std::size_t size = 0; size < kSizes; ++size) {
    std::string& statement = statements_.emplace_back(head);
    statement += rows ? " (" : " IN (";
    const std::size_t count = columns << size;
    for (std::size_t number = 0; number < count; ++number) {
      if (number > 0) statement += rows && number % columns == 0 ? "), (" : ", ";
      statement += '$' + std::to_string(number + 1);
    }
    statement += ") ";
    statement += tail;
  }
}

}  // namespace wenming::domain
