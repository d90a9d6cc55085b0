#pragma once

#include <string>
#include <vector>

#include "events/delivery.h"
#include "store/engine.h"

namespace wenming::events {

/// A row of `consumer_positions`.
struct StoredMark {
  std::string source;
  int partition = 0;
  Mark mark;

  friend bool operator==(const StoredMark&, const StoredMark&) = default;
};

/// All that the database has, by source and partition.
std::vector<StoredMark> stored_marks(store::Connection& connection);

/// Puts a database that was restored or moved before the beginning of its logs, which have so many partitions now: its
/// consumers read all of them from there and pass over what they have applied, its relay sends the whole journal. The
/// logs that were read before had as many partitions, or one, whose marks then go to all: a mark in the order of all
/// events holds for any part of them. In a transaction of the caller's.
void begin_logs_anew(store::Connection& connection, int partitions_before, int partitions);

}  // namespace wenming::events
