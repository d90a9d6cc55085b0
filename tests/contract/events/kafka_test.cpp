#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <map>
#include <optional>

#include "kafka_fixture.h"

namespace wenming::events::testing {
namespace {

using ::testing::HasSubstr;

TEST_F(KafkaTest, DeliversEveryEventOnceInTheOrderOfItsKey) {
  publish_some(50);
  const Relay relay(volunteer_.store(), volunteer_.source, options_);
  {
    const Listening listening(listener_, options_, "a");
    publish_some(200);
    wait_until_all_is_seen();
  }
  publish_some(30);
  const Listening again(listener_, options_, "a");
  publish_some(30);
  wait_until_all_is_seen();
  expect_all_once_in_order();
  EXPECT_TRUE(relay.status().leads);
  wait_until([&] { return relay.status().sent == relay.status().head; }, "the relay knows that all is sent");
}

TEST_F(KafkaTest, KnowsEventsThatAreSentAgain) {
  {
    const Relay relay(volunteer_.store(), volunteer_.source, options_);
    publish_some(100);
    wait_until([&] { return relay.status().sent == volunteer_.store().journal_head(); }, "all is sent");
  }
  const Listening listening(listener_, options_, "a");
  wait_until_all_is_seen();
  // What a process that dies may leave: a position far behind what was sent.
  commit(volunteer_.store(), "", [](domain::Tx& tx) { tx.run("UPDATE relay_positions SET sequence = 10"); });
  const Relay relay(volunteer_.store(), volunteer_.source, options_);
  publish_some(50);
  wait_until_all_is_seen();
  expect_all_once_in_order();
}

TEST_F(KafkaTest, LosesNothingAndDoublesNothingWhenTheBrokerIsKilled) {
  const Relay relay(volunteer_.store(), volunteer_.source, options_);
  const Listening listening(listener_, options_, "a");
  for (int i = 0; i < 3; ++i) {
    publish_some(100);
    KafkaBroker::shared().kill();
    publish_some(100);
    KafkaBroker::shared().start();
    publish_some(100);
  }
  wait_until_all_is_seen();
  expect_all_once_in_order();
}

TEST_F(KafkaTest, NeverClaimsToHaveCaughtUpWithWhatABrokerHolds) {
  const Relay relay(volunteer_.store(), volunteer_.source, options_);
  const Listening listening(listener_, options_, "a");
  for (int i = 0; i < 3; ++i) {
    publish_some(100);
    wait_until([&] { return relay.status().sent == volunteer_.store().journal_head() && listening.caught_up(); },
               "all is sent and applied");
    EXPECT_EQ(listener_.value<std::int64_t>("SELECT COUNT(*) FROM seen"), published_);
    KafkaBroker::shared().kill();
    EXPECT_FALSE(listening.caught_up());  // what the broker holds, nobody can know
    for (const ConsumerStatus& status : listening.status()) EXPECT_EQ(status.lag(), std::nullopt);
    publish_some(100);
    KafkaBroker::shared().start();
  }
}

TEST_F(KafkaTest, SharesPartitionsOutAndTakesThemOver) {
  const Relay relay(volunteer_.store(), volunteer_.source, options_);
  auto first = std::make_unique<Listening>(listener_, options_, "a");
  wait_until([&] { return first->status().size() == 3; }, "the first has all partitions");
  publish_some(100);
  auto second = std::make_unique<Listening>(listener_, options_, "b");
  wait_until([&] { return first->status().size() + second->status().size() == 3 && !second->status().empty(); },
             "the second has its share");
  publish_some(100);
  wait_until_all_is_seen();
  first.reset();
  publish_some(100);
  wait_until([&] { return second->status().size() == 3; }, "the second has all that the first gave up");
  wait_until_all_is_seen();
  expect_all_once_in_order();
}

TEST_F(KafkaTest, ReadsAllFromTheBeginningWithoutAGroup) {
  const Relay relay(volunteer_.store(), volunteer_.source, options_);
  const Listening member(listener_, options_, "a");
  publish_some(100);
  wait_until_all_is_seen();
  Database copy{listener()};
  const Listening copying(copy, options_, "", "");
  wait_until([&] { return copy.value<std::int64_t>("SELECT COUNT(*) FROM seen") == published_; }, "the copy is whole");
  EXPECT_EQ(member.status().size(), 3);
}

TEST_F(KafkaTest, RingsOnceItHasComeToAPlaceBehindWhichNothingWaits) {
  const KafkaSubscription subscription(options_, {"volunteer"}, {});
  const auto source = subscription.sources().front();
  const auto bell = std::make_shared<Bell>();
  source->watch(bell);
  wait_until(
      [&] {
        try {
          return source->read(0, {}, 10).pending;
        } catch (const kafka::KafkaError&) {  // the broker has not told yet where the log ends
          return false;
        }
      },
      "on the way there");
  EXPECT_TRUE(bell->wait(std::chrono::seconds(10)));
  EXPECT_FALSE(source->read(0, {}, 10).pending);
}

TEST_F(KafkaTest, StopsWhereTheLogEndsBeforeThePositionRead) {
  const Relay relay(volunteer_.store(), volunteer_.source, options_);
  {
    const Listening listening(listener_, options_, "a");
    publish_some(20);
    wait_until_all_is_seen();
  }
  commit(listener_.store(), "", [](domain::Tx& tx) { tx.run("UPDATE consumer_positions SET position = 1000000"); });
  const Listening listening(listener_, options_, "a");
  std::string error;
  wait_until(
      [&] {
        for (const auto& status : listening.status())
          if (status.state == ConsumerStatus::State::Stopped) error = status.error;
        return !error.empty();
      },
      "the consumer has stopped");
  EXPECT_THAT(error, HasSubstr("before the position 1000000"));
}

TEST_F(KafkaTest, RefusesATopicThatHasOtherPartitions) {
  { const KafkaSubscription made(options_, {"volunteer"}, "listener"); }
  options_.partitions = 5;
  wait_until(
      [&] {
        try {
          const KafkaSubscription refused(options_, {"volunteer"}, "listener");
          return false;
        } catch (const kafka::KafkaError& error) {
          EXPECT_THAT(error.what(), HasSubstr("3 partitions"));
          return true;
        }
      },
      "the topic is known to have other partitions");
}

TEST_F(KafkaTest, TakesRecordsOfAProcessWhoseClockIsAhead) {
  kafka::ensure_topics(options_, {topic_of(options_, "volunteer")});
  std::optional<rd_kafka_resp_err_t> outcome;
  kafka::Conf conf = kafka::make_conf(options_);
  rd_kafka_conf_set_opaque(conf.get(), &outcome);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void* told) {
    *static_cast<std::optional<rd_kafka_resp_err_t>*>(told) = message->err;
  });
  const kafka::Client producer = kafka::make_client(RD_KAFKA_PRODUCER, std::move(conf));
  const auto in_three_days = std::chrono::system_clock::now() + std::chrono::days(3);
  const std::string topic = topic_of(options_, "volunteer");
  rd_kafka_producev(
      producer.get(), RD_KAFKA_V_TOPIC(topic.c_str()),
      RD_KAFKA_V_TIMESTAMP(std::chrono::floor<std::chrono::milliseconds>(in_three_days).time_since_epoch().count()),
      RD_KAFKA_V_END);
  wait_until(
      [&] {
        rd_kafka_poll(producer.get(), 100);
        return outcome.has_value();
      },
      "the broker has answered");
  EXPECT_EQ(*outcome, RD_KAFKA_RESP_ERR_NO_ERROR) << rd_kafka_err2str(*outcome);
}

