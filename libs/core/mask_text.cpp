#include "core/mask_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace wenming::core {
namespace {

constexpr std::size_t kMobileDigits = 11;
constexpr std::size_t kIdCharacters = 18;
constexpr std::size_t kVisibleAtEnd = 4;
constexpr std::size_t kVisibleOfMobile = 3;
/// `0731 - 8888` has three characters between its digits.
constexpr std::size_t kMostBetween = 3;

/// One character of the text, as far as it matters.
struct Character {
  enum Kind { Other, Digit, Check, Between, Close };
  Kind kind = Other;
  int digit = 0;
  std::size_t at = 0, bytes = 1;
};

/// Characters beyond ASCII that may stand in a number.
Character::Kind kind_of_wide(unsigned code) {
  constexpr unsigned kFirstDash = 0x2010, kLastDash = 0x2015;
  constexpr std::array kSpacesAndDashes{0xA0U, 0x2212U, 0x3000U, 0xFF0DU};
  if (code >= kFirstDash && code <= kLastDash) return Character::Between;
  if (std::find(kSpacesAndDashes.begin(), kSpacesAndDashes.end(), code) != kSpacesAndDashes.end())
    return Character::Between;
  if (code == 0xFF09) return Character::Close;
  return code == 0xFF38 || code == 0xFF58 ? Character::Check : Character::Other;
}

Character read(std::string_view text, std::size_t at) {
  Character c;
  c.at = at;
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U; };
  unsigned code = byte(0);
  if (code >= 0xE0 && code < 0xF0) {
    c.bytes = 3;
    code = (code & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
  } else if (code >= 0xC0 && code < 0xE0) {
    c.bytes = 2;
    code = (code & 0x1FU) << 6U | (byte(1) & 0x3FU);
  } else if (code >= 0xF0) {
    c.bytes = 4;
    code = 0;
  }
  c.bytes = std::min(c.bytes, text.size() - at);
  constexpr unsigned kWideZero = 0xFF10;
  const unsigned zero = code >= kWideZero ? kWideZero : '0';
  if (code >= zero && code <= zero + 9) {
    c.kind = Character::Digit;
    c.digit = static_cast<int>(code - zero);
  } else if (code == 'X' || code == 'x') {
    c.kind = Character::Check;
  } else if (code == ' ' || code == '-') {
    c.kind = Character::Between;
  } else if (code == ')') {
    c.kind = Character::Close;
  } else if (code >= 0x80) {
    c.kind = kind_of_wide(code);
  }
  return c;
}

/// Digits in a row.
struct Group {
  std::size_t first, count;  // characters
};

/// Looks through the characters, group by group, and marks those to be masked.
class Masker {
 public:
  explicit Masker(std::string_view text) : text_(text) {
    for (std::size_t at = 0; at < text.size(); at += characters_.back().bytes) characters_.push_back(read(text, at));
    masked_.resize(characters_.size());
  }

  std::string run() {
    for (std::size_t i = 0; i < characters_.size();) i = characters_[i].kind == Character::Digit ? take_run(i) : i + 1;
    std::string result;
    for (std::size_t i = 0; i < characters_.size(); ++i)
      result.append(masked_[i] ? "*" : text_.substr(characters_[i].at, characters_[i].bytes));
    return result;
  }

 private:
  /// Groups of digits with little between them, from here on; returns where they end.
  std::size_t take_run(std::size_t from) {
    std::vector<Group> groups;
    std::size_t i = from;
    while (true) {
      const std::size_t first = i;
      while (is(i, Character::Digit)) ++i;
      groups.push_back({first, i - first});
      std::size_t next = i;
      if (is(next, Character::Close) && is_area_code(groups.back())) ++next;
      while (is(next, Character::Between) && next - i < kMostBetween) ++next;
      if (next == i || !is(next, Character::Digit)) break;
      i = next;
    }
    for (std::span<const Group> rest = groups; !rest.empty();) {
      std::size_t taken = take_identity(rest);
      if (taken == 0) taken = take_mobile(rest);
      if (taken == 0) taken = take_landline(rest);
      rest = rest.subspan(std::max<std::size_t>(taken, 1));
    }
    return i;
  }

  [[nodiscard]] bool is(std::size_t i, Character::Kind kind) const {
    return i < characters_.size() && characters_[i].kind == kind;
  }
  [[nodiscard]] int digit(std::size_t i) const { return characters_[i].digit; }

