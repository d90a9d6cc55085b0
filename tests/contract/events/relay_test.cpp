// What a relay does where the topic, the journal or a neighbour is not as it should be.

#include "events/kafka/relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <atomic>
#include <random>
#include <string>

#include "events/kafka/ends.h"
#include "kafka_fixture.h"

namespace wenming::events::testing {
namespace {

using ::testing::HasSubstr;

/// A log whose reader may get no answer, as from a disk that hangs.
class HangingLog final : public EventSource {
 public:
  explicit HangingLog(std::shared_ptr<EventSource> log) : log_(std::move(log)) {}

  [[nodiscard]] const std::string& service() const override { return log_->service(); }
  [[nodiscard]] int partitions() const override { return log_->partitions(); }
  Page read(int partition, const Position& after, std::size_t limit) override {
    hangs.wait(true);
    if (++reads == hangs_after) hangs = true;
    return log_->read(partition, after, limit);
  }
  [[nodiscard]] std::optional<std::int64_t> head(int partition, Clock::time_point since) override {
    return log_->head(partition, since);
  }
  void watch(std::weak_ptr<Bell> bell) override { log_->watch(std::move(bell)); }

  void let_go() {
    hangs = false;
    hangs.notify_all();
  }

  std::atomic<bool> hangs = false;
  std::atomic<int> reads = 0;
  int hangs_after = -1;  // so many reads

 private:
  const std::shared_ptr<EventSource> log_;
};

class RelayTest : public KafkaTest {
 protected:
  RelayTest() { options_.partitions = 2; }

  [[nodiscard]] std::string topic() const { return topic_of(options_, "volunteer"); }

