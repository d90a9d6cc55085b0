#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wenming/dashboard/v1/metrics.pb.h"

namespace wenming::dashboard {

/// So much of a figure, for an organisation, on a local day (or in a month, where months are summed).
struct Amount {
  std::string unit_id;
  std::string day;  // `2026-03-05`, or `2026-03`
  v1::Metric metric = v1::METRIC_UNSPECIFIED;
  std::int64_t amount = 0;

  friend bool operator==(const Amount&, const Amount&) = default;
};

/// Sorts, adds up what belongs together, and drops what comes to nothing.
void merge(std::vector<Amount>& amounts);

}  // namespace wenming::dashboard
