#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "events/event_source.h"
#include "events/kafka/ends.h"

namespace wenming::events::kafka {

/// What one thread has received of partitions, until others read it. Knows of each partition whether it is ours, at
/// which offset reading goes on, and to which offset receiving still has to go.
class Shelf {
 public:
  explicit Shelf(const std::vector<TopicPartition>& partitions);

  // For those who read.

  struct Reading {
    enum class State {
      Here,       // the records, perhaps none
      Underway,   // not ours, or receiving is on its way there: nothing can be said yet
      Elsewhere,  // receiving goes on at another offset
    };
    State state = State::Underway;
    std::vector<Record> records;
    std::int64_t next = 0;  // the offset at which reading goes on
    std::int64_t tenure = 0;
  };
  /// Takes what was received from the offset on.
  Reading read(const TopicPartition& partition, std::int64_t offset, std::size_t limit);
  /// Has receiving go to the offset, and drops what was received; does nothing where the tenure is over.
  void go_to(const TopicPartition& partition, std::int64_t offset, std::int64_t tenure);
  /// 0: another process has it. Else a number that is new each time.
  [[nodiscard]] std::int64_t tenure(const TopicPartition& partition) const;

  // For the thread that receives.

  void assign(const std::vector<TopicPartition>& partitions);
  void revoke(const std::vector<TopicPartition>& partitions);
  void revoke_all();

  /// Where receiving is to go.
  [[nodiscard]] std::map<TopicPartition, std::int64_t> wanted() const;
  /// Receiving has gone to the offset. False: by now it is to go elsewhere.
  [[nodiscard]] bool arrived(const TopicPartition& partition, std::int64_t offset);
  /// The place that was received from is not there any more.
  void lose_place(const TopicPartition& partition);

  enum class Put { Unexpected, Kept, Full };
  /// Keeps what stood at the offset: a record, or none for something that is passed over. Unexpected: it was under way
  /// from before a change. Where readers are behind, waits for them a moment; Full: receiving this partition should
  /// pause until `refreshed` names it.
  Put put(const TopicPartition& partition, std::int64_t offset, std::optional<Record> record);
  /// Partitions that have room again since they were full.
  [[nodiscard]] std::vector<TopicPartition> refreshed();

 private:
  struct Partition {
    std::int64_t tenure = 0;
    std::int64_t next = -1;    // -1: not known yet
    std::int64_t wanted = -1;  // -1: none
    bool full = false;
    std::deque<std::pair<std::int64_t, std::optional<Record>>> kept;
  };

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable room_;
  std::map<TopicPartition, Partition> partitions_;
  std::int64_t tenures_ = 0;
};

}  // namespace wenming::events::kafka
