// The command line as a user meets it: what it prints, and what its exit code says to a script.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <cstdlib>

#include "e2e/sample_files.h"
#include "e2e/server_process.h"

namespace wenming::e2e {
namespace {

namespace fs = std::filesystem;
using runtime::ApiClient;
using runtime::number_of;
using runtime::text_of;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr int kWrongUsage = 2;
constexpr int kRefused = 1;

MATCHER_P2(Ends, exit_code, output, "") {
  *result_listener << "exit code " << arg.exit_code << " and the output\n" << arg.output;
  return arg.exit_code == exit_code && testing::Matches(output)(arg.output);
}

/// A variable of the environment for the commands started meanwhile.
class EnvironmentVariable {
 public:
  EnvironmentVariable(std::string name, const char* value) : name_(std::move(name)) {
    ::setenv(name_.c_str(), value, 1);
  }
  ~EnvironmentVariable() { ::unsetenv(name_.c_str()); }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;

 private:
  const std::string name_;
};

// ---- Without a server ----

TEST(CommandLineTest, EndsWithTwoWhereItIsUsedWrongly) {
  EXPECT_THAT(run_wenming({}), Ends(kWrongUsage, HasSubstr("subcommand is required")));
  EXPECT_THAT(run_wenming({"inport"}), Ends(kWrongUsage, AllOf(HasSubstr("no command inport"), HasSubstr("--help"))));
  EXPECT_THAT(run_wenming({"import", "csaes"}), Ends(kWrongUsage, HasSubstr("no command csaes")));
  EXPECT_THAT(run_wenming({"serve", "--prot", "80"}), Ends(kWrongUsage, HasSubstr("--prot")));
  EXPECT_THAT(run_wenming({"version", "further"}), Ends(kWrongUsage, HasSubstr("further")));
  EXPECT_THAT(run_wenming({"import", "cases"}), Ends(kWrongUsage, HasSubstr("file is required")));
  EXPECT_THAT(run_wenming({"import", "organisations", "/no/such.csv"}), Ends(kWrongUsage, HasSubstr("/no/such.csv")));
  EXPECT_THAT(run_wenming({"config", "check", "--config", "/no/such.toml"}),
              Ends(kWrongUsage, HasSubstr("/no/such.toml")));
}

TEST(CommandLineTest, PrintsItsVersionItsHelpAndItsContract) {
  EXPECT_THAT(run_wenming({"version"}), Ends(0, ContainsRegex("^wenming [0-9]+\\.[0-9]+\\.[0-9]+")));
  EXPECT_THAT(run_wenming({"--help"}), Ends(0, AllOf(HasSubstr("serve"), HasSubstr("import"), HasSubstr("audit"))));
  const CommandResult openapi = run_wenming({"openapi"});
  rapidjson::Document contract;
  contract.Parse(openapi.output.c_str());
  ASSERT_EQ(openapi.exit_code, 0);
  ASSERT_FALSE(contract.HasParseError());
  EXPECT_TRUE(text_of(contract, "openapi").starts_with("3.1"));
  EXPECT_TRUE(contract["paths"].HasMember("/v1/dashboard/overview"));
}

TEST(CommandLineTest, NamesEveryFaultOfTheConfiguration) {
  EXPECT_THAT(run_wenming({"config", "check"}), Ends(0, HasSubstr("sound")));

  const TemporaryFolder folder;
  const fs::path file = folder.path() / "wenming.toml";
  write_file(file, "[http]\nlisten = 80\n\n[volunteers]\nsome_key = 1\n");
  const EnvironmentVariable variable("WENMING_STORE_READERS", "many");
  EXPECT_THAT(run_wenming({"config", "check", "--config", file.string(), "--set", "store.max_queue=0", "--set",
                           "http.listn=127.0.0.1:1", "--set", "deployment.utc_offset=Beijing", "--set",
                           "deployment.working_hours=nine to five", "--store", "sqlite"}),
              Ends(kRefused,
                   AllOf(HasSubstr("http.listen"), HasSubstr("wenming.toml, line 2"), HasSubstr("volunteers.some_key"),
                         HasSubstr("WENMING_STORE_READERS"), HasSubstr("store.max_queue"),
                         HasSubstr("deployment.utc_offset"), HasSubstr("deployment.working_hours"),
                         HasSubstr("store.url"), HasSubstr("did you mean http.listen?"))));
}

TEST(CommandLineTest, TakesAFlagBeforeAVariableAndAVariableBeforeAFile) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "wenming.toml";
  write_file(file, "[hotline]\nreply_working_hours = 11\n");
  const auto printed = [&](std::vector<std::string> further) {
    std::vector<std::string> arguments = {"config", "print", "--config", file.string()};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return run_wenming(arguments);
  };
  EXPECT_THAT(run_wenming({"config", "print"}), Ends(0, HasSubstr("reply_working_hours = 40\n")));
  EXPECT_THAT(printed({}), Ends(0, HasSubstr("reply_working_hours = 11\n")));
  const EnvironmentVariable variable("WENMING_HOTLINE_REPLY_WORKING_HOURS", "22");
  EXPECT_THAT(printed({}), Ends(0, HasSubstr("reply_working_hours = 22\n")));
  EXPECT_THAT(printed({"--set", "hotline.reply_working_hours=33"}), Ends(0, HasSubstr("reply_working_hours = 33\n")));

