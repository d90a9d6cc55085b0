#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "domain/value.h"

namespace wenming::domain {

/// Where a page ended: the order column and the id of its last row. As text it carries the fingerprint of the query
/// that it was given out for, so that it cannot be used for another by mistake; it is no secret, and it grants nothing.
class PageToken {
 public:
  PageToken() = default;
  /// Throws std::logic_error if the key is NULL: such rows have no place in the order.
  PageToken(Value key, Value id);

  /// Nullopt for an empty text (the first page). Throws Refusal `page_token` for anything not given out for this query.
  static std::optional<PageToken> read(std::string_view text, std::uint64_t query);
  [[nodiscard]] std::string text(std::uint64_t query) const;

  [[nodiscard]] Value key() const;
  [[nodiscard]] Value id() const { return std::string_view(id_); }

 private:
  std::variant<std::int64_t, double, std::string> key_;
  std::string id_;
};

/// Tells queries apart: the same for the same SQL and values, in every process.
std::uint64_t fingerprint(std::string_view sql, std::span<const Value> values);

}  // namespace wenming::domain