  /// From now on the brokers refuse what is larger.
  void limit_messages_to(int bytes) const {
    kafka::ensure_topics(options_, {topic()});
    const kafka::Client client = kafka::make_client(RD_KAFKA_PRODUCER, kafka::make_conf(options_));
    rd_kafka_ConfigResource_t* config = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic().c_str());
    rd_kafka_ConfigResource_set_config(config, "max.message.bytes", std::to_string(bytes).c_str());
    const kafka::Queue queue(rd_kafka_queue_new(client.get()));
    rd_kafka_AlterConfigs(client.get(), &config, 1, nullptr, queue.get());
    const kafka::Event event(rd_kafka_queue_poll(queue.get(), 10'000));
    rd_kafka_ConfigResource_destroy(config);
    ASSERT_TRUE(event && rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  /// The next change of a key, with so many bytes that no compression makes fewer.
  void publish_large(std::size_t bytes) {
    auto event = change("key" + std::to_string(published_ % 10), 1 + published_ / 10);
    std::string text(bytes, '\0');
    for (char& c : text) c = static_cast<char>('!' + random_() % 94);
    event.set_unit_id(text);
    volunteer_.publish({event});
    ++published_;
  }

  void send_all() {
    const Relay relay(volunteer_.store(), volunteer_.source, options_);
    wait_until([&] { return relay.status().sent == volunteer_.store().journal_head(); }, "all is sent");
  }
  /// Why a relay sends nothing; it must not have sent anything then.
  [[nodiscard]] std::string refusal_of(Database& database) const {
    const std::int64_t before = records();
    const Relay relay(database.store(), database.source, options_);
    wait_until([&] { return !relay.status().error.empty(); }, "the relay refuses");
    EXPECT_EQ(records(), before);
    return relay.status().error;
  }

  /// How many records there are.
  [[nodiscard]] std::int64_t records() const {
    std::int64_t count = 0;
    kafka::Ends ends(options_, {});
    for (int partition = 0; partition < options_.partitions; ++partition) {
      const auto range = ends.range({topic(), partition});
      count += range.high - range.low;
    }
    return count;
  }

  std::mt19937 random_{1};
};

TEST_F(RelayTest, SendsABacklogWhateverTheTopicTakesAtOnce) {
  limit_messages_to(100'000);
  for (int i = 0; i < 1'000; ++i) publish_large(i % 50 < 40 ? 2'000 : 10);
  const Relay relay(volunteer_.store(), volunteer_.source, options_);
  const Listening listening(listener_, options_, "a");
  wait_until_all_is_seen();
  expect_all_once_in_order();
}

TEST_F(RelayTest, StopsInFrontOfAnEventThatTheTopicDoesNotTake) {
  limit_messages_to(100'000);
  const auto log = std::make_shared<HangingLog>(volunteer_.source);
  const Relay relay(volunteer_.store(), log, options_);
  const Listening listening(listener_, options_, "a");
  publish_some(100);
  wait_until_all_is_seen();
  publish_large(200'000);
  publish_some(100);
  const std::string said = "row 101 of the journal was not sent to " + topic() + ": Broker: Message size too large";
  wait_until([&] { return relay.status().error == said; }, "the relay says why it stands");
  EXPECT_EQ(relay.status().lag(), 101);
  // It tries again, but what it has sent is not sent each time.
  const std::int64_t before = records();
  wait_until([&, reads = log->reads.load()] { return log->reads >= reads + 4; }, "it has tried again");
  EXPECT_EQ(records(), before);

  limit_messages_to(1'000'000);
  wait_until_all_is_seen();
  expect_all_once_in_order();
  wait_until([&] { return relay.status().error.empty() && relay.status().lag() == 0; }, "all is well again");
}

TEST_F(RelayTest, LetsNothingOvertakeWhatTheTopicDoesNotTake) {
  limit_messages_to(100'000);
  const Listening listening(listener_, options_, "a");
  publish_some(20);
  publish_large(200'000);
  for (int i = 0; i < 400; ++i) publish_large(1'000);
  // The relay has handed all of it in, and is slow to hear what became of it.
  const auto log = std::make_shared<HangingLog>(volunteer_.source);
  log->hangs_after = 1;
  const Relay relay(volunteer_.store(), log, options_);
  wait_until([&] { return log->hangs.load(); }, "the relay hangs");
  std::this_thread::sleep_for(std::chrono::seconds(2));  // enough for what must not come
  log->let_go();
  wait_until([&] { return !relay.status().error.empty(); }, "the relay says that it stands");
  limit_messages_to(1'000'000);
  wait_until_all_is_seen();
  expect_all_once_in_order();
}

TEST_F(RelayTest, LetsNothingOvertakeTheVeryFirstEventThatTheTopicDoesNotTake) {
  limit_messages_to(100'000);
  publish_large(200'000);
  publish_some(100);
  const Relay relay(volunteer_.store(), volunteer_.source, options_);
  const Listening listening(listener_, options_, "a");
  wait_until([&] { return !relay.status().error.empty(); }, "the relay says that it stands");
  limit_messages_to(1'000'000);
  wait_until_all_is_seen();
  expect_all_once_in_order();
}

TEST_F(RelayTest, RefusesToSendRowsWhoseNumbersWereSentBefore) {
  publish_some(20);
  send_all();
  volunteer_.lose_what_follows(15);
  publish_some(3);
  EXPECT_THAT(refusal_of(volunteer_), HasSubstr("holds row 20 of the journal, which ends at row 18"));
}

TEST_F(RelayTest, RefusesToGoOnInATopicThatWasEmptied) {
  publish_some(20);
  send_all();
  kafka::delete_records(options_, {topic()});
  publish_some(3);
  EXPECT_THAT(refusal_of(volunteer_), HasSubstr("is empty, though the journal was sent to it up to row 20"));
}

TEST_F(RelayTest, RefusesTheTopicOfAnotherDatabase) {
  publish_some(20);
  send_all();
  Database other{publisher()};
  other.publish({change("a", 1)});
  EXPECT_THAT(refusal_of(other), HasSubstr("of another database"));
}

TEST_F(RelayTest, GoesOnInTheTopicOfALifeThatEndedWhereItWasRestored) {
  publish_some(20);
  send_all();
  volunteer_.restore_to(20);
  publish_some(3);
  send_all();
  EXPECT_EQ(records(), 23);
}

TEST_F(RelayTest, TakesOverFromOneThatHangs) {
  if (const auto one = volunteer_.store().try_to_lead(), other = volunteer_.store().try_to_lead(); other)
    GTEST_SKIP() << "no other process can be there";
  const auto log = std::make_shared<HangingLog>(volunteer_.source);
  const Listening listening(listener_, options_, "a");
  const Relay first(volunteer_.store(), log, options_);
  publish_some(50);
  wait_until_all_is_seen();
  const Relay second(volunteer_.store(), volunteer_.source, options_);
  log->hangs = true;
  publish_some(50);
  wait_until_all_is_seen();
  EXPECT_TRUE(second.status().leads);
  log->let_go();
  wait_until([&] { return !first.status().leads; }, "the first knows that it leads no more");
  publish_some(50);
  wait_until_all_is_seen();
  expect_all_once_in_order();
}

}  // namespace
}  // namespace wenming::events::testing
