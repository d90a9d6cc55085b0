#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wenming::core {

/// A moment: microseconds since 1970-01-01T00:00Z. What databases store and transactions reckon with.
class Timestamp {
 public:
  constexpr Timestamp() = default;
  constexpr explicit Timestamp(std::int64_t micros) : micros_(micros) {}

  [[nodiscard]] constexpr std::int64_t micros() const { return micros_; }

  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
  friend constexpr Timestamp operator+(Timestamp t, std::chrono::microseconds d) {
    return Timestamp(t.micros_ + d.count());
  }
  friend constexpr Timestamp operator-(Timestamp t, std::chrono::microseconds d) {
    return Timestamp(t.micros_ - d.count());
  }
  friend constexpr std::chrono::microseconds operator-(Timestamp a, Timestamp b) {
    return std::chrono::microseconds(a.micros_ - b.micros_);
  }

 private:
  std::int64_t micros_ = 0;
};

/// A local calendar day, without a time or an offset.
class Date {
 public:
  constexpr Date() = default;
  constexpr explicit Date(std::chrono::local_days days) : days_(days) {}
  constexpr Date(int year, unsigned month, unsigned day)
      : days_(std::chrono::local_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day))) {}

  [[nodiscard]] constexpr std::chrono::local_days days() const { return days_; }
  [[nodiscard]] constexpr std::chrono::year_month_day ymd() const { return std::chrono::year_month_day(days_); }
  [[nodiscard]] constexpr std::chrono::weekday weekday() const { return std::chrono::weekday(days_); }
  [[nodiscard]] Date first_of_month() const;
  [[nodiscard]] Date first_of_next_month() const;

  friend constexpr auto operator<=>(Date, Date) = default;
  friend constexpr Date operator+(Date d, std::chrono::days n) { return Date(d.days_ + n); }
  friend constexpr Date operator-(Date d, std::chrono::days n) { return Date(d.days_ - n); }
  friend constexpr std::chrono::days operator-(Date a, Date b) { return a.days_ - b.days_; }

 private:
  std::chrono::local_days days_{};
};

/// The one UTC offset of a deployment (China has one zone and no summer time: `+08:00` is the default).
class UtcOffset {
 public:
  constexpr UtcOffset() = default;
  constexpr explicit UtcOffset(std::chrono::minutes offset) : offset_(offset) {}

  /// `+08:00`, `-03:30` or `Z` (zero, written so); nullopt for anything else or beyond ±18:00.
  static std::optional<UtcOffset> parse(std::string_view text);

  [[nodiscard]] constexpr std::chrono::minutes minutes() const { return offset_; }
  [[nodiscard]] std::string text() const;

  /// The local day on which the moment falls.
  [[nodiscard]] Date date_of(Timestamp t) const;
  /// The moment at which the local day begins.
  [[nodiscard]] Timestamp start_of(Date day) const;
  /// Microseconds since local midnight.
  [[nodiscard]] std::chrono::microseconds time_of_day(Timestamp t) const;

 private:
  std::chrono::minutes offset_{8 * 60};
};

/// `2026-03-05T09:00:00+08:00`; fractions of a second are written only where there are any. Offset zero is `Z`, and so
/// is a moment whose local year would not have four digits, so that whatever `parse_rfc3339` takes can be written in
/// any offset. Throws std::out_of_range for moments beyond the years 1 to 9999 of UTC.
std::string to_rfc3339(Timestamp t, UtcOffset offset);
/// Appends the same without a temporary string.
void append_rfc3339(std::string& out, Timestamp t, UtcOffset offset);
/// RFC 3339 with any offset, from year 1 to 9999 of UTC; nullopt if it is not that. Leap seconds read as the second
/// before; digits finer than microseconds are dropped.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

/// `2026-03-05`. Throws std::out_of_range for days beyond the years 1 to 9999.
std::string to_text(Date day);
std::optional<Date> parse_date(std::string_view text);
/// `2026-03`.
std::string month_of(Date day);
/// The first day of `2026-03`.
std::optional<Date> parse_month(std::string_view text);

}  // namespace wenming::core
