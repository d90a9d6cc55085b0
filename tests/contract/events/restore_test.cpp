// Backups and moves of two services that hear of each other through a real broker.

#include "runtime/restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <random>

#include "core/settings.h"
#include "events/kafka/relay.h"
#include "events/kafka/subscription.h"
#include "events/test_support.h"
#include "runtime/backup.h"
#include "runtime/databases.h"
#include "store/audit.h"
#include "testing/kafka_broker.h"
#include "testing/postgres_server.h"

namespace wenming::events::testing {
namespace {

using runtime::ServerSettings;
using ::testing::HasSubstr;
using wenming::testing::KafkaBroker;
using wenming::testing::PostgresServer;

const std::vector<domain::Service>& services() {
  static const std::vector<domain::Service> both{publisher(), listener()};
  return both;
}

std::string refusal(const std::function<void()>& body) {
  try {
    body();
  } catch (const std::runtime_error& refused) {
    return refused.what();
  }
  return "nothing was refused";
}

/// `volunteer` and `listener`, running on what the settings say.
class Installation {
 public:
  explicit Installation(const ServerSettings& settings)
      : settings_(settings), databases_(runtime::open_databases(settings.store_url)) {
    volunteer_ = open(services()[0]);
    listener_ = open(services()[1]);
    journal_ = std::make_shared<JournalSource>("volunteer", *volunteer_);
    volunteer_->on_commit([journal = journal_] { journal->committed(); });
    if (settings_.kafka) relay_.emplace(*volunteer_, journal_, *settings_.kafka);
  }
  ~Installation() {
    deafen();
    relay_.reset();
    volunteer_->stop();
    listener_->stop();
  }
  Installation(const Installation&) = delete;
  Installation& operator=(const Installation&) = delete;

  void listen() { listen_with(*listener_, "listener"); }
  void listen_with(store::Store& store, const std::string& group) {
    std::vector<std::shared_ptr<EventSource>> sources{journal_};
    if (settings_.kafka) {
      subscription_ = std::make_unique<KafkaSubscription>(*settings_.kafka, std::set<std::string>{"volunteer"}, group);
      sources = subscription_->sources();
    }
    consumer_ = std::make_unique<Consumer>(store, std::make_shared<const Handlers>(services()[1]), sources, fast());
    consumer_->start();
  }
  void deafen() {
    consumer_.reset();
    subscription_.reset();
  }
  /// Until all of the journal is in the topic.
  void wait_until_sent() {
    wait_until([&] { return relay_->status().sent == volunteer_->journal_head(); }, "all is sent");
  }
  void send_all_again() {
    relay_.reset();
    commit(*volunteer_, "", [](domain::Tx& tx) { tx.run("DELETE FROM relay_positions"); });
    relay_.emplace(*volunteer_, journal_, *settings_.kafka);
  }

  [[nodiscard]] store::Store& volunteer() { return *volunteer_; }
  [[nodiscard]] store::Store& listener() { return *listener_; }
  static std::int64_t seen_by(store::Store& store) {
    std::int64_t count = 0;
    store.read([&](domain::ReadTx& tx) { count = tx.value<std::int64_t>("SELECT COUNT(*) FROM seen").value_or(0); });
    return count;
  }

 private:
  std::shared_ptr<store::Store> open(const domain::Service& service) {
    store::StoreOptions options;
    options.schemas.push_back({"events", {schema().begin(), schema().end()}});
    return store::open_store(databases_->open(service.name(), databases_->generation(service.name())), service,
                             contract_, std::move(options));
  }

  const ServerSettings settings_;
  const std::unique_ptr<runtime::Databases> databases_;
  const contract::Contract contract_{{}};
  std::shared_ptr<store::Store> volunteer_, listener_;
  std::shared_ptr<JournalSource> journal_;
  std::optional<Relay> relay_;
  std::unique_ptr<KafkaSubscription> subscription_;
  std::unique_ptr<Consumer> consumer_;
};

class RestoreTest : public ::testing::Test {
 protected:
  [[nodiscard]] ServerSettings settings(const std::string& store, int partitions = 0) const {
    core::Settings given;
    given.give(core::Settings::Source::Flag, "store.url", store);
    if (partitions > 0) {
      given.give(core::Settings::Source::Flag, "events.url", "kafka://" + KafkaBroker::shared().address());
      given.give(core::Settings::Source::Flag, "events.partitions", std::to_string(partitions));
      given.give(core::Settings::Source::Flag, "events.prefix", prefix_);
      given.give(core::Settings::Source::Flag, "events.instance", "a");
    }
    return ServerSettings(given);
  }
  [[nodiscard]] std::string folder(const std::string& name) const { return "sqlite:" + path(name).string(); }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

