#include "events/embedded/journal_source.h"

#include <gmock/gmock.h>

#include <set>

#include "events/reaction.h"
#include "events/test_support.h"

namespace wenming::events::testing {
namespace {

std::vector<std::string> keys_of(const EventSource::Page& page) {
  std::vector<std::string> keys;
  for (const auto& record : page.records) keys.push_back(record.key);
  return keys;
}

/// A store between its commit and the announcement of it: rows are visible beyond the head that it names.
class UnannouncedCommits final : public store::Store {
 public:
  UnannouncedCommits(store::Store& inner, std::int64_t announced) : inner_(inner), announced_(announced) {}
  void announce(std::int64_t head) { announced_ = head; }

  bool submit(store::Call call, store::Done done) override { return inner_.submit(std::move(call), std::move(done)); }
  bool work(store::WorkName name, std::function<void(domain::Tx&)> body,
            std::function<void(std::exception_ptr)> done) override {
    return inner_.work(std::move(name), std::move(body), std::move(done));
  }
  void read(const std::function<void(domain::ReadTx&)>& body) override { inner_.read(body); }
  [[nodiscard]] std::uint64_t version() const override { return inner_.version(); }
  [[nodiscard]] std::int64_t journal_head() const override { return announced_; }
  [[nodiscard]] const store::Epochs& epochs() const override { return inner_.epochs(); }
  void reload_calendar() override { inner_.reload_calendar(); }
  bool submit_edge(store::EdgeCall call, store::EdgeDone done) override {
    return inner_.submit_edge(std::move(call), std::move(done));
  }
  bool run_beside(std::function<void()> job) override { return inner_.run_beside(std::move(job)); }
  void run_due_timers() override { inner_.run_due_timers(); }
  void run_due_errands() override { inner_.run_due_errands(); }
  std::unique_ptr<store::Leadership> try_to_lead() override { return nullptr; }
  void on_commit(std::function<void()> listener) override { inner_.on_commit(std::move(listener)); }
  void stop() override { inner_.stop(); }

 private:
  store::Store& inner_;
  std::int64_t announced_;
};

TEST(JournalSourceTest, GivesEachEventWithSequenceIndexAndTime) {
  Database volunteer(publisher());
  volunteer.publish({change("a", 1), change("b", 1)});
  const auto page = volunteer.source->read(0, {}, 10);
  ASSERT_EQ(page.records.size(), 2U);
  const Record& second = page.records[1];
  EXPECT_EQ(second.source, "volunteer");
  EXPECT_EQ(second.epoch, volunteer.store().epoch());
  EXPECT_EQ(second.sequence, 1);
  EXPECT_EQ(second.index, 1);
  EXPECT_EQ(second.type, "wenming.volunteer.v1.VolunteerChanged");
  EXPECT_EQ(second.payload, change("b", 1).SerializeAsString());
  EXPECT_GT(second.time.micros(), 0);
}

TEST(JournalSourceTest, NeverPartsTheEventsOfOneCommand) {
  Database volunteer(publisher());
  volunteer.publish({change("a", 1), change("b", 1), change("c", 1)});
  volunteer.publish({change("d", 1)});
  const auto page = volunteer.source->read(0, {}, 1);
  EXPECT_THAT(keys_of(page), ::testing::ElementsAre("a", "b", "c"));
  EXPECT_THAT(keys_of(volunteer.source->read(0, page.position, 1)), ::testing::ElementsAre("d"));
}

TEST(JournalSourceTest, CountsEventsAndNotRowsTowardsTheSizeOfAPage) {
  Database volunteer(publisher());
  for (int row = 0; row < 4; ++row) volunteer.publish({change("a", 1), change("b", 1), change("c", 1)});
  const auto page = volunteer.source->read(0, {}, 5);
  EXPECT_EQ(page.records.size(), 6U);
  EXPECT_EQ(volunteer.source->read(0, page.position, 100).records.size(), 6U);
}

TEST(JournalSourceTest, ReadsOnToTheHeadWithoutRepeatingOrMissingAnything) {
  Database volunteer(publisher());
  for (int version = 1; version <= 25; ++version) volunteer.publish({change("a", version)});
  std::int64_t next = 1;
  for (Position position; next <= 25;) {
    const auto page = volunteer.source->read(0, position, 4);
    for (const auto& record : page.records) EXPECT_EQ(record.sequence, next++);
    position = page.position;
  }
  EXPECT_EQ(volunteer.source->head(0, {}), 25);
}

TEST(JournalSourceTest, SplitsByKeySoThatEachKeyHasOnePartition) {
  Database volunteer(publisher());
  for (int i = 0; i < 60; ++i) volunteer.publish({change(std::string(1, static_cast<char>('a' + i % 20)), i)});
  JournalSource split("volunteer", volunteer.store(), 4);
  std::map<std::string, std::set<int>> partitions;
  std::size_t records = 0;
  for (int partition = 0; partition < 4; ++partition) {
    const auto page = split.read(partition, {}, 100);
    records += page.records.size();
    for (const auto& record : page.records) partitions[record.key].insert(partition);
  }
  EXPECT_EQ(records, 60U);
  for (const auto& [key, in] : partitions) EXPECT_EQ(in.size(), 1U) << key;
}

TEST(JournalSourceTest, RefusesAPositionThatItNeverHad) {
  Database volunteer(publisher());
  volunteer.publish({change("a", 1)});
  EXPECT_THROW(volunteer.source->read(0, {"another epoch", 1}, 10), PositionLost);
  EXPECT_THROW(volunteer.source->read(0, {volunteer.store().epoch(), 2}, 10), PositionLost);
}

TEST(JournalSourceTest, KeepsTheEpochOfEveryRowOverRestores) {
  Database volunteer(publisher());
  volunteer.publish_one_by_one({change("a", 1), change("a", 2), change("a", 3)});
  const std::string first = volunteer.store().epoch();
  volunteer.restore_to(2);
  const std::string second = volunteer.store().epoch();
  volunteer.restore_to(2);  // nothing was written in between
  const std::string third = volunteer.store().epoch();
  volunteer.publish({change("a", 4)});
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);

