#include "events/live.h"

#include <gtest/gtest.h>

#include "domain/refusal.h"
#include "events/test_support.h"

namespace wenming::events::testing {
namespace {

/// Counts how often it was rung, for a test to wait on.
class Ear {
 public:
  std::function<void()> notifier() {
    return [heard = heard_] { ++*heard; };
  }
  [[nodiscard]] int heard() const { return *heard_; }
  void wait_for(int times) const {
    wait_until([&] { return *heard_ >= times; }, "the subscriber is notified");
  }

 private:
  std::shared_ptr<std::atomic<int>> heard_ = std::make_shared<std::atomic<int>>(0);
};

class LiveHubTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_.on_commit = [this] { hub_.committed(); };
  }
  ~LiveHubTest() override { database_.close(); }

  void change_key(const std::string& key) {
    commit(database_.store(), "test", [&](domain::Tx& tx) { tx.changed(key); });
  }
  /// The id under which the newest value of the key is sent.
  std::string newest_id(const std::string& key) {
    Ear ear;
    const auto first = hub_.subscribe(key, "", ear.notifier());
    ear.wait_for(1);
    return first->take().value().id;
  }

  Database database_{listener()};
  LiveHub hub_{database_.shared_store(), 3};
  Ear ear_;
};

TEST_F(LiveHubTest, SendsTheValueAtOnceToAFirstVisitor) {
  const auto stream = hub_.subscribe("unit:1", "", ear_.notifier());
  ear_.wait_for(1);
  const auto update = stream->take();
  ASSERT_TRUE(update);
  EXPECT_FALSE(update->reset);
  EXPECT_FALSE(stream->take());
}

TEST_F(LiveHubTest, NotifiesTheSubscribersOfAKeyAndNoOthers) {
  Ear other_ear;
  const auto stream = hub_.subscribe("unit:1", "", ear_.notifier());
  const auto other = hub_.subscribe("unit:2", "", other_ear.notifier());
  ear_.wait_for(1);
  other_ear.wait_for(1);
  const auto first = stream->take();
  other->take();
  change_key("unit:1");
  ear_.wait_for(2);
  EXPECT_NE(stream->take().value().id, first.value().id);
  EXPECT_FALSE(other->take());
  EXPECT_EQ(other_ear.heard(), 1);
}

TEST_F(LiveHubTest, GivesASlowSubscriberTheNewestStateOnly) {
  const auto stream = hub_.subscribe("unit:1", "", ear_.notifier());
  ear_.wait_for(1);
  for (int i = 0; i < 20; ++i) change_key("unit:1");
  const std::string newest = newest_id("unit:1");
  std::string id;
  wait_until(
      [&] {
        if (const auto update = stream->take()) id = update->id;
        return id == newest;
      },
      "the newest id arrives");
  EXPECT_FALSE(stream->take());
}

TEST_F(LiveHubTest, LeavesAReturningClientThatIsUpToDateInPeaceUntilSomethingChanges) {
  change_key("unit:1");
  const std::string id = newest_id("unit:1");
  const auto stream = hub_.subscribe("unit:1", id, ear_.notifier());
  newest_id("unit:2");  // by now the hub has looked at the stream
  EXPECT_FALSE(stream->take());
  change_key("unit:1");
  ear_.wait_for(1);
  EXPECT_FALSE(stream->take().value().reset);
}

TEST_F(LiveHubTest, SendsAReturningClientWhatItMissed) {
  change_key("unit:1");
  const std::string id = newest_id("unit:1");
  change_key("unit:1");
  const auto stream = hub_.subscribe("unit:1", id, ear_.notifier());
  ear_.wait_for(1);
  const auto update = stream->take().value();
  EXPECT_FALSE(update.reset);
  EXPECT_NE(update.id, id);
}

TEST_F(LiveHubTest, ResetsAClientWhoseIdIsUnknownNewerOrOfAnotherLife) {
  change_key("unit:1");
  const std::string epoch = database_.store().epoch();
  for (const std::string& id :
       {std::string("nonsense"), epoch + ":99", std::string("another epoch:1"), epoch + ":", epoch + ":-1"}) {
    Ear ear;
    const auto stream = hub_.subscribe("unit:1", id, ear.notifier());
    ear.wait_for(1);
    EXPECT_TRUE(stream->take().value().reset) << id;
  }
}

TEST_F(LiveHubTest, RefusesMoreStreamsThanItsBoundAndForgetsClosedOnes) {
  auto one = hub_.subscribe("unit:1", "", ear_.notifier());
  const auto two = hub_.subscribe("unit:1", "", ear_.notifier());
  const auto three = hub_.subscribe("unit:2", "", ear_.notifier());
  EXPECT_THROW((void)hub_.subscribe("unit:3", "", ear_.notifier()), domain::Refusal);
  one.reset();
  EXPECT_EQ(hub_.subscriptions(), 2U);
  EXPECT_NO_THROW((void)hub_.subscribe("unit:3", "", ear_.notifier()));
}

TEST_F(LiveHubTest, ResetsEveryStreamWhenAnotherCopyTakesOver) {
  change_key("unit:1");
  const auto stream = hub_.subscribe("unit:1", "", ear_.notifier());
  ear_.wait_for(1);
  stream->take();
  Database rebuilt(listener());
  rebuilt.on_commit = [this] { hub_.committed(); };
  hub_.switch_to(rebuilt.shared_store());
  ear_.wait_for(2);
  const auto update = stream->take().value();
  EXPECT_TRUE(update.reset);
  EXPECT_TRUE(update.id.starts_with(rebuilt.store().epoch()));
  commit(rebuilt.store(), "test", [](domain::Tx& tx) { tx.changed("unit:1"); });
  ear_.wait_for(3);
  EXPECT_FALSE(stream->take().value().reset);
  rebuilt.close();
}

}  // namespace
}  // namespace wenming::events::testing