  /// Databases of both services on the server that tests share.
  [[nodiscard]] std::string postgres(const std::string& name) const {
    std::string connection;  // `host=FOLDER user=… dbname=…`
    for (const auto& service : services())
      connection = PostgresServer::shared().database(prefix_ + name + service.name());
    const std::string host = connection.substr(0, connection.find(' '));
    return "postgresql:///" + prefix_ + name + "{service}?user=postgres&" + host;
  }

  /// Changes of ten keys, each with versions that count up over all lives.
  void publish(Installation& to, int count) {
    for (int i = 0; i < count; ++i) {
      const std::string key = "key" + std::to_string(published_ % 10);
      const auto event = change(key, ++versions_[key]);
      commit(to.volunteer(), "test", [&](domain::Tx& tx) { tx.publish(event); });
      ++published_;
    }
  }
  /// What is told after the backup and never happened.
  static void publish_ghosts(Installation& to, int count) {
    for (int i = 0; i < count; ++i) {
      commit(to.volunteer(), "test",
             [&](domain::Tx& tx) { tx.publish(change("key" + std::to_string(i % 10), 1'000'000 + i)); });
    }
  }

  /// Each event once, each key's in the order of their versions, and no ghosts.
  void expect_all_once_in_order(store::Store& store) {
    std::map<std::string, std::int64_t> seen;
    store.read([&](domain::ReadTx& tx) {
      for (const domain::Row& row : tx.query("SELECT key, version FROM seen ORDER BY number"))
        EXPECT_EQ(row.integer(1), ++seen[std::string(row.text(0))]) << row.text(0);
      EXPECT_EQ(tx.value<int>("SELECT COUNT(*) FROM dead_letters"), 0);
    });
    EXPECT_EQ(seen, versions_);
  }
  void wait_until_all_is_seen(store::Store& store) {
    wait_until([&] { return Installation::seen_by(store) >= published_; }, "every event has arrived");
  }

