#include "events/consumer.h"

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <map>
#include <random>
#include <utility>

#include "domain/refusal.h"
#include "events/dead_letters.h"
#include "events/seeded_shuffle.h"
#include "events/test_support.h"
#include "wenming/contract/v1/problems.pb.h"
#include "wenming/publicity/v1/events.pb.h"

namespace wenming::events::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kSeen = "SELECT event FROM seen ORDER BY number";

void refuse_key_b(domain::Tx& tx, const VolunteerChanged& event) {
  write_down(tx, event);
  if (event.volunteer_id() == "b") throw domain::not_found("unit");
}

TEST(ConsumerTest, AppliesEveryEventOnceInTheOrderOfCommits) {
  Database volunteer(publisher()), database(listener());
  volunteer.publish({change("a", 1), change("b", 1)});
  volunteer.publish({change("a", 2)});
  consume(database, {volunteer.source});
  EXPECT_THAT(database.column(kSeen), ElementsAre("a1", "b1", "a2"));
}

TEST(ConsumerTest, IsWokenByNewEvents) {
  Database volunteer(publisher()), database(listener());
  Consumer consumer(database.store(), handlers_of(database),
                    std::vector<std::shared_ptr<EventSource>>{volunteer.source}, fast());
  consumer.start();
  for (int version = 1; version <= 3; ++version) {
    volunteer.publish({change("a", version)});
    wait_until([&] { return database.value<int>("SELECT COUNT(*) FROM seen") == version; }, "the event has arrived");
  }
}

TEST(ConsumerTest, GoesOnWhereItWasAfterARestart) {
  Database volunteer(publisher()), database(listener());
  volunteer.publish({change("a", 1)});
  consume(database, {volunteer.source});
  database.close();
  volunteer.publish({change("a", 2)});
  database.open();
  consume(database, {volunteer.source});
  EXPECT_THAT(database.column(kSeen), ElementsAre("a1", "a2"));
}

TEST(ConsumerTest, SkipsEventsThatNobodyHandlesHere) {
  Database volunteer(publisher()), database(listener());
  volunteer::v1::ActivityChanged other;
  other.set_activity_id("x");
  commit(volunteer.store(), "test", [&](domain::Tx& tx) {
    tx.publish(other);
    tx.publish(change("a", 1));
    tx.publish(other);
  });
  consume(database, {volunteer.source});
  EXPECT_THAT(database.column(kSeen), ElementsAre("a1"));
  EXPECT_EQ(database.value<int>("SELECT COUNT(*) FROM dead_letters"), 0);
}

TEST(ConsumerTest, LaysARefusedEventDownAndParksLaterOnesOfItsKey) {
  Database volunteer(publisher()), database(listener(refuse_key_b));
  volunteer.publish_one_by_one({change("a", 1), change("b", 1), change("a", 2), change("b", 2), change("c", 1)});
  consume(database, {volunteer.source});
  EXPECT_THAT(database.column(kSeen), ElementsAre("a1", "a2", "c1"));
  const auto letters = DeadLetters(database.shared_store(), handlers_of(database)).list();
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_EQ(letters[0].reason, "not_found");
  EXPECT_EQ(letters[0].detail, "resource=unit");
  EXPECT_FALSE(letters[0].parked);
  EXPECT_EQ(letters[1].key, "b");
  EXPECT_TRUE(letters[1].parked);
}

TEST(ConsumerTest, LaysDownWhatCannotBeDecoded) {
  Database database(listener());
  const auto log = std::make_shared<HandmadeLog>();
  log->add(change("a", 1), 1).payload = "\xff\xff";
  log->add(change("b", 1), 2);
  consume(database, {log});
  EXPECT_THAT(database.column(kSeen), ElementsAre("b1"));
  EXPECT_THAT(database.column("SELECT reason FROM dead_letters"), ElementsAre("undecodable"));
}

TEST(ConsumerTest, LaysDownAnEventThatBreaksARuleOfTheSchema) {
  Database volunteer(publisher());
  Database database(listener([](domain::Tx& tx, const VolunteerChanged& event) {
    if (event.volunteer_id() == "b")
      tx.run("INSERT INTO seen (number, event, key, version) VALUES (1, 'twice', 'b', 0)");
    write_down(tx, event);
  }));
  volunteer.publish_one_by_one({change("a", 1), change("b", 1), change("c", 1)});
  consume(database, {volunteer.source});
  EXPECT_THAT(database.column(kSeen), ElementsAre("a1", "c1"));
  EXPECT_THAT(database.column("SELECT reason FROM dead_letters"), ElementsAre("fault"));
}

