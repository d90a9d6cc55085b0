#include "domain/many.h"

#include <bit>

namespace wenming::domain {
namespace {

constexpr std::size_t kSizes = 7;  // up to 64 rows

}  // namespace

Many::Many(std::string_view head, std::size_t columns, std::string_view tail, Kind kind)
    : columns_(columns), fills_up_(kind != Kind::Rows) {
  const bool rows = kind != Kind::Values;
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

std::size_t Many::size_for(std::size_t rows) const {
  const std::size_t at_most = std::min(rows, std::size_t{1} << (kSizes - 1));
  return std::bit_width(fills_up_ ? std::bit_ceil(at_most) : at_most) - 1;
}

std::span<const Value> Many::fill_up(std::span<const Value> some, std::size_t count, std::vector<Value>& room) const {
  room.assign(some.begin(), some.end());
  while (room.size() < count) room.insert(room.end(), some.end() - static_cast<std::ptrdiff_t>(columns_), some.end());
  return room;
}

}  // namespace wenming::domain
