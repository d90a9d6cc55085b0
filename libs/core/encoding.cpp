#include "core/encoding.h"

#include <array>
#include <cstdint>

namespace wenming::core {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

constexpr std::uint8_t kNone = 0xff;
using Values = std::array<std::uint8_t, 256>;

/// What each character of an alphabet is worth.
constexpr Values values_of(std::string_view alphabet) {
  Values values{};
  for (auto& value : values) value = kNone;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

/// Characters of `bits` bits each, the last filled up with zeros.
std::string encode(std::string_view bytes, std::string_view alphabet, unsigned bits) {
  std::string text;
  text.reserve((bytes.size() * 8 + bits - 1) / bits + 3);
  std::uint32_t window = 0;
  unsigned held = 0;
  for (const char byte : bytes) {
    window = window << 8 | static_cast<unsigned char>(byte);
    for (held += 8; held >= bits;) {
      held -= bits;
      text += alphabet[window >> held & ((1U << bits) - 1)];
    }
  }
  if (held > 0) text += alphabet[window << (bits - held) & ((1U << bits) - 1)];
  return text;
}

std::optional<std::string> decode(std::string_view text, const Values& values, unsigned bits) {
  std::string bytes;
  bytes.reserve(text.size() * bits / 8);
  std::uint32_t window = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == kNone) return std::nullopt;
    window = window << bits | value;
    held += bits;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>(window >> held & 0xff);
    }
  }
  const bool superfluous_character = held >= bits;
  const bool stray_bits = (window & ((1U << held) - 1)) != 0;
  if (superfluous_character || stray_bits) return std::nullopt;
  return bytes;
}

}  // namespace

std::string hex(std::string_view bytes) {
  return encode(bytes, kHex, 4);
}

std::optional<std::string> from_hex(std::string_view text) {
  static constexpr Values kValues = [] {
    Values values = values_of(kHex);
    for (unsigned char c = 'A'; c <= 'F'; ++c) values[c] = static_cast<std::uint8_t>(c - 'A' + 10);
    return values;
  }();
  return decode(text, kValues, 4);
}

std::string base64(std::string_view bytes) {
  std::string text = encode(bytes, kBase64, 6);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  static constexpr Values kValues = values_of(kBase64);
  if (text.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return decode(text, kValues, 6);
}

std::string base64url(std::string_view bytes) {
  return encode(bytes, kBase64Url, 6);
}

std::optional<std::string> from_base64url(std::string_view text) {
  static constexpr Values kValues = values_of(kBase64Url);
  return decode(text, kValues, 6);
}

std::string crockford32(std::string_view bytes) {
  return encode(bytes, kCrockford, 5);
}

std::optional<std::string> normal_crockford32(std::string_view typed) {
  static constexpr Values kValues = [] {
    Values values = values_of(kCrockford);
    for (unsigned char c = 'A'; c <= 'Z'; ++c) values[c - 'A' + 'a'] = values[c];
    for (const char c : {'O', 'o'}) values[static_cast<unsigned char>(c)] = 0;
    for (const char c : {'I', 'i', 'L', 'l'}) values[static_cast<unsigned char>(c)] = 1;
    return values;
  }();
  std::string code;
  for (const char c : typed) {
    if (c == ' ' || c == '-') continue;
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone) return std::nullopt;
    code += kCrockford[value];
  }
  if (code.empty()) return std::nullopt;
  return code;
}

}  // namespace wenming::core
