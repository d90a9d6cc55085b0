#pragma once

#include <chrono>
#include <string_view>

#include "core/time.h"

namespace wenming::testing {

/// A moment as people write it: `at("2026-03-05T09:00+08:00")`; seconds may be left out. Throws std::invalid_argument.
core::Timestamp at(std::string_view text);

inline namespace literals {
constexpr std::chrono::minutes operator""_min(unsigned long long n) {
  return std::chrono::minutes(n);
}
constexpr std::chrono::hours operator""_h(unsigned long long n) {
  return std::chrono::hours(n);
}
constexpr std::chrono::days operator""_d(unsigned long long n) {
  return std::chrono::days(n);
}
}  // namespace literals

}  // namespace wenming::testing
