#include "events/reaction.h"

#include <charconv>

namespace wenming::events {
namespace {
constexpr std::string_view kPrefix = "reaction:";
}

std::string reaction_name(int hops) {
  return std::string(kPrefix) + std::to_string(hops);
}

int hops_of(std::string_view name) {
  if (!name.starts_with(kPrefix)) return 0;
  name.remove_prefix(kPrefix.size());
  int hops = 0;
  std::from_chars(name.data(), name.data() + name.size(), hops);
  return hops;
}

}  // namespace wenming::events
