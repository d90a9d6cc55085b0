#pragma once

#include <string_view>

namespace wenming::tables {

/// Whether a spreadsheet would take this text of a CSV file for a formula and run it: citizens write what an office
/// opens.
inline bool looks_like_formula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
}

/// The text without the apostrophe that keeps it from being one.
inline std::string_view without_guard(std::string_view text) {
  return text.size() > 1 && text.front() == '\'' && looks_like_formula(text.substr(1)) ? text.substr(1) : text;
}

}  // namespace wenming::tables