  // What it prints is a configuration itself.
  const fs::path again = folder.path() / "printed.toml";
  write_file(again, printed({}).output);
  EXPECT_THAT(run_wenming({"config", "check", "--config", again.string()}), Ends(0, HasSubstr("sound")));
}

TEST(CommandLineTest, PrintsNoPasswordOfItsConfiguration) {
  const std::vector<std::string> sound{"--store", "postgresql://u:sesame@db/x_{service}?sslpassword=sesame",
                                       "--set",   "cache.url=redis://:sesame@cache/0",
                                       "--set",   "events.properties=sasl.password=sesame"};
  std::vector<std::string> print{"config", "print"}, faulty{"config", "check"};
  print.insert(print.end(), sound.begin(), sound.end());
  EXPECT_THAT(run_wenming(print), Ends(0, AllOf(HasSubstr("\"redis://:***@cache/0\""), Not(HasSubstr("sesame")))));

  for (const char* fault :
       {"store.url=postgresql://u:sesame%zz@db/x", "store.url=postgresql://u:sesame/x@db/y",
        "store.url=postgres//u:sesame@db", "cache.url=redis://sesame@cache", "cache.url=rediss://:sesame@cache/0?x",
        "events.properties=sasl.password:sesame", "store.url:sesame"}) {
    EXPECT_THAT(run_wenming({"config", "check", "--set", fault}), Ends(kRefused, Not(HasSubstr("sesame")))) << fault;
  }
}

TEST(CommandLineTest, SaysThatNoServerAnswers) {
  const CommandResult result = run_wenming({"ready", "--url", "http://127.0.0.1:1"});
  EXPECT_THAT(result, Ends(kRefused, HasSubstr("http://127.0.0.1:1")));
}

// ---- With a server ----

class ServerCommandTest : public testing::Test {
 protected:
  ServerCommandTest() : server_(folder_.path() / "data"), admin_(server_.admin()) {}

  [[nodiscard]] CommandResult command(std::vector<std::string> arguments) const {
    return run_as_admin(server_, std::move(arguments));
  }
  [[nodiscard]] std::string file(const std::string& name, const std::string& content) const {
    write_file(folder_.path() / name, content);
    return (folder_.path() / name).string();
  }
  [[nodiscard]] std::string store() const { return "sqlite:" + (folder_.path() / "data").string(); }
  std::int64_t total(const std::string& list) {
    return number_of(admin_.get(list + "?page_size=1&include_total=true"), "total");
  }
  void import_county() {
    ASSERT_THAT(command({"import", "organisations",
                         file("county.csv",
                              "code,name,parent_code,level\r\n"
                              "C,大足区,,district\r\nC1,龙岗街道,C,township\r\nC2,棠香街道,C,township\r\n")}),
                Ends(0, HasSubstr("3 taken, 0 unchanged, 0 refused")));
    ASSERT_TRUE(all_events_applied(server_));
  }
  std::string figures() { return admin_.send("GET", "/v1/dashboard/overview", {}, {}).body; }