TEST(ConsumerTest, IgnoresWhatIsSentAgain) {
  Database database(listener());
  const auto log = std::make_shared<HandmadeLog>();
  for (const int sequence : {1, 2, 3, 2, 3, 4, 3, 4, 5}) log->add(change("a", sequence), sequence);
  ConsumerOptions small = fast();
  small.batch_events = 2;
  consume(database, {log}, small);
  EXPECT_THAT(database.column(kSeen), ElementsAre("a1", "a2", "a3", "a4", "a5"));
}

TEST(ConsumerTest, PausesOnAFaultOfTheInfrastructureSaysSoAndGoesOn) {
  Database volunteer(publisher());
  std::atomic<bool> broken = true;
  Database database(listener([&](domain::Tx& tx, const VolunteerChanged& event) {
    if (broken) throw std::runtime_error("the disk is away");
    write_down(tx, event);
  }));
  volunteer.publish({change("a", 1)});
  Consumer consumer(database.store(), handlers_of(database),
                    std::vector<std::shared_ptr<EventSource>>{volunteer.source}, fast());
  consumer.start();
  const auto state_is = [&](ConsumerStatus::State state) {
    return [&, state] { return consumer.status().at(0).state == state; };
  };
  wait_until(state_is(ConsumerStatus::State::Pausing), "the consumer pauses");
  EXPECT_EQ(consumer.status().at(0).error, "the disk is away");
  EXPECT_EQ(consumer.status().at(0).lag(), 1);
  EXPECT_FALSE(consumer.caught_up());
  broken = false;
  wait_until(state_is(ConsumerStatus::State::Running), "the consumer goes on");
  wait_until([&] { return consumer.caught_up(); }, "the consumer has caught up");
  EXPECT_EQ(consumer.status().at(0).error, "");
  EXPECT_THAT(database.column(kSeen), ElementsAre("a1"));
  EXPECT_EQ(database.value<int>("SELECT COUNT(*) FROM dead_letters"), 0);
}

TEST(ConsumerTest, StopsInFrontOfALogOfAnotherLife) {
  Database volunteer(publisher()), database(listener());
  volunteer.publish({change("a", 1)});
  consume(database, {volunteer.source});
  commit(database.store(), "test",
         [](domain::Tx& tx) { tx.run("UPDATE consumer_positions SET epoch = 'before the restore'"); });
  Consumer consumer(database.store(), handlers_of(database),
                    std::vector<std::shared_ptr<EventSource>>{volunteer.source}, fast());
  consumer.start();
  wait_until([&] { return consumer.status().at(0).state == ConsumerStatus::State::Stopped; }, "the consumer stops");
  EXPECT_THAT(consumer.status().at(0).error, HasSubstr("restored"));
}

TEST(ConsumerTest, GoesOnBehindARestoredLogWithoutLossOrDouble) {
  Database volunteer(publisher()), database(listener());
  volunteer.publish_one_by_one({change("a", 1), change("a", 2)});
  consume(database, {volunteer.source});
  volunteer.publish({change("a", 3)});
  volunteer.restore_to(3);
  volunteer.publish({change("a", 4)});
  consume(database, {volunteer.source});
  EXPECT_THAT(database.column(kSeen), ElementsAre("a1", "a2", "a3", "a4"));
}

TEST(ConsumerTest, StopsInFrontOfALogThatHasLostWhatItHasApplied) {
  Database volunteer(publisher()), database(listener());
  volunteer.publish_one_by_one({change("a", 1), change("a", 2), change("a", 3)});
  consume(database, {volunteer.source});
  volunteer.restore_to(2);
  volunteer.publish_one_by_one({change("b", 3), change("b", 4)});
  Consumer consumer(database.store(), handlers_of(database),
                    std::vector<std::shared_ptr<EventSource>>{volunteer.source}, fast());
  consumer.start();
  wait_until([&] { return consumer.status().at(0).state == ConsumerStatus::State::Stopped; }, "the consumer stops");
  EXPECT_THAT(consumer.status().at(0).error, HasSubstr("restored up to 2"));
  EXPECT_THAT(database.column(kSeen), ElementsAre("a1", "a2", "a3"));
}

