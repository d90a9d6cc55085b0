#include "events/positions.h"

#include <array>
#include <stdexcept>

namespace wenming::events {
namespace {

using domain::to_value;
using domain::Value;

void insert(store::Connection& connection, const StoredMark& stored) {
  const std::array<Value, 7> row{to_value(stored.source),
                                 to_value(stored.partition),
                                 to_value(stored.mark.position.epoch),
                                 to_value(stored.mark.position.number),
                                 to_value(stored.mark.epoch),
                                 to_value(stored.mark.sequence),
                                 to_value(stored.mark.index)};
  connection.execute(
      "INSERT INTO consumer_positions (source, log_partition, epoch, position, event_epoch, sequence, event_index) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
      row);
}

}  // namespace

std::vector<StoredMark> stored_marks(store::Connection& connection) {
  std::vector<StoredMark> marks;
  for (const domain::Row& row : domain::Rows(connection.query(
           "SELECT source, log_partition, epoch, position, event_epoch, sequence, event_index FROM consumer_positions "
           "ORDER BY source, log_partition",
           {}))) {
    marks.push_back({std::string(row.text(0)), static_cast<int>(row.integer(1)),
                     Mark{{std::string(row.text(2)), row.integer(3)},
                          std::string(row.text(4)),
                          row.integer(5),
                          static_cast<int>(row.integer(6))}});
  }
  return marks;
}

void begin_logs_anew(store::Connection& connection, int partitions_before, int partitions) {
  if (partitions_before != partitions && partitions_before != 1)
    throw std::logic_error("marks of several partitions hold for no others");
  const std::vector<StoredMark> marks = stored_marks(connection);
  connection.execute("DELETE FROM consumer_positions", {});
  connection.execute("DELETE FROM relay_positions", {});
  for (StoredMark stored : marks) {
    stored.mark.position = {};
    insert(connection, stored);
    for (stored.partition = 1; partitions_before == 1 && stored.partition < partitions; ++stored.partition)
      insert(connection, stored);
  }
}

}  // namespace wenming::events
