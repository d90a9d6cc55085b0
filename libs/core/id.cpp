#include "core/id.h"

#include <algorithm>
#include <cstring>

namespace wenming::core {
namespace {

constexpr std::uint64_t kCounterEnd = 1 << 12;
constexpr std::uint64_t kFreshCounterMask =
    (1 << 11) - 1;  // starts in the lower half: half the numbers are always left
constexpr std::uint64_t kMillisecondMask = (std::uint64_t{1} << 48) - 1;
constexpr std::size_t kTextSize = 36;

constexpr bool is_hyphen_position(std::size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

std::string text_of(std::uint64_t high, std::uint64_t low) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(kTextSize, '-');
  unsigned shift = 64;
  std::uint64_t word = high;
  for (std::size_t i = 0; i < kTextSize; ++i) {
    if (is_hyphen_position(i)) continue;
    shift -= 4;
    text[i] = kDigits[word >> shift & 0xf];
    if (shift == 0) {
      shift = 64;
      word = low;
    }
  }
  return text;
}

}  // namespace

std::string IdGenerator::next(Timestamp now) {
  const std::int64_t millisecond = std::max<std::int64_t>(now.micros() / 1000, 0);
  const std::uint64_t chance = draw();
  if (millisecond > millisecond_) {
    millisecond_ = millisecond;
    counter_ = draw() & kFreshCounterMask;
  } else if (++counter_ == kCounterEnd) {
    ++millisecond_;
    counter_ = draw() & kFreshCounterMask;
  }
  constexpr std::uint64_t kVersion7 = 7 << 12;
  constexpr std::uint64_t kVariant = std::uint64_t{0b10} << 62;
  const std::uint64_t high = (static_cast<std::uint64_t>(millisecond_) & kMillisecondMask) << 16 | kVersion7 | counter_;
  return text_of(high, kVariant | chance >> 2);
}

std::uint64_t IdGenerator::draw() {
  std::uint64_t word;
  if (used_ == drawn_.size()) {
    random_.fill(drawn_);
    used_ = 0;
  }
  std::memcpy(&word, drawn_.data() + used_, sizeof word);
  used_ += sizeof word;
  return word;
}

bool is_uuid(std::string_view text) {
  if (text.size() != kTextSize) return false;
  for (std::size_t i = 0; i < kTextSize; ++i) {
    const char c = text[i];
    const bool lower_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (is_hyphen_position(i) ? c != '-' : !lower_hex) return false;
  }
  const bool known_version = text[14] == '4' || text[14] == '7';
  const bool standard_variant = text[19] == '8' || text[19] == '9' || text[19] == 'a' || text[19] == 'b';
  return known_version && standard_variant;
}

}  // namespace wenming::core
