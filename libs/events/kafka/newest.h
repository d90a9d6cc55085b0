#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "events/kafka/options.h"

namespace wenming::events::kafka {

/// Which event a partition ends with.
struct NewestRecord {
  std::string epoch;  // of the database that sent it; empty: it was not written by this system
  std::int64_t sequence = 0;
};

/// Of the partitions of a service's topic that hold any. Throws KafkaError where they cannot be read.
std::vector<NewestRecord> newest_records(const KafkaOptions& options, const std::string& service);

}  // namespace wenming::events::kafka
