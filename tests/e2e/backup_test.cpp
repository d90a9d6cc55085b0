// Backup, restore and move as those meet them who look after an installation.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <set>

#include "e2e/empty_databases.h"
#include "e2e/server_process.h"
#include "store/postgres/connection.h"
#include "testing/postgres_server.h"

namespace wenming::e2e {
namespace {

namespace fs = std::filesystem;
using runtime::ApiClient;
using runtime::number_of;
using runtime::text_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using wenming::testing::PostgresServer;

constexpr int kRefused = 1, kKilled = 137;

MATCHER_P2(Ends, exit_code, output, "") {
  *result_listener << "exit code " << arg.exit_code << " and the output\n" << arg.output;
  return arg.exit_code == exit_code && ::testing::Matches(output)(arg.output);
}

std::string figures(ApiClient& client) {
  return client.send("GET", "/v1/dashboard/overview", {}, {}).body;
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

class BackupTest : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path(const std::string& name) const { return folder_.path() / name; }
  [[nodiscard]] std::string sqlite(const std::string& name) const { return "sqlite:" + path(name).string(); }
  [[nodiscard]] CommandResult backup(const std::string& to) const {
    return run_wenming({"backup", "--store", sqlite("data"), "--to", path(to).string()});
  }
  [[nodiscard]] CommandResult restore(const std::string& from, const std::string& store) const {
    return run_wenming({"restore", "--from", path(from).string(), "--store", store});
  }
  /// The key file is kept apart from backups, and put back beside what was restored.
  void put_back_keys(const std::string& to) const {
    fs::copy_file(path("data") / "personal-data.keys", path(to) / "personal-data.keys");
  }
  void demo(const ServerProcess& server) const {
    ASSERT_THAT(run_as_admin(server, {"demo", "--volunteers", "20"}), Ends(0, HasSubstr("is there")));
    ASSERT_TRUE(all_events_applied(server));
  }

  const TemporaryFolder folder_;
};

void add_unit(ApiClient& client, const std::string& code) {
  client.post("/v1/organisations",
              fmt::format(R"({{"code":"{}","name":"龙水镇","parent_id":"","level":"DISTRICT"}})", code), code);
}

std::set<std::string> units_of(ApiClient& client) {
  std::set<std::string> codes;
  for (std::string token;;) {
    const auto page = client.get("/v1/organisations?page_size=500" + (token.empty() ? "" : "&page_token=" + token));
    for (const auto& unit : page["organisations"].GetArray()) codes.emplace(text_of(unit, "code"));
    token = text_of(page, "next_page_token");
    if (token.empty()) return codes;
  }
}

/// Somebody who goes on adding units, until it ends or its server is killed.
class Writer {
 public:
  explicit Writer(ApiClient client)
      : thread_([this, client = std::move(client)](const std::stop_token& stop) mutable {
          for (int i = 0; !stop.stop_requested(); ++i) {
            const std::string code = fmt::format("U{:05}", i);
            try {
              add_unit(client, code);
            } catch (const std::runtime_error&) {
              EXPECT_TRUE(killed_);
              return;
            }
            const std::lock_guard lock(mutex_);
            acknowledged_.insert(code);
          }
        }) {}