  TemporaryFolder folder_;
  ServerProcess server_;
  ApiClient admin_;
};

const std::string kCaseColumns = "message_id,user_id,subject,received_at,detail,reply,replied_at\r\n";

TEST_F(ServerCommandTest, ImportOfOrganisationsNamesEveryBadRowAndTakesNone) {
  const std::string bad = file("bad.csv",
                               "code,name,parent_code,level\r\n"
                               "C,大足区,,district\r\n"
                               "C1,\"龙岗\r\n街道\",C,township\r\n"
                               "C2,,C,township\r\n"
                               "C3,棠香街道,X,township\r\n"
                               "C4,双路街道,C,planet\r\n");
  const CommandResult refused = command({"import", "organisations", bad});
  EXPECT_THAT(refused,
              Ends(kRefused, AllOf(HasSubstr("row 4 (line 5), name: "), HasSubstr("row 5 (line 6), parent_code: "),
                                   HasSubstr("row 6 (line 7), level: "), HasSubstr("planet"))));
  EXPECT_EQ(total("/v1/organisations"), 0);
}

TEST_F(ServerCommandTest, ImportOfOrganisationsChangesNothingOnADryRun) {
  const std::string county = file("county.csv", "code,name,parent_code,level\r\nC,大足区,,district\r\n");
  EXPECT_THAT(command({"import", "organisations", county, "--dry-run"}), Ends(0, HasSubstr("would be: 1 taken")));
  EXPECT_EQ(total("/v1/organisations"), 0);
  EXPECT_THAT(command({"import", "organisations", county}), Ends(0, HasSubstr("1 taken")));
  EXPECT_EQ(total("/v1/organisations"), 1);
}

TEST_F(ServerCommandTest, ImportOfCasesNamesEveryBadRowOfTheWholeFileAndTakesTheOthers) {
  import_county();
  std::string cases = kCaseColumns;
  for (int i = 1; i <= 500; ++i)
    cases += fmt::format("{},,路灯不亮,2024-03-04T09:00:00+08:00,\"第一行\r\n第二行\",,\r\n", i);
  // Row 502 begins on line 1002, because every case so far takes two lines.
  cases += "501,,,2024-03-04T09:00:00+08:00,,,\r\n";
  cases += "502,,路灯不亮,yesterday,,,\r\n";
  cases += "503,,路灯不亮,2024-03-04T09:00:00+08:00,,已修复,\r\n";
  cases += "504,,路灯不亮,2024-03-04T09:00:00+08:00,,,\r\n";
  cases += "505,\"a\"b,路灯不亮,2024-03-04T09:00:00+08:00,,,\r\n";
  const std::string name = file("cases.csv", cases);
  const CommandResult refused = command({"import", "cases", name, "--unit-code", "C1"});
  EXPECT_THAT(refused,
              Ends(kRefused,
                   AllOf(HasSubstr("row 502 (line 1002), subject: "), HasSubstr("row 503 (line 1003), received_at: "),
                         HasSubstr("yesterday"), HasSubstr("row 504 (line 1004), replied_at: "),
                         HasSubstr("row 506 (line 1006), user_id: "), HasSubstr("501 taken, 0 unchanged, 4 refused"))));
  EXPECT_THAT(refused.output, Not(HasSubstr("row 505")));
  EXPECT_EQ(total("/v1/cases"), 501);
  EXPECT_THAT(command({"import", "cases", name, "--unit-code", "C1"}),
              Ends(kRefused, HasSubstr("0 taken, 501 unchanged, 4 refused")));
}

TEST_F(ServerCommandTest, ImportOfUsersTellsWhatTheRowsOfAFileInGb18030Are) {
  import_county();
  const std::string users =
      file("users.csv", "account,display_name,unit_code,role\r\nlihua,\xc0\xee\xbb\xaa,C1,liaison\r\n");
  EXPECT_THAT(command({"import", "users", users, "--dry-run"}), Ends(0, HasSubstr("would be: 1 taken")));
  EXPECT_THAT(command({"import", "users", users}), Ends(0, HasSubstr("1 taken")));
  EXPECT_EQ(text_of(admin_.get("/v1/users?account=lihua")["users"][0], "display_name"), "李华");
}

TEST_F(ServerCommandTest, ImportOfStaffCorrectsTheRosterByUnitAndNumber) {
  import_county();
  const std::string columns = "unit_code,number,name,title,joined_on,left_on\r\n";
  const std::string staff = file("staff.csv", columns + "C1,0417,李华,科员,2020-07-01,\r\nC1,0418,王芳,,,\r\n");
  EXPECT_THAT(command({"import", "staff", staff, "--dry-run"}), Ends(0, HasSubstr("would be: 2 taken")));
  EXPECT_THAT(command({"import", "staff", staff}), Ends(0, HasSubstr("2 taken")));
  const std::string later = file("later.csv", columns + "C1,0417,李华,主任,,\r\nC9,0419,赵敏,,,\r\n");
  EXPECT_THAT(command({"import", "staff", later}),
              Ends(kRefused, AllOf(HasSubstr("row 3 (line 3), unit_code: "), HasSubstr("1 taken"))));
  EXPECT_EQ(text_of(admin_.get("/v1/staff?number=0417")["staff"][0], "title"), "主任");
  EXPECT_EQ(total("/v1/staff"), 2);
}

TEST_F(ServerCommandTest, ImportOfACalendarTakesAllDaysOrNone) {
  const std::string columns = "date,kind,occasion\r\n";
  EXPECT_THAT(
      command({"import", "calendar", file("bad.csv", columns + "2027-02-05,holiday,春节\r\n2027-02-30,feast,\r\n")}),
      Ends(kRefused, AllOf(HasSubstr("row 3 (line 3)"), HasSubstr("0 taken"), HasSubstr("1 refused"))));
  const std::string sound =
      file("2027.csv", columns + "2027-02-05,holiday,春节\r\n2027-02-14,make_up_workday,春节\r\n");
  EXPECT_THAT(command({"import", "calendar", sound}), Ends(0, HasSubstr("2 taken")));
  EXPECT_THAT(command({"import", "calendar", sound}), Ends(0, HasSubstr("2 unchanged")));
}

TEST_F(ServerCommandTest, ImportOfAnEmptyFileSaysThatItIsNoTable) {
  import_county();
  EXPECT_THAT(command({"import", "organisations", file("empty.csv", "")}), Ends(kRefused, HasSubstr("wenming: ")));
  EXPECT_THAT(command({"import", "cases", file("empty.csv", ""), "--unit-code", "C1"}),
              Ends(kRefused, HasSubstr("wenming: ")));
  // Column names alone are a table of nothing.
  EXPECT_THAT(command({"import", "cases", file("header.csv", kCaseColumns), "--unit-code", "C1"}),
              Ends(0, HasSubstr("0 taken, 0 unchanged, 0 refused")));
  EXPECT_THAT(command({"import", "cases", file("other.csv", "a,b\r\n1,2\r\n"), "--unit-code", "C1"}),
              Ends(kRefused, AllOf(HasSubstr("message_id"), HasSubstr("replied_at"))));
}

TEST_F(ServerCommandTest, ImportSaysWhichUnitThereIsNot) {
  const std::string cases = file("cases.csv", kCaseColumns);
  EXPECT_THAT(command({"import", "cases", cases, "--unit-code", "NOWHERE"}), Ends(kRefused, HasSubstr("NOWHERE")));
  EXPECT_THAT(command({"import", "cases", cases}), Ends(kWrongUsage, HasSubstr("--unit")));
}

TEST_F(ServerCommandTest, AWrongPasswordIsRefused) {
  const std::string password = file("wrong-password", "not the password\n");
  EXPECT_THAT(run_wenming({"dead-letters", "list", "dashboard", "--url", server_.url(), "--account", "admin",
                           "--password-file", password}),
              Ends(kRefused, HasSubstr("wenming: ")));
}

TEST_F(ServerCommandTest, ReadyTellsHowFarEveryServiceIs) {
  EXPECT_THAT(run_wenming({"ready", "--url", server_.url()}),
              Ends(0, AllOf(HasSubstr("identity"), HasSubstr("dashboard"), HasSubstr("lag"))));
  EXPECT_EQ(server_.stop(), 0);
  EXPECT_THAT(run_wenming({"ready", "--url", server_.url()}), Ends(kRefused, HasSubstr(server_.url())));
}

TEST_F(ServerCommandTest, ASecondServerOnTheSameFolderIsRefused) {
  if (tests_cluster()) GTEST_SKIP() << "about the folder of an embedded server";
  EXPECT_THAT(run_wenming({"serve", "--listen", "127.0.0.1:0", "--store", store()}),
              Ends(kRefused, HasSubstr(fmt::format("{} is in use by process {}", (folder_.path() / "data").string(),
                                                   server_.pid()))));
}

TEST_F(ServerCommandTest, ListsNoDeadLettersWhereNothingWentWrong) {
  import_county();
  EXPECT_THAT(command({"dead-letters", "list", "dashboard"}), Ends(0, HasSubstr("0 dead letters of dashboard")));
  EXPECT_THAT(command({"dead-letters", "list", "nonsense"}), Ends(kRefused, HasSubstr("wenming: ")));
  EXPECT_THAT(command({"dead-letters", "show", "dashboard", "7"}), Ends(kRefused, HasSubstr("no open dead letter 7")));
}

// ---- The audit trail ----

void run_sql(const fs::path& database, const char* sql) {
  sqlite3* connection = nullptr;
  ASSERT_EQ(sqlite3_open_v2(database.c_str(), &connection, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(connection);
  EXPECT_GT(sqlite3_changes(connection), 0);
  sqlite3_close(connection);
}

/// The first value of the first row.
std::string sql_text(const fs::path& database, const char* sql) {
  sqlite3* connection = nullptr;
  sqlite3_stmt* statement = nullptr;
  std::string text = "nothing";
  EXPECT_EQ(sqlite3_open_v2(database.c_str(), &connection, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_prepare_v2(connection, sql, -1, &statement, nullptr), SQLITE_OK) << sqlite3_errmsg(connection);
  if (sqlite3_step(statement) == SQLITE_ROW) text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  sqlite3_close(connection);
  return text;
}

TEST_F(ServerCommandTest, AuditVerifyNamesTheFirstRowThatWasTamperedWith) {
  if (tests_cluster()) GTEST_SKIP() << "tampers with files of SQLite";
  import_county();
  for (const char* code : {"C3", "C4", "C5"})
    admin_.post("/v1/organisations",
                fmt::format(R"({{"code":"{}","name":"龙水镇","parent_id":"","level":"DISTRICT"}})", code), code);
  EXPECT_EQ(server_.stop(), 0);
  const std::vector<std::string> verify = {"audit", "verify", "--store", store()};
  EXPECT_THAT(run_wenming(verify),
              Ends(0, AllOf(HasSubstr("identity: "), HasSubstr("hotline: "), Not(HasSubstr("broken")))));

  const fs::path database = folder_.path() / "data/identity.sqlite";
  run_sql(database, "UPDATE journal SET caller = 'somebody else' WHERE sequence IN (3, 4)");
  EXPECT_THAT(run_wenming(verify),
              Ends(kRefused, AllOf(HasSubstr("identity: broken at row 3:"), HasSubstr("hotline: "))));
}

TEST_F(ServerCommandTest, AuditVerifyNoticesARowThatIsMissing) {
  if (tests_cluster()) GTEST_SKIP() << "tampers with files of SQLite";
  import_county();
  EXPECT_EQ(server_.stop(), 0);
  run_sql(folder_.path() / "data/identity.sqlite", "DELETE FROM journal WHERE sequence = 2");
  EXPECT_THAT(run_wenming({"audit", "verify", "--store", store()}),
              Ends(kRefused, ContainsRegex("identity: broken at row [23]:")));
}

// ---- Rebuild and demonstration ----

/// Everything that the dashboard shows of the whole deployment and of those directly below.
class DemonstrationTest : public ServerCommandTest {
 protected:
  DemonstrationTest() { demo(); }

  void demo() {
    ASSERT_THAT(command({"demo", "--volunteers", "20"}), Ends(0, HasSubstr("The demonstration county is there")));
    ASSERT_TRUE(all_events_applied(server_));
  }
  std::map<std::string, std::int64_t> totals() {
    std::map<std::string, std::int64_t> totals;
    for (const char* list :
         {"/v1/organisations", "/v1/volunteers", "/v1/activities", "/v1/hours", "/v1/points", "/v1/inspections",
          "/v1/rectification-orders", "/v1/cases", "/v1/placements", "/v1/briefs"})
      totals.emplace(list, total(list));
    return totals;
  }
};

TEST_F(DemonstrationTest, RunsTwiceWithoutDoubling) {
  const auto before = totals();
  const std::string shown = figures();
  for (const auto& [list, count] : before) EXPECT_GT(count, 0) << list;
  EXPECT_EQ(before.at("/v1/volunteers"), 20);
  demo();
  EXPECT_EQ(totals(), before);
  EXPECT_EQ(figures(), shown);
}

TEST_F(DemonstrationTest, RebuildGivesTheSameFiguresAndTheLiveCopyIsServedMeanwhile) {
  const std::string before = figures();
  std::atomic<bool> done = false;
  std::atomic<int> served = 0;
  {
    std::jthread reader([&] {
      ApiClient client = admin_.another();
      while (!done) {
        EXPECT_EQ(client.send("GET", "/v1/dashboard/overview", {}, {}).body, before);
        ++served;
      }
    });
    EXPECT_THAT(command({"rebuild", "dashboard"}), Ends(0, HasSubstr("dashboard was rebuilt and switched")));
    done = true;
  }
  EXPECT_GT(served, 0);
  EXPECT_EQ(figures(), before);
  EXPECT_THAT(command({"rebuild", "identity"}), Ends(kRefused, HasSubstr("wenming: ")));

  // What was rebuilt is what the next start opens, and who had it done is on record.
  if (tests_cluster()) return;
  EXPECT_EQ(server_.stop(), 0);
  EXPECT_THAT(sql_text(folder_.path() / "data/identity.sqlite",
                       "SELECT subject || ' ' || origin || ' ' || length(caller) FROM journal WHERE method = "
                       "'wenming.operations.v1.OperationsService.StartRebuild'"),
              HasSubstr("dashboard 127.0.0.1 36"));
  server_.start();
  EXPECT_EQ(figures(), before);
}

// ---- The first start ----

TEST(FirstStartTest, PrintsAMadePasswordOnceAndItWorks) {
  if (tests_cluster()) GTEST_SKIP() << "scripts/cluster gives a password";
  const TemporaryFolder folder;
  ServerProcess server(folder.path() / "data", {}, ServerProcess::FirstPassword::MadeByServer);
  const std::string notice = "First sign-in: account admin, password ";
  // At once, not only when the process ends: somebody waits for it.
  ASSERT_THAT(server.log(), HasSubstr(notice));
  const std::string first_log = server.log();
  const std::string password = first_log.substr(first_log.find(notice) + notice.size(), 19);
  write_file(server.password_file(), password + "\n");
  EXPECT_TRUE(server.admin().get("/v1/me").HasMember("account"));

  EXPECT_EQ(server.stop(), 0);
  server.start();
  EXPECT_EQ(server.log().find(password), server.log().rfind(password)) << "printed again";
  EXPECT_TRUE(server.admin().get("/v1/me").HasMember("account"));
}

}  // namespace
}  // namespace wenming::e2e
