#include "testing/moments.h"

#include <stdexcept>
#include <string>

namespace wenming::testing {

core::Timestamp at(std::string_view text) {
  constexpr std::size_t kToTheMinute = std::string_view("2026-03-05T09:00").size();
  std::string whole(text);
  if (whole.size() > kToTheMinute && whole[kToTheMinute] != ':') whole.insert(kToTheMinute, ":00");
  const auto moment = core::parse_rfc3339(whole);
  if (!moment) throw std::invalid_argument("no moment: " + std::string(text));
  return *moment;
}

}  // namespace wenming::testing