TEST(ConsumerTest, KnowsEventsOfAnEarlierLifeThatAreSentAgain) {
  Database database(listener());
  const auto log = std::make_shared<HandmadeLog>();
  log->add(change("a", 1), 1);
  log->add(change("a", 2), 2);
  log->add(change("a", 3), 3).epoch = "e2";
  // A relay that died behind a restore sends from before it again.
  log->add(change("a", 2), 2);
  log->add(change("a", 3), 3).epoch = "e2";
  log->add(change("a", 4), 4).epoch = "e2";
  ConsumerOptions small = fast();
  small.batch_events = 2;
  consume(database, {log}, small);
  EXPECT_THAT(database.column(kSeen), ElementsAre("a1", "a2", "a3", "a4"));
}

TEST(ConsumerTest, StopsBeyondTheEndOfTheLog) {
  Database volunteer(publisher()), database(listener());
  volunteer.publish({change("a", 1)});
  consume(database, {volunteer.source});
  commit(database.store(), "test", [](domain::Tx& tx) { tx.run("UPDATE consumer_positions SET position = 100"); });
  Consumer consumer(database.store(), handlers_of(database),
                    std::vector<std::shared_ptr<EventSource>>{volunteer.source}, fast());
  consumer.start();
  wait_until([&] { return consumer.status().at(0).state == ConsumerStatus::State::Stopped; }, "the consumer stops");
}

TEST(ConsumerTest, SharesALogWithAnotherConsumerWithoutDoublingAnything) {
  Database volunteer(publisher()), database(listener());
  ConsumerOptions small = fast();
  small.batch_events = 3;
  const std::vector<std::shared_ptr<EventSource>> sources{volunteer.source};
  Consumer one(database.store(), handlers_of(database), sources, small),
      other(database.store(), handlers_of(database), sources, small);
  one.start();
  other.start();
  std::vector<std::string> expected;
  for (int version = 1; version <= 200; ++version) {
    volunteer.publish({change("a", version)});
    expected.push_back("a" + std::to_string(version));
  }
  wait_until([&] { return one.caught_up() && other.caught_up(); }, "both have caught up");
  EXPECT_EQ(database.column(kSeen), expected);
}

TEST(ConsumerTest, EndsALoopOfReactions) {
  // Reacts to its own events with the next one, as two services might that answer each other for ever.
  domain::Service loop("volunteer", {}, kSeenSchema);
  loop.on([](domain::Tx& tx, const VolunteerChanged& event, const domain::EventContext&) {
    write_down(tx, event);
    tx.publish(change("a", event.version() + 1));
  });
  Database database(std::move(loop));
  database.publish({change("a", 1)});
  ConsumerOptions options = fast();
  options.hop_limit = 4;
  Consumer consumer(database.store(), handlers_of(database), std::vector<std::shared_ptr<EventSource>>{database.source},
                    options);
  consumer.start();
  wait_until([&] { return database.value<int>("SELECT COUNT(*) FROM dead_letters") == 1; }, "the loop has ended");
  EXPECT_THAT(database.column(kSeen), ElementsAre("a1", "a2", "a3", "a4"));
  EXPECT_THAT(database.column("SELECT reason FROM dead_letters"), ElementsAre("hop_limit"));
}

TEST(ConsumerTest, PausesOnceTooManyDeadLettersAreOpen) {
  Database volunteer(publisher()), database(listener(refuse_key_b));
  volunteer.publish_one_by_one({change("b", 1), change("b", 2), change("b", 3)});
  ConsumerOptions options = fast();
  options.dead_letter_limit = 2;
  Consumer consumer(database.store(), handlers_of(database),
                    std::vector<std::shared_ptr<EventSource>>{volunteer.source}, options);
  consumer.start();
  wait_until([&] { return consumer.status().at(0).state == ConsumerStatus::State::Pausing; }, "the consumer pauses");
  EXPECT_THAT(consumer.status().at(0).error, HasSubstr("dead letters"));
  EXPECT_LE(database.value<int>("SELECT COUNT(*) FROM dead_letters"), 2);
}

/// Events of two sources, read by one consumer.
class ConsumerOfTwoTest : public ::testing::Test {
 protected:
  using Volunteer = std::function<void(domain::Tx&, const VolunteerChanged&)>;

