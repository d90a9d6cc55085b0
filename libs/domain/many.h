#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/tx.h"

namespace wenming::domain {

/// One statement for many rows: its text for 1, 2, 4 … rows, so that a database has few to prepare. Made once, used by
/// any thread.
class Many {
 public:
  /// `head`, then `(row), (row)` with so many columns each, then `tail`.
  static Many rows(std::string_view head, std::size_t columns, std::string_view tail = {}) {
    return {head, columns, tail, true};
  }
  /// `head`, then `(value, value)`.
  static Many values(std::string_view head) { return {head, 1, {}, false}; }

  /// Calls `use(statement, values)` for as many rows at a time as there are texts for. `all` are the values of all
  /// rows, one after another; no row may stand on another one.
  template <class Use>
  void each(std::span<const Value> all, Use&& use) const {
    for (std::size_t size = statements_.size(); size-- > 0;) {
      const std::size_t count = columns_ << size;
      while (all.size() >= count) {
        use(std::string_view(statements_[size]), all.first(count));
        all = all.subspan(count);
      }
    }
  }
  void run(Tx& tx, std::span<const Value> all) const {
    each(all, [&](std::string_view sql, std::span<const Value> values) { tx.run_values(sql, values); });
  }

 private:
  Many(std::string_view head, std::size_t columns, std::string_view tail, bool rows);

  std::size_t columns_;
  std::vector<std::string> statements_;
};

}  // namespace wenming::domain
