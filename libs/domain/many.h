#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/tx.h"

namespace wenming::domain {

/// One statement for many rows: its text for 1, 2, 4 … 64 rows, so that a database has few to prepare. Made once, used
/// by any thread.
class Many {
 public:
  /// `head`, then `(row), (row)` with so many columns each, then `tail`. No row may stand on another one.
  static Many rows(std::string_view head, std::size_t columns, std::string_view tail = {}) {
    return {head, columns, tail, Kind::Rows};
  }
  /// The same where a row may stand there twice: the last one fills the statement up, so that one is enough for what
  /// would take several. For statements whose result somebody waits for.
  static Many repeatable_rows(std::string_view head, std::size_t columns, std::string_view tail) {
    return {head, columns, tail, Kind::RepeatableRows};
  }
  /// `head`, then `IN (value, value)`, then `tail`, filled up likewise.
  static Many values(std::string_view head, std::string_view tail = {}) { return {head, 1, tail, Kind::Values}; }

  /// Calls `use(statement, values)` for as many rows at a time as there are texts for. `all` are the values of all
  /// rows, one after another.
  template <class Use>
  void each(std::span<const Value> all, Use&& use) const {
    std::vector<Value> filled_up;
    while (!all.empty()) {
      const std::size_t size = size_for(all.size() / columns_);
      const std::size_t count = columns_ << size;
      std::span<const Value> some = all.first(std::min(count, all.size()));
      all = all.subspan(some.size());
      if (some.size() < count) some = fill_up(some, count, filled_up);
      use(std::string_view(statements_[size]), some);
    }
  }
  void run(Tx& tx, std::span<const Value> all) const {
    each(all, [&](std::string_view sql, std::span<const Value> values) { tx.run_values(sql, values); });
  }

 private:
  enum class Kind { Rows, RepeatableRows, Values };

  Many(std::string_view head, std::size_t columns, std::string_view tail, Kind kind);
  /// Which of the texts takes the first of so many rows.
  [[nodiscard]] std::size_t size_for(std::size_t rows) const;
  [[nodiscard]] std::span<const Value> fill_up(std::span<const Value> some, std::size_t count,
                                               std::vector<Value>& room) const;

  std::size_t columns_;
  bool fills_up_;
  std::vector<std::string> statements_;  // for 1, 2, 4 … rows
};

}  // namespace wenming::domain
