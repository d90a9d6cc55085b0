#include "contract/format.h"

#include <algorithm>

#include "core/time.h"

namespace wenming::contract {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_lower_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

/// `0190b5a8-7c3d-7e1f-8a2b-3c4d5e6f7081`, version 4 or 7, the variant of RFC 9562.
bool is_uuid(std::string_view text) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  const auto fits = [](char c, char shape) { return shape == '-' ? c == '-' : is_lower_hex(c); };
  if (text.size() != kShape.size() || !std::equal(text.begin(), text.end(), kShape.begin(), fits)) return false;
  return (text[14] == '4' || text[14] == '7') && std::string_view("89ab").find(text[19]) != std::string_view::npos;
}

/// The program gives out UUIDs, but ids that came in from elsewhere are its own as well.
bool is_id(std::string_view text) {
  const auto allowed = [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), allowed);
}

/// From 110 to the 15 digits of E.164, with an extension's few more.
bool is_phone(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto allowed = [](char c) { return is_digit(c) || c == ' ' || c == '-'; };
  const auto digits = std::count_if(text.begin(), text.end(), is_digit);
  return digits >= 3 && digits <= 20 && text.size() <= 32 && is_digit(text.front()) && is_digit(text.back()) &&
         std::all_of(text.begin(), text.end(), allowed);
}

bool is_url(std::string_view text) {
  constexpr std::size_t kLongest = 2'000;
  const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || text.size() > kLongest) return false;
  const std::string_view host = text.substr(scheme, text.find_first_of("/?#", scheme) - scheme);
  return !host.empty() && text.find_first_of(" \"<>\\^`{|}") == std::string_view::npos;
}

/// 1900 to 2999: further than any record reaches, and far enough from the years 0 and 9999 that days and months can be
/// counted on from there.
bool is_usual_year(std::string_view text) {
  return text.starts_with("19") || text.starts_with('2');
}

}  // namespace

bool is_of_format(std::string_view text, v1::Format format) {
  switch (format) {
    case v1::FORMAT_DATE:
      return is_usual_year(text) && core::parse_date(text).has_value();
    case v1::FORMAT_MONTH:
      return is_usual_year(text) && core::parse_month(text).has_value();
    case v1::FORMAT_UUID:
      return is_uuid(text);
    case v1::FORMAT_ID:
      return is_id(text);
    case v1::FORMAT_PHONE:
      return is_phone(text);
    case v1::FORMAT_URL:
      return is_url(text);
    default:
      return true;
  }
}

std::string_view format_name(v1::Format format) {
  switch (format) {
    case v1::FORMAT_DATE:
      return "date from 1900 to 2999 (2026-03-05)";
    case v1::FORMAT_MONTH:
      return "month from 1900 to 2999 (2026-03)";
    case v1::FORMAT_UUID:
      return "UUID";
    case v1::FORMAT_ID:
      return "id";
    case v1::FORMAT_PHONE:
      return "phone number";
    case v1::FORMAT_URL:
      return "URL";
    default:
      return "text";
  }
}

bool has_control_character(std::string_view text, bool multiline) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_layout = multiline && (byte == '\n' || byte == '\r' || byte == '\t');
    if ((byte < 0x20 && !is_layout) || byte == 0x7F) return true;
    // U+0080 to U+009F
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

}  // namespace wenming::contract
