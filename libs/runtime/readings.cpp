#include "runtime/readings.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/log.h"

namespace wenming::runtime {
namespace {

using events::ConsumerStatus;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

MetricFamily family(const char* name, const char* help, MetricType type = MetricType::Gauge) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

template <class Number>
void add(MetricFamily& family, Labels labels, Number value) {
  ClientMetric& metric = family.metric.emplace_back();
  metric.label = std::move(labels);
  if (family.type == MetricType::Counter) {
    metric.counter.value = static_cast<double>(value);
  } else {
    metric.gauge.value = static_cast<double>(value);
  }
}

/// The other figures are worth having where the database cannot be asked.
std::optional<std::int64_t> open_dead_letters(const Node& node) {
  try {
    return node.dead_letters().open_count();
  } catch (const std::exception& fault) {
    core::log::warning("dead letters could not be counted", {{"service", node.name()}, {"error", fault.what()}});
    return std::nullopt;
  }
}

/// What each node says.
class NodeReadings {
 public:
  void read(const Node& node) {
    const Labels service{{"service", node.name()}};
    read_consumers(node);
    if (const auto relay = node.relay()) {
      add(relay_leads_, service, relay->leads);
      add(relay_failing_, service, !relay->error.empty());
      add(relay_lag_, service, relay->lag());
    }
    if (const auto answers = node.kafka_answers()) add(kafka_, service, *answers);
    if (const auto letters = open_dead_letters(node)) add(dead_letters_, service, *letters);
    if (const auto* live = node.running()->live()) add(live_streams_, service, live->subscriptions());
    if (const auto connections = node.database_connections()) {
      add(connections_, service, connections->opened);
      add(failed_connections_, service, connections->failed);
    }
  }

  void give(std::vector<MetricFamily>& all) {
    for (MetricFamily* family : {&lag_, &consumers_, &relay_leads_, &relay_failing_, &relay_lag_, &kafka_,
                                 &dead_letters_, &live_streams_, &connections_, &failed_connections_})
      if (!family->metric.empty()) all.push_back(std::move(*family));
  }

 private:
  void read_consumers(const Node& node) {
    std::map<std::string, std::map<ConsumerStatus::State, int>> states;
    for (const ConsumerStatus& consumer : node.consumers()) {
      ++states[consumer.source][consumer.state];
      const auto lag = consumer.lag();
      if (!lag) continue;
      add(lag_,
          {{"service", node.name()}, {"source", consumer.source}, {"partition", std::to_string(consumer.partition)}},
          *lag);
    }
    using State = ConsumerStatus::State;
    for (auto& [source, count] : states)
      for (const State state : {State::Running, State::Pausing, State::Stopped})
        add(consumers_, {{"service", node.name()}, {"source", source}, {"state", std::string(name_of(state))}},
            count[state]);
  }

  MetricFamily lag_ = family("wenming_journal_lag", "Rows of the log that the consumer has not applied yet.");
  MetricFamily consumers_ = family("wenming_consumer_partitions", "Partitions that this process applies, by state.");
  MetricFamily relay_leads_ = family("wenming_relay_leads", "1 where this process sends the service's events.");
  MetricFamily relay_failing_ = family("wenming_relay_failing", "1 where sending, or taking it over, fails.");
  MetricFamily relay_lag_ = family("wenming_relay_lag", "Rows of the journal that are not known to be sent.");
  MetricFamily kafka_ = family("wenming_kafka_connected", "1 where the brokers answer.");
  MetricFamily dead_letters_ = family("wenming_dead_letters", "Events that were put aside and wait for an operator.");
  MetricFamily live_streams_ = family("wenming_live_streams", "Open live streams.");
  MetricFamily connections_ = family("wenming_database_connections_total",
                                     "Connections to the database that were opened.", MetricType::Counter);
  MetricFamily failed_connections_ =
      family("wenming_failed_database_connections_total", "Connections to the database that could not be opened.",
             MetricType::Counter);
};

void read(cache::RedisCache& shared, std::vector<MetricFamily>& all) {
  const bool connected = shared.answers();
  const cache::RedisCacheCounters counters = shared.counters();
  const auto give = [&](const char* name, const char* help, MetricType type, auto value) {
    add(all.emplace_back(family(name, help, type)), {}, value);
  };
  give("wenming_redis_connected", "1 where Redis answers.", MetricType::Gauge, connected);
  give("wenming_redis_hits_total", "Answers found in Redis.", MetricType::Counter, counters.hits);
  give("wenming_redis_misses_total", "Answers not found in Redis.", MetricType::Counter, counters.misses);
  give("wenming_redis_failures_total", "Calls of Redis that failed, or were spared because one had just failed.",
       MetricType::Counter, counters.failures);
}

}  // namespace

std::vector<MetricFamily> readings(std::span<Node* const> nodes, cache::RedisCache* shared) {
  std::vector<MetricFamily> all;
  NodeReadings of_nodes;
  for (const Node* node : nodes) of_nodes.read(*node);
  of_nodes.give(all);
  if (shared != nullptr) read(*shared, all);
  return all;
}

}  // namespace wenming::runtime