  static domain::Service listener_to_both(Volunteer handle) {
    domain::Service service = listener(std::move(handle));
    service.on([](domain::Tx& tx, const publicity::v1::BriefChanged& event, const domain::EventContext&) {
      write_down(tx, change(event.brief_id(), event.version()));
    });
    return service;
  }
  void publish_brief(const std::string& key, std::int64_t version) {
    publicity::v1::BriefChanged event;
    event.set_brief_id(key);
    event.set_version(version);
    commit(publicity_.store(), "test", [&](domain::Tx& tx) { tx.publish(event); });
  }
  [[nodiscard]] std::vector<std::shared_ptr<EventSource>> sources() const {
    return {volunteer_.source, publicity_.source};
  }
  static std::map<std::string, ConsumerStatus::State> states(const Consumer& consumer) {
    std::map<std::string, ConsumerStatus::State> states;
    for (const auto& status : consumer.status()) states[status.source] = status.state;
    return states;
  }

  Database volunteer_{publisher()}, publicity_{domain::Service("publicity", {}, {})};
};

TEST_F(ConsumerOfTwoTest, AppliesWhatBothHoldInOneCommit) {
  Database database(listener_to_both(write_down));
  volunteer_.publish_one_by_one({change("a", 1), change("a", 2)});
  publish_brief("x", 1);
  publish_brief("x", 2);
  std::atomic<int> commits = 0;
  database.on_commit = [&] { ++commits; };
  consume(database, sources());
  EXPECT_THAT(database.column(kSeen), ElementsAre("a1", "a2", "x1", "x2"));
  EXPECT_EQ(commits, 1);
}

TEST_F(ConsumerOfTwoTest, LaysDownTheRefusedEventAndNoneOfTheOtherSource) {
  Database database(listener_to_both(refuse_key_b));
  volunteer_.publish_one_by_one({change("a", 1), change("b", 1), change("a", 2)});
  publish_brief("b", 7);  // its key is another one's
  publish_brief("x", 2);
  consume(database, sources());
  EXPECT_THAT(database.column("SELECT event FROM seen ORDER BY event"), ElementsAre("a1", "a2", "b7", "x2"));
  EXPECT_THAT(database.column("SELECT source FROM dead_letters"), ElementsAre("volunteer"));
}

TEST_F(ConsumerOfTwoTest, GoesOnWithOneWhereTheOtherMeetsAFaultOfTheInfrastructure) {
  std::atomic<bool> broken = true;
  Database database(listener_to_both([&](domain::Tx& tx, const VolunteerChanged& event) {
    if (broken) throw std::runtime_error("the disk is away");
    write_down(tx, event);
  }));
  volunteer_.publish({change("a", 1)});
  publish_brief("x", 1);
  Consumer consumer(database.store(), handlers_of(database), sources(), fast());
  consumer.start();
  for (int version = 2; version < 10; ++version) {
    wait_until([&] { return database.value<int>("SELECT COUNT(*) FROM seen") == version - 1; }, "it has arrived");
    publish_brief("x", version);
  }
  EXPECT_EQ(states(consumer)["volunteer"], ConsumerStatus::State::Pausing);
  broken = false;
  wait_until([&] { return consumer.caught_up(); }, "the consumer has caught up");
  EXPECT_EQ(database.value<int>("SELECT COUNT(*) FROM seen"), 10);
}

/// Something happens after it was first read.
class Interrupted final : public EventSource {
 public:
  Interrupted(std::shared_ptr<EventSource> log, std::function<void()> by) : log_(std::move(log)), by_(std::move(by)) {}
  [[nodiscard]] const std::string& service() const override { return log_->service(); }
  [[nodiscard]] int partitions() const override { return log_->partitions(); }
  Page read(int partition, const Position& after, std::size_t limit) override {
    Page page = log_->read(partition, after, limit);
    if (by_) std::exchange(by_, nullptr)();
    return page;
  }
  [[nodiscard]] std::optional<std::int64_t> head(int partition, Clock::time_point since) override {
    return log_->head(partition, since);
  }
  void watch(std::weak_ptr<Bell> bell) override { log_->watch(std::move(bell)); }

 private:
  const std::shared_ptr<EventSource> log_;
  std::function<void()> by_;
};

TEST_F(ConsumerOfTwoTest, GoesOnWithOneWhereAnotherConsumerHasMovedTheOther) {
  Database database(listener_to_both(write_down));
  volunteer_.publish_one_by_one({change("a", 1), change("a", 2)});
  publish_brief("x", 1);
  const auto log = std::make_shared<Interrupted>(publicity_.source, [&] {
    commit(database.store(), "test", [&](domain::Tx& tx) {
      write_down(tx, change("a", 1));
      Mark mark;
      mark.position = {volunteer_.store().epoch(), 1};
      mark.epoch = volunteer_.store().epoch();
      mark.sequence = 1;
      mark.index = 0;
      move_marks(tx, std::array{MarkMove{"volunteer", 0, std::nullopt, mark}});
    });
  });
  consume(database, {volunteer_.source, log});
  EXPECT_THAT(database.column("SELECT event FROM seen ORDER BY event"), ElementsAre("a1", "a2", "x1"));
  EXPECT_EQ(database.value<int>("SELECT COUNT(*) FROM dead_letters"), 0);
}

