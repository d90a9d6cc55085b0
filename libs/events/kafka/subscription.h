#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "events/event_source.h"
#include "events/kafka/options.h"

namespace wenming::events {

/// The topics of several services, read by one database: each topic is an EventSource.
///
/// A subscription with a group shares the partitions out among all processes that subscribe with the same group (static
/// membership: one that restarts within the session's time gets its partitions back without disturbing the others).
/// Without a group it reads all partitions by itself, for building a copy.
///
/// Positions are kept by the consumer in its database and nowhere else: whatever was given to this process is read from
/// where the consumer says. One thread takes what the brokers send into memory, a bounded amount per partition.
class KafkaSubscription {
 public:
  /// Makes the topics where they are missing. Throws kafka::Misfit where the cluster does not fit the options. Where it
  /// cannot be reached, a member of a group tries again for ever; without a group that throws kafka::KafkaError.
  KafkaSubscription(KafkaOptions options, const std::set<std::string>& services, std::string group);
  /// Leaves. Its sources must not be read any more.
  ~KafkaSubscription();
  KafkaSubscription(const KafkaSubscription&) = delete;
  KafkaSubscription& operator=(const KafkaSubscription&) = delete;

  /// Why nothing can be received; empty where all is well.
  [[nodiscard]] std::string error() const;
  /// Whether the brokers answer, asked now.
  [[nodiscard]] bool answered() const;
  /// One per service; they live as long as the subscription.
  [[nodiscard]] std::vector<std::shared_ptr<EventSource>> sources() const;

 private:
  class Impl;
  class Topic;
  std::shared_ptr<Impl> impl_;
};

}  // namespace wenming::events
