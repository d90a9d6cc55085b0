#include "events/kafka/client.h"

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <string_view>

#include "core/log.h"

namespace wenming::events::kafka {
namespace {

constexpr int kPatience = 10'000;  // milliseconds, for what the cluster is asked at start
constexpr int kReasonLength = 512;
constexpr std::chrono::seconds kPauseBetweenWarnings{10};

/// While a broker is away, every client says so many times a second; one line says it all.
void log_line(const rd_kafka_t* /*client*/, int level, const char* facility, const char* text) {
  constexpr int kWarning = 4;  // syslog's
  static std::atomic<std::int64_t> next{0};
  const std::int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
  std::int64_t due = next.load();
  const std::int64_t pause = std::chrono::steady_clock::duration(kPauseBetweenWarnings).count();
  // The relay means what it sets.
  const bool known = std::string_view(text).find("enable.gapless.guarantee") != std::string_view::npos;
  if (level <= kWarning && !known && now >= due && next.compare_exchange_strong(due, now + pause)) {
    core::log::warning("kafka", {{"facility", facility}, {"text", text}});
  } else {
    core::log::debug("kafka", {{"facility", facility}, {"text", text}});
  }
}

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Closer>;
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, Closer>;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, Closer>;

NewTopic new_topic(const KafkaOptions& options, const std::string& name) {
  std::array<char, kReasonLength> reason{};
  NewTopic topic(
      rd_kafka_NewTopic_new(name.c_str(), options.partitions, options.replication, reason.data(), reason.size()));
  if (!topic) throw KafkaError("topic " + name + ": " + reason.data());
  // The topics are the truth that read models are rebuilt from.
  rd_kafka_NewTopic_set_config(topic.get(), "retention.ms", "-1");
  rd_kafka_NewTopic_set_config(topic.get(), "retention.bytes", "-1");
  rd_kafka_NewTopic_set_config(topic.get(), "cleanup.policy", "delete");
  // The brokers refuse records stamped an hour ahead of them, and a wrong clock of ours must not hold events up. When
  // they happened they say themselves.
  rd_kafka_NewTopic_set_config(topic.get(), "message.timestamp.type", "LogAppendTime");
  // With three copies, an acknowledgement means two of them: one broker may be lost.
  if (options.replication > 2) rd_kafka_NewTopic_set_config(topic.get(), "min.insync.replicas", "2");
  return topic;
}

void create(rd_kafka_t& client, const KafkaOptions& options, const std::vector<std::string>& names) {
  std::vector<NewTopic> topics;
  std::vector<rd_kafka_NewTopic_t*> raw;
  topics.reserve(names.size());
  raw.reserve(names.size());
  for (const std::string& name : names) raw.push_back(topics.emplace_back(new_topic(options, name)).get());
  const AdminOptions admin(rd_kafka_AdminOptions_new(&client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  std::array<char, kReasonLength> reason{};
  rd_kafka_AdminOptions_set_operation_timeout(admin.get(), kPatience, reason.data(), reason.size());
  const Queue queue(rd_kafka_queue_new(&client));
  rd_kafka_CreateTopics(&client, raw.data(), raw.size(), admin.get(), queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), 2 * kPatience));
  if (!event) throw KafkaError("the cluster at " + options.brokers + " does not answer");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw KafkaError("topics cannot be made: " + std::string(rd_kafka_event_error_string(event.get())));
  std::size_t count = 0;
  const auto* const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* const text = rd_kafka_topic_result_error_string(results[i]);
    throw KafkaError("topic " + std::string(rd_kafka_topic_result_name(results[i])) +
                     " cannot be made: " + (text != nullptr ? text : rd_kafka_err2str(error)));
  }
}

/// How many partitions the topic has; 0 where it is not there (yet).
int partitions_of(rd_kafka_t& client, const std::string& name) {
  rd_kafka_topic_t* const topic = rd_kafka_topic_new(&client, name.c_str(), nullptr);
  const rd_kafka_metadata_t* raw = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(&client, 0, topic, &raw, kPatience);
  rd_kafka_topic_destroy(topic);
  const Metadata metadata(raw);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw KafkaError("the cluster cannot be asked about " + name + ": " + rd_kafka_err2str(error));
  return metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
}

/// Those of the topics that are there. Throws Misfit where one has other partitions.
std::vector<std::string> check_partitions(rd_kafka_t& client, const KafkaOptions& options,
                                          const std::vector<std::string>& topics) {
  std::vector<std::string> there;
  for (const std::string& topic : topics) {
    const int partitions = partitions_of(client, topic);
    if (partitions == 0) continue;
    if (partitions != options.partitions) {
      throw Misfit("topic " + topic + " has " + std::to_string(partitions) + " partitions, and the settings say " +
                   std::to_string(options.partitions) + ": that cannot be changed once events are there");
    }
    there.push_back(topic);
  }
  return there;
}

/// Asking for a topic does not make it.
Client make_onlooker(const KafkaOptions& options) {
  Conf conf = make_conf(options);
  set(*conf, "allow.auto.create.topics", "false");
  return make_client(RD_KAFKA_CONSUMER, std::move(conf));
}

/// `name=value` a line; empty lines and those that begin with `#` say nothing.
void read_properties(rd_kafka_conf_t& conf, const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Misfit("cannot read " + path);
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) throw Misfit(path + " has a line that is not NAME=VALUE");
    set(conf, line.substr(0, equals).c_str(), line.substr(equals + 1));
  }
}

}  // namespace

