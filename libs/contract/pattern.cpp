#include "contract/pattern.h"

#include <algorithm>
#include <bitset>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <string>

#include "core/text.h"

namespace wenming::contract {
namespace {

// Enough for every sensible length; keeps the set of positions on the stack.
constexpr std::size_t kMaxSteps = 255;

/// Takes the first code point off a text that is UTF-8 and not empty.
char32_t take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t code_point = length == 1 ? lead : lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) code_point = (code_point << 6U) | (byte(i) & 0x3FU);
  text.remove_prefix(length);
  return code_point;
}

void append_code_point(std::string& text, char32_t code_point) {
  const auto append = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (code_point < 0x80) return append(code_point);
  const unsigned continuations = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
  append((0xF0U << (3 - continuations) & 0xFFU) | code_point >> (6 * continuations));
  for (unsigned i = continuations; i-- > 0;) append(0x80U | (code_point >> (6 * i) & 0x3FU));
}

}  // namespace

/// Reads a pattern once, left to right.
class Pattern::Parser {
 public:
  Parser(std::string_view text, Pattern& pattern) : text_(text), pattern_(pattern) {}

  void run() {
    if (!core::is_utf8(text_)) fail("is not UTF-8");
    while (position_ < text_.size()) {
      pattern_.classes_.push_back(read_class());
      add_steps(read_count());
    }
  }

 private:
  struct Count {
    std::size_t least = 1;
    std::optional<std::size_t> most = 1;  // nullopt: without end
  };

  [[noreturn]] void fail(const std::string& why) const {
    throw std::invalid_argument("pattern `" + std::string(text_) + "`: " + why);
  }

  [[nodiscard]] bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }

  char32_t read_code_point() {
    if (position_ == text_.size()) fail("ends too early");
    std::string_view rest = text_.substr(position_);
    const char32_t code_point = take_code_point(rest);
    position_ = text_.size() - rest.size();
    return code_point;
  }

  Class read_class() {
    constexpr std::u32string_view kReserved = U"()|^$*+?{}]";
    const char32_t c = read_code_point();
    if (c == U'[') return read_bracket();
    if (c == U'.') return {{}, true};
    if (c == U'\\') return read_escape();
    if (kReserved.find(c) != std::u32string_view::npos) {
      fail(std::string(1, static_cast<char>(c)) + " at " + std::to_string(position_ - 1) + " is not supported");
    }
    return {{{c, c}}};
  }

  Class read_escape() {
    const char32_t c = read_code_point();
    if (c == U'd') return {{{U'0', U'9'}}};
    if (c == U'w') return {{{U'0', U'9'}, {U'A', U'Z'}, {U'_', U'_'}, {U'a', U'z'}}};
    const bool punctuation =
        c < 0x80 && c > U' ' && !(c >= U'0' && c <= U'9') && !((c | 0x20U) >= U'a' && (c | 0x20U) <= U'z');
    if (!punctuation) fail("unknown escape");
    return {{{c, c}}};
  }

  Class read_bracket() {
    Class result;
    if (at('^')) {
      ++position_;
      result.negated = true;
    }
    while (!at(']')) {
      const char32_t from = read_code_point();
      if (from == U'\\') {
        const Class escape = read_escape();
        result.ranges.insert(result.ranges.end(), escape.ranges.begin(), escape.ranges.end());
        continue;
      }
      const bool range = at('-') && position_ + 1 < text_.size() && text_[position_ + 1] != ']';
      if (range) ++position_;
      const char32_t to = range ? read_code_point() : from;
      if (to < from || to == U'\\') fail("a range runs backwards or ends in an escape");
      result.ranges.emplace_back(from, to);
    }
    ++position_;
    if (result.ranges.empty()) fail("an empty class");
    return result;
  }

  Count read_count() {
    if (position_ == text_.size()) return {};
    switch (text_[position_]) {
      case '?':
        ++position_;
        return {0, 1};
      case '*':
        ++position_;
        return {0, std::nullopt};
      case '+':
        ++position_;
        return {1, std::nullopt};
      case '{':
        ++position_;
        return read_braces();
      default:
        return {};
    }
  }

  Count read_braces() {
    Count count;
    count.least = read_number();
    count.most = count.least;
    if (at(',')) {
      ++position_;
      count.most = at('}') ? std::nullopt : std::optional(read_number());
    }
    if (!at('}')) fail("a count lacks `}`");
    ++position_;
    if (count.most && *count.most < count.least) fail("a count runs backwards");
    return count;
  }

  std::size_t read_number() {
    std::size_t number = 0;
    const char* begin = text_.data() + position_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
    if (error != std::errc()) fail("a count is not a number");
    position_ += static_cast<std::size_t>(end - begin);
    return number;
  }

  void add_steps(const Count& count) {
    const std::size_t last = pattern_.classes_.size() - 1;
    const std::size_t copies = count.most.value_or(std::max<std::size_t>(count.least, 1));
    if (copies > kMaxSteps || pattern_.steps_.size() + copies > kMaxSteps) fail("is too long");
    for (std::size_t i = 0; i < copies; ++i) pattern_.steps_.push_back({last, i >= count.least, false});
    if (!count.most) pattern_.steps_.back().repeats = true;
  }

  std::string_view text_;
  Pattern& pattern_;
  std::size_t position_ = 0;
};

Pattern::Pattern(std::string_view text) {
  Parser(text, *this).run();
}

bool Pattern::Class::takes(char32_t code_point) const {
  const bool inside = std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) {
    return code_point >= range.first && code_point <= range.second;
  });
  return inside != negated;
}

// All positions at which the pattern may stand are followed at once, so that no text makes it walk back.
bool Pattern::matches(std::string_view text) const {
  using Positions = std::bitset<kMaxSteps + 1>;
  const auto skip_optional = [this](Positions& positions) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (positions[i] && steps_[i].optional) positions.set(i + 1);
    }
  };

  Positions now;
  now.set(0);
  skip_optional(now);
  while (!text.empty()) {
    if (now.none()) return false;
    const char32_t code_point = take_code_point(text);
    Positions next;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (!now[i] || !classes_[steps_[i].takes].takes(code_point)) continue;
      next.set(i + 1);
      if (steps_[i].repeats) next.set(i);
    }
    skip_optional(next);
    now = next;
  }
  return now[steps_.size()];
}

std::string Pattern::example() const {
  // A negated class may take out letters; one of these is left by every sensible pattern.
  constexpr std::string_view kCandidates = "aA0-_ ";
  std::string text;
  for (const Step& step : steps_) {
    if (step.optional) continue;
    const Class& taken = classes_[step.takes];
    if (taken.negated) {
      const auto fits = [&](char c) { return taken.takes(static_cast<char32_t>(c)); };
      text += *std::find_if(kCandidates.begin(), kCandidates.end() - 1, fits);
    } else {
      append_code_point(text, taken.ranges.front().first);
    }
  }
  return text;
}

}  // namespace wenming::contract