TEST_F(KafkaTest, WritesCloudEventsInBinaryMode) {
  const Relay relay(volunteer_.store(), volunteer_.source, options_);
  volunteer_.publish({change("li", 7)});
  kafka::Conf conf = kafka::make_conf(options_);
  kafka::set(*conf, "group.id", options_.prefix + ".look");
  const kafka::Client client = kafka::make_client(RD_KAFKA_CONSUMER, std::move(conf));
  const kafka::PartitionList all(rd_kafka_topic_partition_list_new(3));
  for (int partition = 0; partition < 3; ++partition) {
    rd_kafka_topic_partition_list_add(all.get(), topic_of(options_, "volunteer").c_str(), partition)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(client.get(), all.get());
  kafka::Message message;
  wait_until(
      [&] {
        message.reset(rd_kafka_consumer_poll(client.get(), 100));
        return message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
      },
      "the record can be read");
  rd_kafka_headers_t* headers = nullptr;
  ASSERT_EQ(rd_kafka_message_headers(message.get(), &headers), RD_KAFKA_RESP_ERR_NO_ERROR);
  std::map<std::string, std::string> attributes;
  for (std::size_t i = 0; i < rd_kafka_header_cnt(headers); ++i) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    rd_kafka_header_get_all(headers, i, &name, &value, &size);
    attributes[name] = std::string(static_cast<const char*>(value), size);
  }
  EXPECT_EQ(attributes["content-type"], "application/protobuf");
  EXPECT_EQ(attributes["ce_specversion"], "1.0");
  EXPECT_EQ(attributes["ce_type"], "wenming.volunteer.v1.VolunteerChanged");
  EXPECT_EQ(attributes["ce_source"], "/wenming/volunteer/" + volunteer_.store().epoch());
  EXPECT_EQ(attributes["ce_subject"], "li");
  EXPECT_EQ(attributes["ce_sequence"], "0000000000000000001.00000");
  EXPECT_THAT(attributes["ce_time"], HasSubstr("T"));
  EXPECT_FALSE(attributes["ce_id"].empty());
  EXPECT_EQ(std::string(static_cast<const char*>(message->key), message->key_len), "li");
  VolunteerChanged event;
  ASSERT_TRUE(event.ParseFromArray(message->payload, static_cast<int>(message->len)));
  EXPECT_EQ(event.version(), 7);
}

}  // namespace
}  // namespace wenming::events::testing
