#include "tables/number_format.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>

#include "core/time.h"

namespace wenming::tables {
namespace {

namespace v1 = contract::v1;

constexpr double kExactNumbers = 1e15;  // a spreadsheet keeps 15 digits
constexpr double kLastDay = 2'958'465;  // 9999-12-31
constexpr double kDaysTo1904 = 1462;
constexpr std::int64_t kDaySeconds = 86'400;

/// The code without what is shown as it stands: quoted and escaped characters, colours, conditions and languages in
/// brackets. Only the part for positive numbers.
std::string bare(std::string_view code) {
  std::string letters;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == ';') break;
    if (c == '"' || c == '[') {
      const std::size_t end = code.find(c == '"' ? '"' : ']', i + 1);
      if (end == std::string_view::npos) break;
      i = end;
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else {
      letters += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return letters;
}

std::optional<double> parsed(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::string time_text(std::int64_t seconds) {
  return fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

/// Day 60 of the count from 1900 is 29 February of that year, which never was.
core::Date day_of(std::int64_t serial) {
  const core::Date day_zero = serial < 60 ? core::Date(1899, 12, 31) : core::Date(1899, 12, 30);
  return day_zero + std::chrono::days(serial);
}

Cell date_cell(double serial, NumberFormat::Shows shows, bool from_1904, std::string_view shown) {
  using Shows = NumberFormat::Shows;
  if (from_1904 && shows != Shows::TimeOfDay) serial += kDaysTo1904;
  // To the second: the fraction of a day has no exact form.
  const std::int64_t seconds = std::llround(std::fmod(serial, 1.0) * static_cast<double>(kDaySeconds));
  const std::int64_t day = static_cast<std::int64_t>(serial) + seconds / kDaySeconds;
  if (shows == Shows::TimeOfDay && serial >= 0 && day == 0) return {time_text(seconds)};
  if (serial < 1 || serial >= kLastDay + 1 || day > static_cast<std::int64_t>(kLastDay)) {
    return {std::string(shown), {v1::ROW_PROBLEM_DATE_RANGE, {{"value", std::string(shown)}}}};
  }
  const std::string text = core::to_text(day_of(day));
  return {shows == Shows::Day ? text : text + 'T' + time_text(seconds % kDaySeconds)};
}

}  // namespace

NumberFormat NumberFormat::builtin(int id) {
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || id == 57 || id == 58) {
    return {Shows::Day};
  }
  if (id >= 18 && id <= 21) return {Shows::TimeOfDay};
  if (id == 22) return {Shows::Moment};
  if ((id >= 32 && id <= 35) || id == 45 || id == 47 || id == 55 || id == 56) return {Shows::TimeOfDay};
  return {};
}

NumberFormat NumberFormat::custom(std::string_view code) {
  const std::string letters = bare(code);
  if (letters == "general") return {};
  const bool time = letters.find_first_of("hs") != std::string::npos;
  const bool date =
      letters.find_first_of("yd") != std::string::npos || (!time && letters.find('m') != std::string::npos);
  if (date) return {time ? Shows::Moment : Shows::Day};
  if (time) return {Shows::TimeOfDay};
  const bool zeros = !letters.empty() && letters.find_first_not_of('0') == std::string::npos;
  return {Shows::Number, zeros ? letters.size() : 0};
}

Cell number_cell(std::string_view number, NumberFormat format, bool from_1904) {
  const std::optional<double> value = parsed(number);
  if (!value) return {std::string(number), {v1::ROW_PROBLEM_ERROR_VALUE, {{"value", std::string(number)}}}};
  if (format.shows != NumberFormat::Shows::Number) return date_cell(*value, format.shows, from_1904, number);
  if (*value != std::floor(*value)) return {fmt::format("{}", *value)};
  const std::string digits = fmt::format("{:.0f}", *value == 0 ? 0.0 : *value);
  if (std::abs(*value) >= kExactNumbers) return {digits, {v1::ROW_PROBLEM_DIGITS_LOST}};
  if (digits.size() >= format.digits || *value < 0) return {digits};
  return {std::string(format.digits - digits.size(), '0') + digits};
}

}  // namespace wenming::tables
