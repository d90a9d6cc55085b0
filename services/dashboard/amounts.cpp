#include "dashboard/amounts.h"

#include <algorithm>
#include <tuple>

namespace wenming::dashboard {
namespace {

auto place(const Amount& a) {
  return std::tie(a.unit_id, a.day, a.metric);
}

}  // namespace

void merge(std::vector<Amount>& amounts) {
  std::sort(amounts.begin(), amounts.end(), [](const Amount& a, const Amount& b) { return place(a) < place(b); });
  auto last = amounts.begin();  // the sum being built
  for (auto next = amounts.begin(); next != amounts.end(); ++next) {
    if (next == last) continue;
    if (place(*next) == place(*last)) {
      last->amount += next->amount;
      continue;
    }
    if (last->amount != 0) ++last;
    if (last != next) *last = std::move(*next);
  }
  if (last != amounts.end() && last->amount != 0) ++last;
  amounts.erase(last, amounts.end());
}

}  // namespace wenming::dashboard
