#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "domain/rows.h"
#include "domain/value.h"

namespace wenming::store {

/// Queries handed in before their rows are needed: many commands that ask one thing after another then wait for the
/// network together. Of one connection, inside a transaction; see Connection.
class ReadAhead {
 public:
  virtual ~ReadAhead() = default;
  /// Hands the query in, unless it was.
  virtual void ask(std::string_view sql, std::span<const domain::Value> values) = 0;
  /// Its rows, as `query` would give them now; null where it was not asked, or something was written since that they
  /// may depend on. `Connection::query` looks here by itself.
  virtual std::unique_ptr<domain::Cursor> take(std::string_view sql, std::span<const domain::Value> values) = 0;
  /// Whose statements follow: what stays within one aggregate depends on nothing that is written within another.
  /// Absent: of somebody who may depend on everything, and everybody on him.
  virtual void turn_to(std::optional<std::int32_t> aggregate) = 0;
};

}  // namespace wenming::store
