#pragma once

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "events/delivery.h"
#include "events/kafka/client.h"
#include "events/kafka/relay.h"
#include "events/kafka/subscription.h"
#include "events/test_support.h"
#include "testing/kafka_broker.h"

namespace wenming::events::testing {

using wenming::testing::KafkaBroker;

/// A service that publishes through a real broker, and one that listens.
class KafkaTest : public ::testing::Test {
 protected:
  KafkaTest() {
    options_.brokers = KafkaBroker::shared().address();
    options_.partitions = 3;
    options_.prefix = "test-" + std::to_string(std::random_device{}());
    // A broker that is killed is back soon: nobody needs to wait for longer and longer.
    options_.properties = {{"reconnect.backoff.ms", "50"}, {"reconnect.backoff.max.ms", "200"}};
  }

  /// One process that listens: its share of the partitions, and the consumer that applies them.
  class Listening {
   public:
    Listening(Database& database, KafkaOptions options, std::string instance, const std::string& group = "listener")
        : subscription_(with(std::move(options), std::move(instance)), {"volunteer"}, group),
          consumer_(database.store(), handlers_of(database), subscription_.sources(), fast()) {
      consumer_.start();
    }
    ~Listening() { consumer_.stop(); }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;
    [[nodiscard]] std::vector<ConsumerStatus> status() const { return consumer_.status(); }
    [[nodiscard]] bool caught_up() const { return consumer_.caught_up(); }

   private:
    static KafkaOptions with(KafkaOptions options, std::string instance) {
      options.instance = std::move(instance);
      return options;
    }
    KafkaSubscription subscription_;
    Consumer consumer_;
  };

  /// Changes of ten keys, each with versions that count up.
  void publish_some(int count) {
    for (int i = 0; i < count; ++i, ++published_)
      volunteer_.publish({change("key" + std::to_string(published_ % 10), 1 + published_ / 10)});
  }
  void wait_until_all_is_seen() {
    wait_until([&] { return listener_.value<std::int64_t>("SELECT COUNT(*) FROM seen") >= published_; },
               "every event has arrived");
  }
  /// Each event once, each key's in the order of their versions.
  void expect_all_once_in_order() {
    EXPECT_EQ(listener_.value<std::int64_t>("SELECT COUNT(*) FROM seen"), published_);
    std::map<std::string, std::int64_t> versions;
    listener_.store().read([&](domain::ReadTx& tx) {
      for (const domain::Row& row : tx.query("SELECT key, version FROM seen ORDER BY number"))
        EXPECT_EQ(row.integer(1), ++versions[std::string(row.text(0))]) << row.text(0);
    });
    EXPECT_EQ(listener_.value<std::int64_t>("SELECT COUNT(*) FROM dead_letters"), 0);
  }

  KafkaOptions options_;
  Database volunteer_{publisher()}, listener_{listener()};
  std::int64_t published_ = 0;
};

}  // namespace wenming::events::testing
