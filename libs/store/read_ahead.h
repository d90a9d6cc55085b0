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
  /// The rows of the query, as `Connection::query` would give them now, which looks for them here by itself. Null where
  /// they have not come: then the query is handed in, unless it was, and nothing written since that they may depend on.
  virtual std::unique_ptr<domain::Cursor> ask(std::string_view sql, std::span<const domain::Value> values) = 0;
  /// Until the rows of all that was asked have come.
  virtual void wait() = 0;
  /// Whose statements follow: what stays within one aggregate depends on nothing that is written within another.
  /// Absent: of somebody who may depend on everything, and everybody on him.
  virtual void turn_to(std::optional<std::int32_t> aggregate) = 0;
};

}  // namespace wenming::store