/// Knows what it holds only when asked a second time, as a log does whose brokers have to be asked.
class SlowLog final : public HandmadeLog {
 public:
  Page read(int partition, const Position& after, std::size_t limit) override {
    if ((asked_ = !asked_)) {
      Page page;
      page.position = after;
      page.pending = true;
      if (const auto bell = bell_.lock()) bell->ring();
      return page;
    }
    return HandmadeLog::read(partition, after, limit);
  }
  void watch(std::weak_ptr<Bell> bell) override { bell_ = std::move(bell); }

 private:
  bool asked_ = false;
  std::weak_ptr<Bell> bell_;
};

TEST(ConsumerTest, PausesOnWhileALogIsOnlyBeingAsked) {
  const Consumer* running = nullptr;
  std::atomic<int> attempts = 0, flowing = 0;
  Database database(listener([&](domain::Tx&, const VolunteerChanged&) {
    if (++attempts > 1 && running->status().at(0).state == ConsumerStatus::State::Running) ++flowing;
    throw std::runtime_error("the disk is away");
  }));
  const auto log = std::make_shared<SlowLog>();
  log->add(change("a", 1), 1);
  Consumer consumer(database.store(), handlers_of(database), std::vector<std::shared_ptr<EventSource>>{log}, fast());
  running = &consumer;
  consumer.start();
  wait_until([&] { return attempts >= 5; }, "it has been tried again");
  consumer.stop();
  EXPECT_EQ(flowing, 0);
}

/// Sums in memory what a batch brings, as read models do.
struct Sum final : domain::Batch {
  std::int64_t sum = 0;
  void flush(domain::Tx& tx) override {
    tx.run(
        "INSERT INTO seen (number, event, key, version) VALUES (1, 'sum', '', $1) "
        "ON CONFLICT (number) DO UPDATE SET version = seen.version + excluded.version",
        sum);
  }
};

domain::Service summing() {
  domain::Service service("listener", {}, kSeenSchema);
  service.read_model().batch<Sum>().on(
      [](domain::Tx&, Sum& batch, const VolunteerChanged& event, const domain::EventContext&) {
        batch.sum += event.version();
        if (event.volunteer_id() == "b") throw domain::not_found("unit");
      });
  return service;
}

TEST(ConsumerTest, CountsNothingOfABatchThatWasRolledBack) {
  Database volunteer(publisher()), database(summing());
  volunteer.publish_one_by_one(
      {change("a", 1), change("a", 10), change("b", 1000), change("a", 100), change("b", 2000)});
  consume(database, {volunteer.source});
  EXPECT_EQ(database.value<int>("SELECT version FROM seen"), 111);
  EXPECT_EQ(database.value<int>("SELECT COUNT(*) FROM dead_letters"), 2);
}

TEST(ConsumerTest, KeepsTheOrderOfEachKeyThroughShufflesRepetitionsAndLostWork) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Database volunteer(publisher()), database(listener());
  std::map<std::string, std::vector<std::string>> expected;
  std::mt19937 random(seed);
  for (int i = 0; i < 300; ++i) {
    const std::string key(1, static_cast<char>('a' + random() % 7));
    auto& versions = expected[key];
    volunteer.publish({change(key, static_cast<std::int64_t>(versions.size()) + 1)});
    versions.push_back(key + std::to_string(versions.size() + 1));
  }
  const auto partitioned = std::make_shared<JournalSource>("volunteer", volunteer.store(), 4);
  const auto shuffled = std::make_shared<SeededShuffle>(partitioned, seed);
  SeededRollbacks unreliable(database.store(), seed, 20);
  Consumer consumer(unreliable, handlers_of(database), std::vector<std::shared_ptr<EventSource>>{shuffled}, fast());
  consumer.start();
  wait_until([&] { return consumer.caught_up(); }, "the consumer has caught up");
  for (const auto& [key, versions] : expected) {
    EXPECT_EQ(database.column("SELECT event FROM seen WHERE key = '" + key + "' ORDER BY number"), versions);
  }
}

}  // namespace
}  // namespace wenming::events::testing
