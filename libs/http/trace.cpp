#include "http/trace.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace wenming::http {
namespace {

// version "-" trace-id "-" parent-id "-" flags
constexpr std::size_t kTraceAt = 3, kTraceLength = 32;
constexpr std::size_t kParentAt = 36, kParentLength = 16;
constexpr std::size_t kFlagsAt = 53;
constexpr std::size_t kLength = 55;
constexpr std::string_view kDigits = "0123456789abcdef";

bool is_hex(std::string_view text) {
  return text.find_first_not_of(kDigits) == text.npos;
}
bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == text.npos;
}

void append_hex(std::string& out, std::uint64_t value) {
  std::array<char, 16> digits;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, value >>= 4) *digit = kDigits[value & 0xf];
  out.append(digits.data(), digits.size());
}

}  // namespace

bool is_traceparent(std::string_view text) {
  if (text.size() < kLength || text[2] != '-' || text[kParentAt - 1] != '-' || text[kFlagsAt - 1] != '-') return false;
  const std::string_view version = text.substr(0, 2);
  if (!is_hex(version) || version == "ff") return false;
  // Later versions may append fields; version 0 is exactly this long.
  if (version == "00" ? text.size() != kLength : text.size() > kLength && text[kLength] != '-') return false;
  const std::string_view trace = text.substr(kTraceAt, kTraceLength);
  const std::string_view parent = text.substr(kParentAt, kParentLength);
  return is_hex(trace) && !is_zero(trace) && is_hex(parent) && !is_zero(parent) && is_hex(text.substr(kFlagsAt, 2));
}

std::string_view trace_id_of(std::string_view traceparent) {
  return traceparent.substr(kTraceAt, kTraceLength);
}

bool is_sane_request_id(std::string_view id) {
  constexpr std::size_t kLongest = 64;
  return !id.empty() && id.size() <= kLongest && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.' || c == ':';
  });
}

TraceSource::TraceSource() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device()};
  random_.seed(seed);
}

std::string TraceSource::begin() {
  std::string text;
  text.reserve(kLength);
  text += "00-";
  append_hex(text, random_());
  append_hex(text, random_() | 1);  // never all zero
  text += '-';
  append_hex(text, random_() | 1);
  text += "-00";
  return text;
}

}  // namespace wenming::http
