#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "store/engine.h"

namespace wenming::store {

/// Inserts many rows with few statements: up to 32 rows each, by powers of two, so that there are few texts to prepare.
class BulkInsert {
 public:
  /// `head` ends in VALUES; `tail` is what follows the rows.
  BulkInsert(std::string_view head, std::size_t columns, std::string_view tail = {});

  /// The values of all rows, one after another. No row may stand on another one.
  void run(Connection& connection, std::span<const domain::Value> values) const;

 private:
  static constexpr std::size_t kSizes = 6;
  const std::size_t columns_;
  std::array<std::string, kSizes> statements_;  // of 1, 2, 4 … rows
};

}  // namespace wenming::store
