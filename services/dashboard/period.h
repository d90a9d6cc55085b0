#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace wenming::dashboard {

/// Local days from the first to the last, both included; open where one is absent.
struct Period {
  std::optional<core::Date> from, to;

  /// Reads two days as requests give them (checked by the contract; empty: open). Throws Refusal `period_backwards`.
  static Period of(std::string_view from, std::string_view to);

  /// The period before, of the same length: as many whole months for whole months, else as many days. Nullopt for an
  /// open period.
  [[nodiscard]] std::optional<Period> before() const;

  friend bool operator==(const Period&, const Period&) = default;
};

/// `[from, to)` as texts that compare like the days or months they name.
struct Range {
  std::string from, to;
  [[nodiscard]] bool empty() const { return from >= to; }
};

/// A period cut where whole months begin and end, so that few rows tell its sum: months, and the days at both edges.
struct Cut {
  Range months, days_before, days_after;
};
Cut cut(const Period& period);

}  // namespace wenming::dashboard
