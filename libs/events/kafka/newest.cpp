#include "events/kafka/newest.h"

#include <chrono>
#include <set>

#include "events/kafka/client.h"
#include "events/kafka/cloud_event.h"
#include "events/kafka/ends.h"

namespace wenming::events::kafka {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr int kPoll = 100;  // milliseconds

/// Reads single partitions, from where it is told.
Client make_reader(const KafkaOptions& options) {
  Conf conf = make_conf(options);
  set(*conf, "group.id", group_of(options, "copy"));  // asked for, and never joined
  set(*conf, "enable.auto.commit", "false");
  set(*conf, "auto.offset.reset", "error");
  set(*conf, "enable.partition.eof", "true");
  return make_client(RD_KAFKA_CONSUMER, std::move(conf));
}

}  // namespace

std::vector<NewestRecord> newest_records(const KafkaOptions& options, const std::string& service) {
  const std::string topic = topic_of(options, service);
  Ends ends(options, {});
  const PartitionList last(rd_kafka_topic_partition_list_new(options.partitions));
  std::set<int> awaited;
  for (int partition = 0; partition < options.partitions; ++partition) {
    const Ends::Range range = ends.range({topic, partition});
    if (range.low >= range.high) continue;
    rd_kafka_topic_partition_list_add(last.get(), topic.c_str(), partition)->offset = range.high - 1;
    awaited.insert(partition);
  }
  std::vector<NewestRecord> newest;
  if (awaited.empty()) return newest;

  const Client reader = make_reader(options);
  rd_kafka_assign(reader.get(), last.get());
  const auto until = std::chrono::steady_clock::now() + kPatience;
  std::set<std::string, std::less<>> epochs;
  while (!awaited.empty()) {
    if (std::chrono::steady_clock::now() > until)
      throw KafkaError("the newest records of " + topic + " cannot be read");
    const Message message(rd_kafka_consumer_poll(reader.get(), kPoll));
    if (!message) continue;
    // The end without a record before it: the brokers keep something there that is none.
    const bool at_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if ((message->err != RD_KAFKA_RESP_ERR_NO_ERROR && !at_end) || awaited.erase(message->partition) == 0) continue;
    const auto record = at_end ? std::nullopt : read_record(*message, service, epochs);
    newest.push_back(record ? NewestRecord{std::string(record->epoch), record->sequence} : NewestRecord());
  }
  return newest;
}

}  // namespace wenming::events::kafka