  const wenming::testing::TemporaryFolder folder_;
  const std::string prefix_ = "restore-" + std::to_string(std::random_device{}());
  std::map<std::string, std::int64_t> versions_;
  std::int64_t published_ = 0;
};

TEST_F(RestoreTest, LosesNothingAndKeepsNoGhostsWhereEventsTravelThroughKafka) {
  {
    Installation before(settings(folder("before"), 3));
    before.listen();
    publish(before, 100);
    wait_until_all_is_seen(before.listener());
    before.deafen();
    publish(before, 20);  // sent, but not applied when the backup is taken
    before.wait_until_sent();
    runtime::take_backup(services(), settings(folder("before"), 3), path("backup"));
    before.listen();
    publish_ghosts(before, 50);
    wait_until([&] { return Installation::seen_by(before.listener()) == 170; }, "the ghosts are seen");
  }
  runtime::restore(services(), settings(folder("after"), 3), path("backup"));
  Installation after(settings(folder("after"), 3));
  after.listen();
  publish(after, 60);
  wait_until_all_is_seen(after.listener());
  expect_all_once_in_order(after.listener());

  // A relay that dies may send both lives again.
  after.send_all_again();
  publish(after, 30);
  wait_until_all_is_seen(after.listener());
  after.wait_until_sent();
  expect_all_once_in_order(after.listener());

  // Whoever begins at the beginning sees the journal and nothing else.
  after.deafen();
  Database copy(listener());
  after.listen_with(copy.store(), "");
  wait_until_all_is_seen(copy.store());
  expect_all_once_in_order(copy.store());
  after.deafen();
}

TEST_F(RestoreTest, RefusesWhileAProcessStillReads) {
  Installation before(settings(folder("before"), 3));
  before.listen();
  publish(before, 20);
  wait_until_all_is_seen(before.listener());
  runtime::take_backup(services(), settings(folder("before"), 3), path("backup"));
  EXPECT_THAT(refusal([&] { runtime::restore(services(), settings(folder("after"), 3), path("backup")); }),
              HasSubstr("the Kafka group " + prefix_ + ".listener has members"));
  publish(before, 20);
  wait_until_all_is_seen(before.listener());
}

TEST_F(RestoreTest, GoesOnInAnotherClusterThatHasNoTopics) {
  {
    Installation before(settings(folder("before"), 3));
    before.listen();
    publish(before, 50);
    wait_until_all_is_seen(before.listener());
    runtime::take_backup(services(), settings(folder("before"), 3), path("backup"));
  }
  ServerSettings elsewhere = settings(folder("after"), 3);
  elsewhere.kafka->prefix += ".another";
  runtime::restore(services(), elsewhere, path("backup"));
  Installation after(elsewhere);
  after.listen();
  publish(after, 20);
  wait_until_all_is_seen(after.listener());
  expect_all_once_in_order(after.listener());
}

TEST_F(RestoreTest, GoesOnWhereEventsStayInTheProcess) {
  {
    Installation before(settings(folder("before")));
    before.listen();
    publish(before, 40);
    wait_until_all_is_seen(before.listener());
    before.deafen();
    publish(before, 10);
    runtime::take_backup(services(), settings(folder("before")), path("backup"));
    before.listen();
    publish_ghosts(before, 20);
  }
  runtime::restore(services(), settings(folder("after")), path("backup"));
  Installation after(settings(folder("after")));
  after.listen();
  publish(after, 30);
  wait_until_all_is_seen(after.listener());
  expect_all_once_in_order(after.listener());
}

TEST_F(RestoreTest, RefusesLogsThatTheMarksSayNothingAbout) {
  {
    Installation before(settings(folder("before"), 3));
    before.listen();
    publish(before, 20);
    wait_until_all_is_seen(before.listener());
    EXPECT_THAT(refusal([&] { runtime::take_backup(services(), settings(folder("before")), path("backup")); }),
                HasSubstr("--config"));
    EXPECT_FALSE(std::filesystem::exists(path("backup")));
    EXPECT_FALSE(std::filesystem::exists(path("backup.unfinished")));
    runtime::take_backup(services(), settings(folder("before"), 3), path("backup"));
  }
  EXPECT_THAT(refusal([&] { runtime::restore(services(), settings(folder("after")), path("backup")); }),
              HasSubstr("events.partitions = 3"));
  EXPECT_THAT(refusal([&] { runtime::restore(services(), settings(folder("after"), 4), path("backup")); }),
              HasSubstr("events.partitions = 3"));
}

TEST_F(RestoreTest, AnEmbeddedInstallationMovesToPostgresAndKafka) {
  const ServerSettings there = settings(postgres("moved"), 3);
  {
    Installation before(settings(folder("before")));
    before.listen();
    publish(before, 70);
    wait_until_all_is_seen(before.listener());
    before.deafen();
    publish(before, 30);
    EXPECT_THAT(refusal([&] { runtime::move(services(), there, folder("before")); }), HasSubstr("in use by process"));
  }
  runtime::move(services(), there, folder("before"));
  Installation after(there);
  after.listen();
  publish(after, 50);
  wait_until_all_is_seen(after.listener());
  expect_all_once_in_order(after.listener());
  EXPECT_EQ(after.volunteer().epochs().first(), after.volunteer().epoch()) << "its life goes on";

  const auto again = [&] {
    return refusal([&] { runtime::move(services(), settings(postgres("again"), 3), folder("before")); });
  };
  EXPECT_THAT(again(), HasSubstr("has moved to"));
  std::filesystem::remove(path("before") / "moved-to");
  EXPECT_THAT(again(), HasSubstr("events of another installation"));
}

TEST_F(RestoreTest, ABackupOfPostgresIsRestoredIntoAFolderAndBack) {
  {
    Installation before(settings(postgres("before")));
    before.listen();
    publish(before, 50);
    wait_until_all_is_seen(before.listener());
    runtime::take_backup(services(), settings(postgres("before")), path("backup"));
  }
  EXPECT_TRUE(runtime::verify_backup(services(), path("backup")));
  for (const std::string& url : {folder("after"), postgres("after")}) {
    runtime::restore(services(), settings(url), path("backup"));
    const auto versions = versions_;
    const std::int64_t published = published_;
    Installation after(settings(url));
    after.listen();
    publish(after, 25);
    wait_until_all_is_seen(after.listener());
    expect_all_once_in_order(after.listener());
    versions_ = versions;
    published_ = published;
  }
}

TEST_F(RestoreTest, ABackupHoldsNoEffectWithoutItsCauseHoweverMuchIsGoingOn) {
  Installation running(settings(folder("running")));
  running.listen();
  std::jthread busy([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) publish(running, 1);
  });
  for (int i = 0; i < 20; ++i) {
    wait_until([&, before = Installation::seen_by(
                       running.listener())] { return Installation::seen_by(running.listener()) > before; },
               "something has happened");
    const auto to = path("backup " + std::to_string(i));
    runtime::take_backup(services(), settings(folder("running")), to);
    const auto databases = runtime::check_backup(services(), to).databases;
    const auto& marks = databases.at("listener").positions;
    ASSERT_EQ(marks.size(), 1U);
    EXPECT_LE(marks[0].mark.sequence, databases.at("volunteer").journal_rows);
    EXPECT_EQ(databases.at("listener").tables.at("seen"), marks[0].mark.sequence);
  }
}

}  // namespace
}  // namespace wenming::events::testing