  [[nodiscard]] std::set<std::string> acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }
  /// Whoever kills the server says so before.
  void will_be_killed() { killed_ = true; }
  void join() { thread_.join(); }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> acknowledged_;
  std::atomic<bool> killed_ = false;
  std::jthread thread_;
};

TEST_F(BackupTest, HoldsAllThatWasAcknowledgedBeforeItAndIsRestoredAsAWhole) {
  ServerProcess server(path("data"));
  Writer writer(server.admin());
  ASSERT_TRUE(eventually([&] { return writer.acknowledged().size() > 100; }));
  const std::set<std::string> before = writer.acknowledged();
  ASSERT_THAT(backup("backup"), Ends(0, AllOf(HasSubstr("identity"), HasSubstr("The backup is in"))));
  const std::size_t at_the_end = writer.acknowledged().size();
  ASSERT_TRUE(eventually([&] { return writer.acknowledged().size() > at_the_end + 20; })) << "nobody was held up";
  writer.will_be_killed();
  server.kill();
  writer.join();

  ASSERT_THAT(restore("backup", sqlite("restored")), Ends(0, HasSubstr("The services may be started")));
  put_back_keys("restored");
  EXPECT_THAT(run_wenming({"audit", "verify", "--store", sqlite("restored")}), Ends(0, Not(HasSubstr("broken"))));
  ServerProcess restored(path("restored"));
  ApiClient admin = restored.admin();
  const std::set<std::string> units = units_of(admin);
  EXPECT_THAT(units, IsSupersetOf(before));
  EXPECT_LT(units.size(), writer.acknowledged().size()) << "what came after the backup is gone";
  add_unit(admin, "AFTER");
  EXPECT_TRUE(all_events_applied(restored));
  http::Client client(restored.url());
  EXPECT_THAT(client.request("GET", "/readyz?verbose").body, Not(HasSubstr("stopped")));
  EXPECT_THAT(run_wenming({"audit", "verify", "--store", sqlite("restored")}), Ends(0, Not(HasSubstr("broken"))));
}

TEST_F(BackupTest, AnAuditBesideServicesThatWriteFindsNothing) {
  ServerProcess server(path("data"));
  const Writer writer(server.admin());
  for (int round = 0; round < 20; ++round) {
    const std::size_t before = writer.acknowledged().size();
    ASSERT_TRUE(eventually([&] { return writer.acknowledged().size() > before + 10; }));
    EXPECT_THAT(run_wenming({"audit", "verify", "--store", sqlite("data")}), Ends(0, Not(HasSubstr("broken"))));
  }
}

TEST_F(BackupTest, OfTheDemonstrationGivesTheSameFiguresAlsoAfterARebuild) {
  ServerProcess server(path("data"));
  demo(server);
  // The copy that serves is another file by now.
  ASSERT_THAT(run_as_admin(server, {"rebuild", "dashboard"}), Ends(0, HasSubstr("switched")));
  ApiClient before = server.admin();
  const std::string shown = figures(before);
  ASSERT_THAT(backup("backup"), Ends(0, HasSubstr("dashboard")));
  const auto files = names_in(path("backup"));
  for (const auto& service : kServices) EXPECT_TRUE(files.contains(fmt::format("{}.sqlite", service))) << service;
  EXPECT_THAT(run_wenming({"backup", "verify", path("backup").string()}),
              Ends(0, AllOf(HasSubstr("hotline: "), HasSubstr("head "))));

  ASSERT_THAT(restore("backup", sqlite("restored")), Ends(0, HasSubstr("may be started")));
  put_back_keys("restored");
  EXPECT_EQ(names_in(path("backup")), files) << "the backup is as it was";
  ServerProcess restored(path("restored"));
  ApiClient after = restored.admin();
  EXPECT_EQ(figures(after), shown);
  demo(restored);  // the answers are kept under their keys
  EXPECT_EQ(figures(after), shown);
  ASSERT_THAT(run_as_admin(restored, {"rebuild", "dashboard"}), Ends(0, HasSubstr("switched")));
  EXPECT_EQ(figures(after), shown);
}

TEST_F(BackupTest, ABackupThatWasKilledLeavesNothingUnderItsName) {
  ServerProcess server(path("data"));
  demo(server);
  EXPECT_THAT(run_wenming_until({"backup", "--store", sqlite("data"), "--to", path("backup").string()},
                                [&] { return fs::exists(path("backup.unfinished/identity.sqlite")); }),
              Ends(kKilled, HasSubstr("")));
  EXPECT_FALSE(fs::exists(path("backup")));
  EXPECT_THAT(backup("backup"), Ends(0, HasSubstr("The backup is in")));
  EXPECT_FALSE(fs::exists(path("backup.unfinished")));
  EXPECT_THAT(run_wenming({"backup", "verify", path("backup").string()}), Ends(0, HasSubstr("dashboard")));
}

TEST_F(BackupTest, WhatIsNotAsItShouldBeIsRefused) {
  {
    ServerProcess server(path("data"));
    ASSERT_THAT(backup("backup"), Ends(0, HasSubstr("The backup is in")));
    EXPECT_THAT(backup("backup"), Ends(kRefused, HasSubstr("a backup needs a new folder")));
    EXPECT_THAT(restore("backup", sqlite("data")), Ends(kRefused, HasSubstr("in use by process")));
    server.stop();
  }
  EXPECT_THAT(restore("backup", sqlite("data")), Ends(kRefused, HasSubstr("holds data already")));
  EXPECT_THAT(restore("data", sqlite("other")), Ends(kRefused, HasSubstr("no backup")));
  EXPECT_THAT(run_wenming({"backup", "--store", sqlite("nothing"), "--to", path("b").string()}),
              Ends(kRefused, HasSubstr("there is none")));
  {
    std::fstream file(path("backup") / "hotline.sqlite", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(9'000);
    file.put('!');
  }
  EXPECT_THAT(run_wenming({"backup", "verify", path("backup").string()}),
              Ends(kRefused, HasSubstr("hotline.sqlite is not what was written")));
  EXPECT_THAT(restore("backup", sqlite("other")), Ends(kRefused, HasSubstr("hotline.sqlite is not what was written")));
}

TEST_F(BackupTest, HoldsTheFilesToo) {
  const std::string file = "blobs/attachments/file";
  const auto text_of = [&](const fs::path& of) {
    std::ifstream in(of, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), {});
  };
  ServerProcess server(path("data"));
  fs::create_directories((path("data") / file).parent_path());
  std::ofstream(path("data") / file) << std::string(9 << 20, 'x') << "end";
  ASSERT_THAT(backup("backup"), Ends(0, HasSubstr("The backup is in")));
  EXPECT_THAT(run_wenming({"backup", "verify", path("backup").string()}), Ends(0, HasSubstr("1 files")));
  ASSERT_THAT(restore("backup", sqlite("restored")), Ends(0, HasSubstr("1 files are in")));
  EXPECT_TRUE(text_of(path("restored") / file) == text_of(path("data") / file));
  std::ofstream(path("backup") / file, std::ios::app) << "!";
  EXPECT_THAT(run_wenming({"backup", "verify", path("backup").string()}),
              Ends(kRefused, HasSubstr("attachments/file")));
}

class MoveTest : public BackupTest {
 protected:
  [[nodiscard]] CommandResult serve(const std::string& store) const {
    return run_wenming({"serve", "--listen", "127.0.0.1:0", "--store", store});
  }

  const EmptyDatabases databases_{folder_.path().filename().string()};
  const std::string store_ = databases_.url();
  const std::string files_ = "directory:" + path("files").string();
  const std::vector<std::string> move_{"move", "--from", sqlite("data"), "--to", store_, "--blobs", files_};
};

TEST_F(MoveTest, TakesAnInstallationOverAlsoWhenItIsKilledInTheMiddle) {
  std::string shown;
  {
    ServerProcess server(path("data"));
    demo(server);
    ApiClient admin = server.admin();
    shown = figures(admin);
    EXPECT_THAT(run_wenming(move_), Ends(kRefused, HasSubstr("in use by process")));
    EXPECT_EQ(server.stop(), 0);
  }
  {
    // Whoever has the writer's turn holds the move up in its middle.
    store::PostgresConnection turn(PostgresServer::shared().database(databases_.of("volunteer")),
                                   store::PostgresConnection::Role::Writer);
    store::PostgresConnection last(PostgresServer::shared().database(databases_.of("dashboard")),
                                   store::PostgresConnection::Role::Reader);
    const auto begun = [&] {
      return last.query("SELECT 1 FROM pg_tables WHERE tablename = 'unfinished_copy'", {})->next();
    };
    const auto held_up = [&, held = false]() mutable {
      if (!held && begun()) {
        turn.begin();
        held = true;
      }
      return held && turn.query(
                             "SELECT 1 FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database "
                             "WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()",
                             {})
                         ->next();
    };
    EXPECT_THAT(run_wenming_until(move_, held_up), Ends(kKilled, HasSubstr("identity")));
    turn.rollback();
  }
  EXPECT_THAT(serve(store_), Ends(kRefused, HasSubstr("was begun and not ended")));
  EXPECT_THAT(run_wenming(move_), Ends(0, AllOf(HasSubstr("dashboard"), HasSubstr("All of it has moved"))));
  EXPECT_THAT(run_wenming(move_), Ends(0, HasSubstr("nothing was changed")));
  EXPECT_THAT(serve(sqlite("data")),
              Ends(kRefused, AllOf(HasSubstr("has moved to postgresql://"), HasSubstr(databases_.of("{service}")))));
  EXPECT_THAT(run_wenming({"audit", "verify", "--store", store_}), Ends(0, Not(HasSubstr("broken"))));

  ServerProcess moved(path("moved"), {"blobs.url=" + files_, "keys.file=" + path("data/personal-data.keys").string()},
                      ServerProcess::FirstPassword::FromFile, store_);
  ApiClient admin = moved.admin();
  EXPECT_EQ(figures(admin), shown);
  demo(moved);  // the answers are kept under their keys
  EXPECT_EQ(figures(admin), shown);
  ASSERT_THAT(run_as_admin(moved, {"rebuild", "dashboard"}), Ends(0, HasSubstr("switched")));
  EXPECT_EQ(figures(admin), shown);
}

TEST_F(MoveTest, LeavesAFolderThatIsServedAgainOnlyOnPurpose) {
  { ServerProcess server(path("data")); }
  ASSERT_THAT(run_wenming(move_), Ends(0, HasSubstr("All of it has moved")));
  EXPECT_THAT(serve(sqlite("data")), Ends(kRefused, HasSubstr("moved-to")));
  EXPECT_THAT(run_wenming({"migrate", "--store", sqlite("data")}), Ends(kRefused, HasSubstr("moved-to")));
  EXPECT_THAT(run_wenming({"audit", "verify", "--store", sqlite("data")}), Ends(0, HasSubstr("identity")));
  const EmptyDatabases other(folder_.path().filename().string() + "-other");
  EXPECT_THAT(run_wenming({"move", "--from", sqlite("data"), "--to", other.url()}),
              Ends(kRefused, HasSubstr("has moved to")));
  ASSERT_TRUE(fs::remove(path("data") / "moved-to"));
  ServerProcess again(path("data"));
  EXPECT_GT(again.admin().get("/v1/users").MemberCount(), 0U);
}

TEST_F(MoveTest, NamesWhatCannotBeMoved) {
  EXPECT_THAT(run_wenming({"move", "--from", store_, "--to", store_}), Ends(kRefused, HasSubstr("sqlite:FOLDER")));
  EXPECT_THAT(run_wenming(move_), Ends(kRefused, HasSubstr("is no folder")));
  fs::create_directory(path("data"));
  EXPECT_THAT(run_wenming(move_), Ends(kRefused, HasSubstr("there is none")));
  EXPECT_THAT(run_wenming({"move", "--from", sqlite("data"), "--to", sqlite("other")}),
              Ends(kRefused, HasSubstr("postgresql://")));
}

}  // namespace
}  // namespace wenming::e2e