void set(rd_kafka_conf_t& conf, const char* name, const std::string& value) {
  std::array<char, kReasonLength> reason{};
  if (rd_kafka_conf_set(&conf, name, value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK)
    throw KafkaError(reason.data());
}

Conf make_conf(const KafkaOptions& options) {
  Conf conf(rd_kafka_conf_new());
  set(*conf, "bootstrap.servers", options.brokers);
  set(*conf, "client.id", options.instance.empty() ? "wenming" : options.instance);
  set(*conf, "socket.keepalive.enable", "true");
  set(*conf, "reconnect.backoff.max.ms", "2000");
  // So that a topic which is made after we have asked for it is soon found.
  set(*conf, "topic.metadata.refresh.interval.ms", "5000");
  for (const auto& [name, value] : options.properties) set(*conf, name.c_str(), value);
  if (!options.properties_file.empty()) read_properties(*conf, options.properties_file);
  rd_kafka_conf_set_log_cb(conf.get(), &log_line);
  return conf;
}

Client make_client(rd_kafka_type_t type, Conf conf) {
  std::array<char, kReasonLength> reason{};
  Client client(rd_kafka_new(type, conf.get(), reason.data(), reason.size()));
  if (!client) throw KafkaError(reason.data());
  [[maybe_unused]] const auto* const taken_over = conf.release();
  return client;
}

void ensure_topics(const KafkaOptions& options, const std::vector<std::string>& topics) {
  if (topics.empty()) return;
  const Client client = make_client(RD_KAFKA_PRODUCER, make_conf(options));
  create(*client, options, topics);
  check_partitions(*client, options, topics);  // just made, one may not be known to every broker yet
}

bool hold_records(const KafkaOptions& options, const std::vector<std::string>& topics) {
  const Client client = make_onlooker(options);
  for (const std::string& topic : check_partitions(*client, options, topics)) {
    for (int partition = 0; partition < options.partitions; ++partition) {
      std::int64_t low = 0, high = 0;
      const rd_kafka_resp_err_t error =
          rd_kafka_query_watermark_offsets(client.get(), topic.c_str(), partition, &low, &high, kPatience);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        throw KafkaError("the ends of " + topic + " are not known: " + rd_kafka_err2str(error));
      if (low < high) return true;
    }
  }
  return false;
}

std::vector<std::string> groups_at_work(const KafkaOptions& options, const std::vector<std::string>& groups) {
  const Client client = make_onlooker(options);
  std::vector<std::string> at_work;
  for (const std::string& group : groups) {
    const struct rd_kafka_group_list* raw = nullptr;
    const rd_kafka_resp_err_t error = rd_kafka_list_groups(client.get(), group.c_str(), &raw, kPatience);
    const std::unique_ptr<const struct rd_kafka_group_list, Closer> list(raw);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw KafkaError("the cluster cannot be asked about the group " + group + ": " + rd_kafka_err2str(error));
    for (int i = 0; i < list->group_cnt; ++i)
      if (list->groups[i].member_cnt > 0) at_work.push_back(group);
  }
  return at_work;
}

void delete_records(const KafkaOptions& options, const std::vector<std::string>& topics) {
  const Client client = make_onlooker(options);
  const PartitionList ends(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
  for (const std::string& topic : check_partitions(*client, options, topics)) {
    for (int partition = 0; partition < options.partitions; ++partition)
      rd_kafka_topic_partition_list_add(ends.get(), topic.c_str(), partition)->offset = RD_KAFKA_OFFSET_END;
  }
  if (ends->cnt == 0) return;
  const std::unique_ptr<rd_kafka_DeleteRecords_t, Closer> records(rd_kafka_DeleteRecords_new(ends.get()));
  rd_kafka_DeleteRecords_t* raw = records.get();
  const Queue queue(rd_kafka_queue_new(client.get()));
  rd_kafka_DeleteRecords(client.get(), &raw, 1, nullptr, queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), 6 * kPatience));
  if (!event) throw KafkaError("the cluster at " + options.brokers + " does not answer");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw KafkaError("records cannot be deleted: " + std::string(rd_kafka_event_error_string(event.get())));
  const auto* const results = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  for (int i = 0; i < results->cnt; ++i) {
    if (results->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw KafkaError("the records of " + std::string(results->elems[i].topic) +
                       " cannot be deleted: " + rd_kafka_err2str(results->elems[i].err));
  }
}

std::string cluster_of(rd_kafka_t& client) {
  char* const id = rd_kafka_clusterid(&client, kPatience);
  if (id == nullptr) throw KafkaError("the cluster does not answer");
  std::string cluster(id);
  rd_kafka_mem_free(&client, id);
  return cluster;
}

}  // namespace wenming::events::kafka