  std::vector<std::string_view> epochs;
  const auto page = volunteer.source->read(0, {}, 10);
  for (const Record& record : page.records) epochs.push_back(record.epoch);
  EXPECT_THAT(epochs, ::testing::ElementsAre(first, first, third));
  EXPECT_EQ(page.position, (Position{third, 3}));
  for (const std::string& epoch : {first, second, third})
    EXPECT_THAT(keys_of(volunteer.source->read(0, {epoch, 2}, 10)), ::testing::ElementsAre("a")) << epoch;
}

TEST(JournalSourceTest, RefusesAPositionBeyondWhatWasRestored) {
  Database volunteer(publisher());
  volunteer.publish_one_by_one({change("a", 1), change("a", 2), change("a", 3)});
  const std::string first = volunteer.store().epoch();
  volunteer.restore_to(2);
  volunteer.publish_one_by_one({change("b", 3), change("b", 4)});
  EXPECT_THAT(keys_of(volunteer.source->read(0, {first, 2}, 10)), ::testing::ElementsAre("b", "b"));
  EXPECT_THROW(volunteer.source->read(0, {first, 3}, 10), PositionLost) << "row 3 of that life is gone";
  EXPECT_EQ(volunteer.source->read(0, {volunteer.store().epoch(), 3}, 10).records.size(), 1U);
}

TEST(JournalSourceTest, GivesNoRowBeforeItsCommitIsAnnounced) {
  Database volunteer(publisher());
  for (int version = 1; version <= 3; ++version)
    volunteer.publish({change(std::string(1, static_cast<char>('a' + version)), version)});
  UnannouncedCommits behind(volunteer.store(), 2);
  JournalSource source("volunteer", behind, 1);
  const auto page = source.read(0, {}, 10);
  EXPECT_THAT(keys_of(page), ::testing::ElementsAre("b", "c"));
  EXPECT_TRUE(source.read(0, page.position, 10).records.empty());
  behind.announce(3);
  EXPECT_THAT(keys_of(source.read(0, page.position, 10)), ::testing::ElementsAre("d"));
}

TEST(JournalSourceTest, RingsUntilTheBellIsGone) {
  Database volunteer(publisher());
  auto bell = std::make_shared<Bell>();
  volunteer.source->watch(bell);
  volunteer.publish({change("a", 1)});
  EXPECT_TRUE(bell->wait(std::chrono::seconds(10)));
  bell.reset();
  volunteer.publish({change("a", 2)});
}

TEST(ReactionTest, NamesHowManyReactionsLieBehindARow) {
  EXPECT_EQ(hops_of(reaction_name(3)), 3);
  EXPECT_EQ(hops_of("wenming.volunteer.v1.VolunteerService.SubmitHours"), 0);
}

}  // namespace
}  // namespace wenming::events::testing
