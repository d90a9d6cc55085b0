#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "events/kafka/client.h"

namespace wenming::events::kafka {

using TopicPartition = std::pair<std::string, int>;

/// Where the partitions of some topics begin and end, as the brokers say now. It asks over connections of its own: on
/// those of a consumer, an answer waits behind records, or behind half a second of no records.
///
/// Thread-safe; questions wait for each other.
class Ends {
 public:
  using Clock = std::chrono::steady_clock;
  struct Range {
    std::int64_t low = 0, high = 0;
  };

  Ends(const KafkaOptions& options, std::vector<TopicPartition> partitions);

  /// What the partition ended at when asked at `since` or later: one question for all partitions. Nullopt where the
  /// brokers do not say.
  [[nodiscard]] std::optional<std::int64_t> end(const TopicPartition& partition, Clock::time_point since);
  /// Whether the brokers said where all partitions end when asked at `since` or later.
  [[nodiscard]] bool known(Clock::time_point since);
  /// Where the partitions begin, for those of which the brokers say it.
  [[nodiscard]] std::map<TopicPartition, std::int64_t> beginnings();
  /// Throws KafkaError where the brokers do not say.
  [[nodiscard]] Range range(const TopicPartition& partition);

 private:
  using Offsets = std::map<TopicPartition, std::int64_t>;
  void ask();
  [[nodiscard]] std::optional<Offsets> offsets_at(std::int64_t place) const;

  const std::vector<TopicPartition> partitions_;
  const Client client_;
  std::mutex mutex_;  // guards what follows
  Clock::time_point asked_at_ = Clock::time_point::min(), not_before_ = Clock::time_point::min();
  Offsets ends_;  // without those that were not told
};

}  // namespace wenming::events::kafka
