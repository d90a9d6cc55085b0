#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <future>
#include <random>
#include <thread>

#include "core/working_calendar.h"
#include "ledger_fixture.h"
#include "store/postgres/connection.h"
#include "store/postgres/engine.h"
#include "store/service_store.h"
#include "testing/postgres_server.h"

namespace wenming::store {
namespace {

/// What only a database does that several processes share.
class PostgresTest : public LedgerFixture {
 protected:
  /// Another process on the same database, which has lanes.
  std::unique_ptr<Store> open_another() {
    StoreOptions options;
    options.clock = clock_;
    options.limits = limits_;
    options.limits.lanes = 4;
    return open_store(GetParam().open(folder_), service_, contract_, std::move(options));
  }
};

TEST_P(PostgresTest, LetsTwoWritersTakeTurnsWithoutInterleaving) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::vector<std::string> accounts;
  for (int i = 0; i < 3; ++i) accounts.push_back(open_account().id());
  const auto other = open_another();
  expect_the_ledger_to_hold(hammer({store_.get(), other.get()}, accounts, 200, seed));
  EXPECT_EQ(std::max(store_->journal_head(), other->journal_head()), count("SELECT MAX(sequence) FROM journal"));
}

/// As when a newer version migrates while replicas of this one go on: an upgrade without a pause.
TEST_P(PostgresTest, GoesOnWhileTheTablesAreExpanded) {
  const std::string id = open_account().id();
  EXPECT_EQ(account(deposit(id, 1)).balance(), 1);
  EXPECT_EQ(get(id).balance(), 1);
  auto calls = std::async(std::launch::async, [&] { return hammer({store_.get()}, {id}, 100, 1); });
  const auto engine = GetParam().open(folder_);
  const auto newer = engine->open_writer();
  newer->begin();
  newer->migrate("ALTER TABLE accounts ADD COLUMN colour TEXT; CREATE TABLE colours (name TEXT PRIMARY KEY)");
  newer->execute(
      "INSERT INTO applied_migrations (schema_name, number, file, checksum, applied_at) "
      "VALUES ('ledger', 2, '0002_colours.sql', '', 0)",
      {});
  newer->commit();
  const Answered answered = calls.get();
  std::int64_t expected = 1;
  for (const auto& [key, amount] : answered) expected += amount;
  EXPECT_EQ(get(id).balance(), expected);
  restart();  // a replica of the old version may have to
  EXPECT_EQ(get(id).balance(), expected);
}

TEST_P(PostgresTest, NoticesWhatAnotherProcessWrote) {
  const std::string id = open_account().id();
  const auto other = open_another();
  const std::uint64_t version = other->version();
  const std::int64_t head = store_->journal_head();
  outcome(deposit(id, 1));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (other->journal_head() == head && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(other->journal_head(), head + 1);
  EXPECT_GT(other->version(), version);
}

/// Else an answer of now would be kept as one of after the next commit.
TEST_P(PostgresTest, IsNotAheadOfTheDatabaseAfterACommitThatWentUnanswered) {
  const std::string id = open_account().id();
  int commits = 0;
  faults_->at_commit = [&](Connection& connection) {
    const auto cursor = connection.query("SELECT COUNT(*) FROM deposits", {});
    if (!cursor->next() || domain::Row(*cursor).integer(0) == 0 || commits++ > 0) return;
    connection.commit();
    throw EngineError(EngineError::Kind::Unreachable, "cut off after the commit");
  };
  EXPECT_EQ(account(deposit(id, 1)).balance(), 1);
  EXPECT_EQ(commits, 1);
  EXPECT_EQ(static_cast<std::int64_t>(store_->version()), count("SELECT number FROM store_version"));
}

TEST_P(PostgresTest, LooksAtWhatOthersCommitAndNotAtItsOwn) {
  const auto engine = GetParam().open(folder_), other = GetParam().open(folder_);
  const auto writer = engine->open_writer(), others_writer = other->open_writer();
  const auto commit = [](Connection& connection) {
    connection.begin();
    connection.execute("UPDATE store_version SET number = number + 1", {});
    connection.commit();
  };
  std::atomic<int> looks = 0;
  const auto began = std::chrono::steady_clock::now();
  const auto watch = engine->watch([&] { ++looks; });
  const auto wait_for_looks = [&](int count) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (looks < count && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  wait_for_looks(1);
  for (int i = 0; i < 200; ++i) {
    commit(*writer);
    others_writer->begin();  // and leaves nothing behind, which is no news
    others_writer->commit();
  }
  // Announcements arrive in their order: with the look at this one, all before are dealt with.
  const int before = looks;
  commit(*others_writer);
  wait_for_looks(before + 1);
  EXPECT_GT(looks, before);
  // The first, that one, and one each half second.
  EXPECT_LE(looks, 3 + (std::chrono::steady_clock::now() - began) / std::chrono::milliseconds(500));
}

TEST_P(PostgresTest, ReckonsWithTheCalendarThatAnotherProcessWasToldOf) {
  StoreOptions options;
  options.calendar = [](domain::ReadTx& tx) {
    std::map<core::Date, core::WorkingCalendar::Kind> exceptions;
    for (const domain::Row& row : tx.query("SELECT day FROM calendar_days"))
      exceptions.emplace(core::parse_date(row.text(0)).value(), core::WorkingCalendar::Kind::Holiday);
    return std::make_shared<const core::WorkingCalendar>(
        core::UtcOffset(), core::WorkingCalendar::parse_hours("09:00-12:00,13:30-17:30"), exceptions);
  };
  const auto other = open_store(GetParam().open(folder_), service_, contract_, std::move(options));
  const auto deadline = [&] {
    core::Timestamp moment;
    other->read([&](domain::ReadTx& tx) { moment = tx.calendar().add(at("2026-03-05T17:00+08:00"), 60_min); });
    return moment;
  };
  EXPECT_EQ(deadline(), at("2026-03-06T09:30+08:00"));
  // Twice: it is not enough to look once.
  for (const auto& [holiday, expected] :
       {std::pair("2026-03-06", at("2026-03-09T09:30+08:00")), std::pair("2026-03-09", at("2026-03-10T09:30+08:00"))}) {
    work([day = holiday](domain::Tx& tx) {
      tx.run("INSERT INTO calendar_days (day, kind, occasion, version) VALUES ($1, 'HOLIDAY', '', 1)", day);
      tx.changed(kCalendar);
    });
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (deadline() != expected && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(deadline(), expected);
  }
}

TEST_P(PostgresTest, RunsTimersOfAProcessThatIsGone) {
  const auto other = open_another();
  ledger::v1::DepositLater command;
  command.set_account_id(open_account().id());
  command.set_amount(5);
  work([&](domain::Tx& tx) { tx.schedule("later", tx.now() + 5_min, command); });
  store_->stop();
  clock_->advance(std::chrono::hours(1));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  std::int64_t timers = 1;
  while (timers != 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    other->read([&](domain::ReadTx& tx) { timers = tx.value<std::int64_t>("SELECT COUNT(*) FROM timers").value(); });
  }
  EXPECT_EQ(timers, 0);
}

EngineKind on(testing::PostgresServer& server) {
  return {"Postgres", [&server](const testing::TemporaryFolder& folder) {
            return std::make_unique<PostgresEngine>(server.database(folder.path().filename().string()));
          }};
}

INSTANTIATE_TEST_SUITE_P(Engines, PostgresTest,
                         ::testing::Values(EngineKind{"Postgres",
                                                      [](const testing::TemporaryFolder& folder) {
                                                        return on(testing::PostgresServer::shared()).open(folder);
                                                      }}),
                         name_of);

std::int64_t backend_of(Connection& connection) {
  const auto cursor = connection.query("SELECT CAST(pg_backend_pid() AS BIGINT) AS pid", {});
  return cursor->next() ? domain::Row(*cursor).integer(0) : 0;
}

/// On a server of its own, which keeps its promises and is killed.
class PostgresCrashTest : public PostgresTest {
 protected:
  static testing::PostgresServer& server() {
    static testing::PostgresServer durable(testing::PostgresServer::Disk::Durable);
    return durable;
  }
  /// As an administrator would, or a server that is shut down in order.
  void end_writers() const {
    PostgresConnection administrator(server().database(folder_.path().filename().string()),
                                     PostgresConnection::Role::Reader);
    administrator.query(
        "SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'wenming writer'",
        {});
  }
  friend EngineKind killed();
};

EngineKind killed() {
  return {"Postgres",
          [](const testing::TemporaryFolder& folder) { return on(PostgresCrashTest::server()).open(folder); }};
}

TEST_P(PostgresCrashTest, LosesNothingAndDoublesNothingWhenTheServerIsKilled) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::vector<std::string> accounts;
  for (int i = 0; i < 3; ++i) accounts.push_back(open_account().id());
  const auto other = open_another();

  auto answered = std::async(std::launch::async, [&] {
    return hammer({store_.get(), other.get()}, accounts, 300, seed);
  });
  std::mt19937 random(seed);
  int kills = 0;
  while (answered.wait_for(std::chrono::milliseconds(50 + random() % 200)) != std::future_status::ready) {
    if (++kills % 2 == 0) {
      end_writers();
      continue;
    }
    server().kill();
    server().start();
  }
  EXPECT_GT(kills, 0);
  expect_the_ledger_to_hold(answered.get());
}

/// A server that ends a connection confirms a commit that was under way, and then says that it is going.
TEST_P(PostgresCrashTest, SaysThatTheConnectionIsLostWhereverTheServerEndsIt) {
  const std::string url = server().database("ended");
  PostgresConnection administrator(url, PostgresConnection::Role::Reader);
  PostgresConnection(url, PostgresConnection::Role::Writer).migrate("CREATE TABLE IF NOT EXISTS rows (number BIGINT)");
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  int cut = 0;
  for (int round = 0; round < 100; ++round) {
    const auto own = std::make_shared<OwnBackends>();
    auto connection = std::make_unique<PostgresConnection>(url, PostgresConnection::Role::Writer);
    PostgresConnection& writer = *connection;
    writer.join(own);
    const std::int64_t backend = backend_of(writer);
    const std::chrono::microseconds after(500 + random() % 3'000);
    auto ended = std::async(std::launch::async, [&] {
      std::this_thread::sleep_for(after);
      const std::array<domain::Value, 1> pid{backend};
      administrator.query("SELECT pg_terminate_backend(CAST($1 AS INTEGER)) AS ended", pid);
    });
    try {
      while (true) {
        writer.begin();
        writer.execute("INSERT INTO rows VALUES (1)", {});
        writer.commit();
      }
    } catch (const EngineError& fault) {
      EXPECT_EQ(fault.kind(), EngineError::Kind::Unreachable) << fault.what();
      EXPECT_FALSE(writer.alive());
      ++cut;
    }
    ended.get();
    connection.reset();
    EXPECT_FALSE(own->contains(static_cast<int>(backend))) << "the number may become that of another's";
  }
  EXPECT_EQ(cut, 100);
}

/// Its host goes on answering for it, so that nothing else would notice.
TEST_P(PostgresCrashTest, CountsAServerThatHangsAsLost) {
  PostgresConnection reader(server().database("hanging"), PostgresConnection::Role::Reader);
  const auto backend = static_cast<pid_t>(backend_of(reader));
  reader.begin_read(std::chrono::milliseconds(100));
  ASSERT_EQ(::kill(backend, SIGSTOP), 0);
  try {
    reader.query("SELECT 1 AS one", {});
    ADD_FAILURE() << "answered while it was stopped";
  } catch (const EngineError& fault) {
    EXPECT_EQ(fault.kind(), EngineError::Kind::Unreachable) << fault.what();
  }
  EXPECT_FALSE(reader.alive());
  ::kill(backend, SIGCONT);
}

TEST_P(PostgresCrashTest, LeavesAServerThatIsAwayAlone) {
  const auto counters = std::make_shared<PostgresCounters>();
  const auto store = open_store(
      std::make_unique<PostgresEngine>(server().database(folder_.path().filename().string()), "public", counters),
      service_, contract_, {});
  server().kill();
  const std::uint64_t before = counters->failed;
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const std::uint64_t attempts = counters->failed - before;
  server().start();
  EXPECT_GT(attempts, 0U);
  EXPECT_LT(attempts, 30U);
}

INSTANTIATE_TEST_SUITE_P(Engines, PostgresCrashTest, ::testing::Values(killed()), name_of);

TEST(PostgresEngineTest, RefusesADatabaseThatOrdersTextsOtherwise) {
  const std::string url =
      testing::PostgresServer::shared().database("other_order", "LOCALE_PROVIDER icu ICU_LOCALE 'zh'");
  EXPECT_THAT([&] { PostgresEngine engine(url); },
              ::testing::ThrowsMessage<std::runtime_error>(::testing::HasSubstr("collation C")));
}

TEST(PostgresEngineTest, AReadThatMayLastLongMayStandIdleAsLong) {
  PostgresEngine engine(testing::PostgresServer::shared().database("idle"));
  const auto reader = engine.open_reader();
  const auto idle = [&](std::chrono::milliseconds bound) {
    reader->begin_read(bound);
    std::string setting;
    {
      const auto cursor = reader->query("SELECT current_setting('idle_in_transaction_session_timeout')", {});
      cursor->next();
      setting = domain::Row(*cursor).text(0);
    }
    reader->commit();
    return setting;
  };
  EXPECT_EQ(idle(std::chrono::seconds(2)), "10s");
  EXPECT_EQ(idle(std::chrono::hours(1)), "1h");
  EXPECT_EQ(idle(std::chrono::seconds(2)), "10s");
}

TEST(PostgresEngineTest, SaysThatTheServerCannotBeReached) {
  try {
    PostgresEngine engine("host=127.0.0.1 port=1 dbname=nothing");
    FAIL() << "connected to nothing";
  } catch (const EngineError& error) {
    EXPECT_EQ(error.kind(), EngineError::Kind::Unreachable);
  }
}

}  // namespace
}  // namespace wenming::store