  /// The characters of the first of these groups that have so many digits together; empty where none have.
  [[nodiscard]] std::vector<std::size_t> digits_of(std::span<const Group> groups, std::size_t count,
                                                   std::size_t& taken) const {
    std::vector<std::size_t> digits;
    for (taken = 0; taken < groups.size() && digits.size() < count; ++taken)
      for (std::size_t i = 0; i < groups[taken].count; ++i) digits.push_back(groups[taken].first + i);
    if (digits.size() != count) digits.clear();
    return digits;
  }

  void hide(std::span<const std::size_t> characters) {
    for (const std::size_t i : characters) masked_[i] = true;
  }

  [[nodiscard]] int number(std::span<const std::size_t> digits) const {
    int value = 0;
    for (const std::size_t i : digits) value = value * 10 + digit(i);
    return value;
  }

  /// The place of registration, a date of birth, a running number and a check digit, which may be X.
  std::size_t take_identity(std::span<const Group> groups) {
    std::size_t taken = 0;
    std::vector<std::size_t> characters = digits_of(groups, kIdCharacters, taken);
    if (characters.empty()) {
      characters = digits_of(groups, kIdCharacters - 1, taken);
      if (characters.empty() || !is(characters.back() + 1, Character::Check)) return 0;
      characters.push_back(characters.back() + 1);
    }
    const std::span<const std::size_t> all = characters;
    const int year = number(all.subspan(6, 4)), month = number(all.subspan(10, 2)), day = number(all.subspan(12, 2));
    if (digit(all[0]) == 0 || year < 1880 || year > 2099 || month < 1 || month > 12 || day < 1 || day > 31) return 0;
    hide(all);
    return taken;
  }

  [[nodiscard]] bool is_mobile(std::span<const std::size_t> digits) const {
    return digit(digits[0]) == 1 && digit(digits[1]) >= 3;
  }

  std::size_t take_mobile(std::span<const Group> groups) {
    // With the country's number before it, without anything between.
    for (const std::size_t prefix : {std::size_t{0}, std::size_t{2}, std::size_t{4}}) {
      std::size_t taken = 0;
      const std::vector<std::size_t> characters = digits_of(groups, prefix + kMobileDigits, taken);
      if (characters.empty()) continue;
      const std::span<const std::size_t> digits = std::span(characters).subspan(prefix);
      const int country = number(std::span(characters).first(prefix));
      if ((prefix > 0 && country != 86) || !is_mobile(digits)) continue;
      // Amounts and years in a row are told by their short beginning.
      const bool digit_by_digit = taken == characters.size();
      if (groups[0].count < kVisibleOfMobile && !digit_by_digit) continue;
      hide(digits.subspan(kVisibleOfMobile, kMobileDigits - kVisibleOfMobile - kVisibleAtEnd));
      return taken;
    }
    return 0;
  }

  /// `010`, `02x`, `0731`: how many digits the code has with which these begin; 0 for none.
  [[nodiscard]] std::size_t area_code(std::span<const std::size_t> digits) const {
    if (digits.size() < 3 || digit(digits[0]) != 0) return 0;
    if (digit(digits[1]) == 1) return digit(digits[2]) == 0 ? 3 : 0;
    if (digit(digits[1]) == 2) return 3;
    return digit(digits[1]) >= 3 && digits.size() >= 4 ? 4 : 0;
  }
  [[nodiscard]] bool is_area_code(const Group& group) const {
    std::size_t taken = 0;
    return area_code(digits_of(std::span(&group, 1), group.count, taken)) == group.count;
  }

  std::size_t take_landline(std::span<const Group> groups) {
    for (const std::size_t count : {std::size_t{12}, std::size_t{11}, std::size_t{10}}) {
      std::size_t taken = 0;
      const std::vector<std::size_t> characters = digits_of(groups, count, taken);
      if (characters.empty()) continue;
      const std::span<const std::size_t> digits = characters;
      const std::size_t area = area_code(digits);
      if (area == 0) continue;
      const std::size_t own = count - area;
      if (own < 7 || own > 8 || digit(digits[area]) < 2) continue;
      if (taken > 1 && groups[0].count != area) continue;  // the code stands alone, or everything in one
      hide(digits.subspan(area, own - kVisibleAtEnd));
      return taken;
    }
    return 0;
  }

  const std::string_view text_;
  std::vector<Character> characters_;
  std::vector<bool> masked_;
};

}  // namespace

std::string mask_numbers(std::string_view text) {
  return Masker(text).run();
}

}  // namespace wenming::core
