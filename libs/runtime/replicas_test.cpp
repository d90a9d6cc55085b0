#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "domain/refusal.h"
#include "runtime/node_fixture.h"
#include "runtime/postgres_databases.h"
#include "store/postgres/connection.h"
#include "testing/postgres_server.h"

// Several processes on the databases of a read model. Each has its own way to the server, as a process has.
namespace wenming::runtime::testing {
namespace {

using ::testing::ElementsAre;
using wenming::testing::PostgresServer;

class ReplicasTest : public NodeTest {
 protected:
  ReplicasTest() {
    for (int version = 1; version <= 3; ++version) publish(volunteer_, change("a", version));
    for (Node* node : {&first_, &second_}) node->consume({volunteer_.source()});
    wait_until([&] { return caught_up(first_) && seen(first_) == 3; }, "the events are applied");
  }
  ~ReplicasTest() override {
    for (Node* node : {&first_, &second_}) node->stop_consuming();
  }

  /// `…/NAME_{service}` on the server, where the databases are there already.
  static std::string url_for(const std::string& name) {
    std::string url =
        PostgresServer::shared().database(name + "_listener", "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
    return url.replace(url.find("_listener"), 9, "_{service}");
  }
  NodeSettings on(const PostgresDatabases& databases) {
    NodeSettings with = settings();
    with.databases = &databases;
    return with;
  }

  static Node::RebuildState::Phase rebuild(Node& node) {
    node.start_rebuild(node.claim_rebuild());
    wait_until([&] { return !node.rebuilds(); }, "the rebuild ends");
    return node.rebuild_state().phase;
  }
  std::vector<std::string> asked(std::string_view sql) const {
    std::string url = url_;
    store::PostgresConnection connection(url.replace(url.find("{service}"), 9, "listener"),
                                         store::PostgresConnection::Role::Reader);
    std::vector<std::string> texts;
    for (const domain::Row& row : domain::Rows(connection.query(sql, {}))) texts.emplace_back(row.text(0));
    return texts;
  }
  std::vector<std::string> generations() const {
    return asked("SELECT CAST(nspname AS TEXT) FROM pg_namespace WHERE nspname LIKE 'generation%' ORDER BY nspname");
  }
  /// The last statements of the server's other connections to this database.
  std::vector<std::string> last_statements() const {
    return asked("SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }

  const std::string url_ = url_for(folder_.path().filename().string());
  PostgresDatabases one_{url_}, other_{url_};
  Node volunteer_{domain::Service("volunteer", {}, {}), settings(), nullptr};
  Node first_{seen_events(), on(one_), nullptr};
  Node second_{seen_events(), on(other_), nullptr};
};

TEST_F(ReplicasTest, FollowARebuildOfAnotherWithoutAFailedRead) {
  for (int round = 1; round <= 3; ++round) {
    Node& rebuilding = round % 2 == 1 ? first_ : second_;
    Node& following = round % 2 == 1 ? second_ : first_;
    const std::shared_ptr<store::Store> before = following.running()->store();
    ASSERT_EQ(rebuild(rebuilding), Node::RebuildState::Switched) << rebuilding.rebuild_state().failure;
    wait_until(
        [&] {
          EXPECT_EQ(seen(following), 2 + round);
          return following.running()->store() != before;
        },
        "the other serves the fresh copy");
    publish(volunteer_, change("a", 3 + round));
    wait_until([&] { return seen(following) == 3 + round && seen(rebuilding) == 3 + round; }, "both go on");
  }
}

TEST_F(ReplicasTest, TellOfARebuildOfAnother) {
  EXPECT_EQ(second_.rebuild_state().phase, Node::RebuildState::None);
  ASSERT_EQ(rebuild(first_), Node::RebuildState::Switched);
  wait_until([&] { return second_.rebuild_state().phase != Node::RebuildState::Running; }, "the other follows");
  EXPECT_EQ(second_.rebuild_state().phase, Node::RebuildState::Switched);
}

TEST_F(ReplicasTest, RemoveAGenerationOnceTheLastHasLeftIt) {
  ASSERT_THAT(generations(), ElementsAre("generation_1"));
  ASSERT_EQ(rebuild(first_), Node::RebuildState::Switched);
  EXPECT_THAT(generations(), ElementsAre("generation_1", "generation_2"));  // the second serves from it
  wait_until([&] { return generations() == std::vector<std::string>{"generation_2"}; }, "the second has left it");
}

TEST_F(ReplicasTest, RefuseARebuildWhileAnotherIsRebuilding) {
  auto claim = first_.claim_rebuild();
  try {
    (void)second_.claim_rebuild();
    FAIL() << "both may rebuild";
  } catch (const domain::Refusal& refusal) {
    EXPECT_EQ(refusal.code(), "rebuilt_elsewhere");
  }
  EXPECT_EQ(second_.rebuild_state().phase, Node::RebuildState::Running);
  claim.reset();
  EXPECT_EQ(rebuild(second_), Node::RebuildState::Switched);
}

TEST_F(ReplicasTest, MayClaimARebuildWhileOthersAskAboutIt) {
  std::jthread asking([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) EXPECT_EQ(second_.rebuild_state().phase, Node::RebuildState::None);
  });
  for (int i = 0; i < 200; ++i) EXPECT_EQ(first_.rebuild_state().phase, Node::RebuildState::None);
  asking = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) static_cast<void>(second_.rebuild_state());
  });
  for (int i = 0; i < 100; ++i) {
    EXPECT_NO_THROW(static_cast<void>(first_.claim_rebuild())) << "attempt " << i;
    wait_until([&] { return first_.rebuild_state().phase == Node::RebuildState::None; }, "the claim is given up");
  }
}

TEST_F(ReplicasTest, RebuildAfterOneThatDiedInTheMiddle) {
  const std::string kHalf = "CREATE TABLE half (made BIGINT);";
  // What a process has at the server while it rebuilds; it dies when its connections break.
  {
    const PostgresDatabases dying(url_);
    const auto claim = dying.try_to_rebuild("listener");
    ASSERT_TRUE(claim);
    const std::string generation = dying.next_generation("listener");
    const auto engine = dying.open("listener", generation);
    const auto writer = engine->open_writer();
    writer->migrate(kHalf);
    EXPECT_EQ(one_.next_generation("listener"), "generation_3") << "what is being filled is nobody else's";
  }
  wait_until(
      [&] {
        return std::ranges::count(last_statements(), kHalf) == 0 &&
               first_.rebuild_state().phase != Node::RebuildState::Running;
      },
      "the server has noticed it");
  ASSERT_EQ(rebuild(second_), Node::RebuildState::Switched) << second_.rebuild_state().failure;
  wait_until([&] { return seen(first_) == 3 && generations() == std::vector<std::string>{"generation_2"}; },
             "nothing of it is left");
}

}  // namespace
}  // namespace wenming::runtime::testing
