#include "http/message.h"

#include <algorithm>
#include <stdexcept>

namespace wenming::http {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

/// One fast search a character: much faster over a long token than one slow search for all of them.
bool holds_any_of(std::string_view text, std::initializer_list<char> characters) {
  return std::any_of(characters.begin(), characters.end(), [&](char c) { return text.find(c) != text.npos; });
}

}  // namespace

Headers::Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  for (const auto& [name, value] : fields) add(name, value);
}

void Headers::add(std::string_view name, std::string_view value) {
  if (name.empty() || holds_any_of(name, {'\r', '\n', '\0', ':', ' '}) || holds_any_of(value, {'\r', '\n', '\0'})) {
    throw std::invalid_argument("a header field has a character that it must not have");
  }
  wire_.reserve(wire_.size() + name.size() + value.size() + 4);
  wire_.append(name).append(": ").append(value).append("\r\n");
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  const std::string_view wire = wire_;
  for (std::size_t line = 0; line < wire.size();) {
    const std::size_t end = wire.find('\r', line);
    const std::size_t colon = line + name.size();
    if (colon < end && wire[colon] == ':' && same_name(wire.substr(line, name.size()), name)) {
      return wire.substr(colon + 2, end - colon - 2);
    }
    line = end + 2;
  }
  return std::nullopt;
}

void Headers::each(const std::function<void(std::string_view, std::string_view)>& visit) const {
  const std::string_view wire = wire_;
  for (std::size_t line = 0; line < wire.size();) {
    const std::size_t end = wire.find('\r', line);
    const std::size_t colon = wire.find(':', line);
    visit(wire.substr(line, colon - line), wire.substr(colon + 2, end - colon - 2));
    line = end + 2;
  }
}

}  // namespace wenming::http
