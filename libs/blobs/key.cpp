#include "blobs/key.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace wenming::blobs {
namespace {

constexpr std::size_t kMostInAll = 512, kMostInPart = 255;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool is_part(std::string_view part) {
  return !part.empty() && part.size() <= kMostInPart && part.front() != '.' &&
         std::all_of(part.begin(), part.end(), is_plain);
}

}  // namespace

bool is_key(std::string_view key) {
  if (key.size() > kMostInAll) return false;
  for (std::string_view rest = key;;) {
    const std::size_t slash = rest.find('/');
    if (!is_part(rest.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    rest.remove_prefix(slash + 1);
  }
}

void check_key(std::string_view key) {
  if (!is_key(key)) throw std::runtime_error("this cannot be the key of a blob: " + std::string(key));
}

}  // namespace wenming::blobs
