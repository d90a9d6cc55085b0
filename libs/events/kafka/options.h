#pragma once

#include <map>
#include <string>

namespace wenming::events {

/// How to work with an Apache Kafka cluster.
struct KafkaOptions {
  std::string brokers;             // `host:port`, separated by commas
  std::string prefix = "wenming";  // of topics and groups: deployments that share a cluster have different ones
  int partitions = 6;              // of each topic; fixed once the topic is made
  int replication = 1;             // copies of each partition
  std::string instance;            // names this process among those that share partitions out; the same after a restart
  /// What else librdkafka is to be told (`security.protocol`, `sasl.username` …); librdkafka's CONFIGURATION.md.
  std::map<std::string, std::string> properties;
  std::string properties_file;  // with more of them, `name=value` a line: those that are secret
};

/// The log of a service: `wenming.volunteer.v1`.
inline std::string topic_of(const KafkaOptions& options, const std::string& service) {
  return options.prefix + "." + service + ".v1";
}

/// Those who read for this service's database: `wenming.dashboard`.
inline std::string group_of(const KafkaOptions& options, const std::string& service) {
  return options.prefix + "." + service;
}

}  // namespace wenming::events
