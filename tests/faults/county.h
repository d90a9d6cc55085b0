#pragma once

#include <string>
#include <vector>

#include "e2e/server_process.h"

namespace wenming::faults {

/// The small deployment that the load happens in. Immutable once made; any thread may read.
struct County {
  struct Unit {
    std::string id;
    std::string parent_id;  // empty at the top
  };

  std::vector<Unit> units;  // parents before children; the first is the root
  std::vector<std::string> volunteers, points;
  std::string office_key, unit_key;  // API keys of the office and of a liaison of all units
};

/// Makes it on an empty server and waits until every service knows it.
County make_county(const e2e::ServerProcess& server, int volunteers);

}  // namespace wenming::faults
