#include "events/kafka/ends.h"

#include "core/log.h"

namespace wenming::events::kafka {
namespace {

constexpr int kPatience = 1'000;           // milliseconds, where unknown is an answer too
constexpr int kLongPatience = 10'000;      // milliseconds, where it is not
constexpr std::chrono::seconds kPause{1};  // after no answer, so that nobody waits in vain again and again

}  // namespace

Ends::Ends(const KafkaOptions& options, std::vector<TopicPartition> partitions)
    : partitions_(std::move(partitions)), client_(make_client(RD_KAFKA_PRODUCER, make_conf(options))) {}

std::optional<std::int64_t> Ends::end(const TopicPartition& partition, Clock::time_point since) {
  const std::lock_guard lock(mutex_);
  if (asked_at_ < since) ask();
  const auto found = ends_.find(partition);
  return found == ends_.end() ? std::nullopt : std::optional(found->second);
}

bool Ends::known(Clock::time_point since) {
  const std::lock_guard lock(mutex_);
  if (asked_at_ < since) ask();
  return ends_.size() == partitions_.size();
}

void Ends::ask() {
  asked_at_ = Clock::now();
  ends_.clear();
  if (asked_at_ < not_before_) return;
  if (auto ends = offsets_at(RD_KAFKA_OFFSET_END)) {
    ends_ = std::move(*ends);
  } else {
    not_before_ = Clock::now() + kPause;
  }
}

std::map<TopicPartition, std::int64_t> Ends::beginnings() {
  return offsets_at(RD_KAFKA_OFFSET_BEGINNING).value_or(Offsets());
}

/// One question for all partitions; without those that it was not told of.
std::optional<Ends::Offsets> Ends::offsets_at(std::int64_t place) const {
  const PartitionList all(rd_kafka_topic_partition_list_new(static_cast<int>(partitions_.size())));
  for (const auto& [topic, partition] : partitions_)
    rd_kafka_topic_partition_list_add(all.get(), topic.c_str(), partition)->offset = place;
  const rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client_.get(), all.get(), kPatience);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    core::log::debug("kafka", {{"text", "the ends of the logs are not known"}, {"error", rd_kafka_err2str(error)}});
    return std::nullopt;
  }
  Offsets offsets;
  for (int i = 0; i < all->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = all->elems[i];
    if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR && one.offset >= 0) offsets[{one.topic, one.partition}] = one.offset;
  }
  return offsets;
}

Ends::Range Ends::range(const TopicPartition& partition) {
  Range range;
  const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
      client_.get(), partition.first.c_str(), partition.second, &range.low, &range.high, kLongPatience);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw KafkaError("the ends of " + partition.first + " are not known: " + rd_kafka_err2str(error));
  return range;
}

}  // namespace wenming::events::kafka
