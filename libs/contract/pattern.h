#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wenming::contract {

/// The patterns of field rules: `[A-Z]{2}-\d{4,12}`. A sequence of characters, classes, `.`, `\d` and `\w`, each with
/// an optional `?`, `*`, `+`, `{n}`, `{n,}` or `{n,m}`; it matches the whole text, code point by code point.
///
/// No groups and no alternatives, which buys a match in time proportional to the text whatever a client sends, on a
/// constant stack (std::regex promises neither), and classes of Chinese characters. Immutable; any thread may ask.
class Pattern {
 public:
  /// Throws std::invalid_argument saying what cannot be read.
  explicit Pattern(std::string_view text);

  /// Whether the whole text, which must be UTF-8, is of the pattern.
  [[nodiscard]] bool matches(std::string_view text) const;

  /// The shortest text of the pattern, for documentation.
  [[nodiscard]] std::string example() const;

 private:
  /// What one step of the pattern takes: the code points within (or, negated, outside) the ranges.
  struct Class {
    std::vector<std::pair<char32_t, char32_t>> ranges;
    bool negated = false;
    [[nodiscard]] bool takes(char32_t code_point) const;
  };
  /// Counts are unrolled: `{2,4}` is two steps that must be taken and two that may be.
  struct Step {
    std::size_t takes;  // index into classes_
    bool optional = false;
    bool repeats = false;
  };
  class Parser;

  std::vector<Class> classes_;
  std::vector<Step> steps_;
};

}  // namespace wenming::contract
