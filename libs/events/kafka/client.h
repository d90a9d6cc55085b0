#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "events/kafka/options.h"

namespace wenming::events::kafka {

/// Something that librdkafka could not do.
class KafkaError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// The cluster is not what the options say: nothing that waiting would mend.
class Misfit : public KafkaError {
 public:
  using KafkaError::KafkaError;
};

struct Closer {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_DeleteRecords_t* records) const { rd_kafka_DeleteRecords_destroy(records); }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
  void operator()(const rd_kafka_group_list* groups) const { rd_kafka_group_list_destroy(groups); }
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
using Client = std::unique_ptr<rd_kafka_t, Closer>;
using Conf = std::unique_ptr<rd_kafka_conf_t, Closer>;
using Message = std::unique_ptr<rd_kafka_message_t, Closer>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, Closer>;
using Failure = std::unique_ptr<rd_kafka_error_t, Closer>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Closer>;
using Event = std::unique_ptr<rd_kafka_event_t, Closer>;

/// The configuration that every client begins with: brokers, properties of the deployment, log lines that go where ours
/// go. Throws KafkaError naming a property that librdkafka does not know.
Conf make_conf(const KafkaOptions& options);
void set(rd_kafka_conf_t& conf, const char* name, const std::string& value);
/// Takes the configuration over.
Client make_client(rd_kafka_type_t type, Conf conf);

/// Makes the topics that are not there, kept for ever and with the partitions and copies of the options, and checks
/// those that are. Throws KafkaError where the cluster cannot be reached, Misfit where a topic has other partitions.
void ensure_topics(const KafkaOptions& options, const std::vector<std::string>& topics);

/// Whether any of these topics is there and holds a record. Throws as `ensure_topics`.
bool hold_records(const KafkaOptions& options, const std::vector<std::string>& topics);
/// Those of these groups that have members; a process that was stopped may count as one for ten seconds more. Throws
/// KafkaError where the cluster does not say.
std::vector<std::string> groups_at_work(const KafkaOptions& options, const std::vector<std::string>& groups);
/// Deletes every record of those of these topics that are there. Throws as `ensure_topics`.
void delete_records(const KafkaOptions& options, const std::vector<std::string>& topics);

/// Names the cluster for as long as it exists. Throws KafkaError where it cannot be asked.
std::string cluster_of(rd_kafka_t& client);

}  // namespace wenming::events::kafka
