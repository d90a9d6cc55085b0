// Plants names and phone numbers that occur nowhere else, uses the API as people do, and then looks for them in
// everything that the process has written.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "e2e/small_county.h"

namespace wenming::e2e {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kVolunteerName = "淳于翡翠";
constexpr std::string_view kVolunteerPhone = "13957140281";
constexpr std::string_view kVolunteerNewName = "淳于琥珀";
constexpr std::string_view kVolunteerNewPhone = "13957140282";
constexpr std::string_view kComplainantName = "澹台玛瑙";
constexpr std::string_view kComplainantPhone = "15857140283";
constexpr std::string_view kAccount = "quillfeather";
constexpr std::string_view kDisplayName = "公冶琉璃";
constexpr std::string_view kMistypedPhone = "1395714028x";
constexpr std::string_view kMistypedAccount = "quillfeahter";
constexpr std::array kPlanted{kVolunteerName,   kVolunteerPhone,   kVolunteerNewName, kVolunteerNewPhone,
                              kComplainantName, kComplainantPhone, kAccount,          kDisplayName,
                              kMistypedPhone,   kMistypedAccount};

/// Which of the planted texts occur in these bytes.
std::set<std::string> planted_in(std::string_view bytes) {
  std::set<std::string> found;
  for (const std::string_view planted : kPlanted)
    if (bytes.find(planted) != std::string_view::npos) found.emplace(planted);
  return found;
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return std::move(content).str();
}

/// A database that is only looked at.
class Database {
 public:
  explicit Database(const fs::path& file) {
    sqlite3* db = nullptr;
    const int opened = sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
    db_.reset(db);
    if (opened != SQLITE_OK) throw std::runtime_error("cannot open " + file.string());
  }

  /// Calls back with every value as bytes.
  template <class Visit>
  void each_value(const std::string& sql, Visit visit) const {
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK)
      throw std::runtime_error(sql + ": " + sqlite3_errmsg(db_.get()));
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(prepared, sqlite3_finalize);
    while (sqlite3_step(prepared) == SQLITE_ROW) {
      for (int column = 0; column < sqlite3_column_count(prepared); ++column) {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(prepared, column));
        visit(std::string_view(bytes == nullptr ? "" : bytes,
                               static_cast<std::size_t>(sqlite3_column_bytes(prepared, column))));
      }
    }
  }

  [[nodiscard]] std::vector<std::string> tables() const {
    std::vector<std::string> names;
    each_value("SELECT name FROM sqlite_schema WHERE type = 'table'",
               [&](std::string_view name) { names.emplace_back(name); });
    return names;
  }

 private:
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> db_{nullptr, sqlite3_close};
};

/// `volunteer.volunteers 淳于翡翠` for every planted text in every table of every database in the folder.
std::set<std::string> places_in_tables(const fs::path& folder, int& tables_searched) {
  std::set<std::string> places;
  for (const auto& file : fs::directory_iterator(folder)) {
    if (file.path().extension() != ".sqlite") continue;
    const Database database(file.path());
    for (const std::string& table : database.tables()) {
      ++tables_searched;
      database.each_value("SELECT * FROM \"" + table + "\"", [&](std::string_view value) {
        for (const std::string& planted : planted_in(value))
          places.insert(fmt::format("{}.{} {}", file.path().stem().string(), table, planted));
      });
    }
  }
  return places;
}

class PersonalDataTest : public ::testing::Test {
 protected:
  PersonalDataTest() {
    county_.settle();
    register_somebody();
    complain();
    make_users();
    make_mistakes();
    county_.settle();
  }

  void register_somebody() {
    const std::string body = fmt::format(R"({{"display_name":"{}","phone":"{}","unit_id":"{}"}})", kVolunteerName,
                                         kVolunteerPhone, county_.east);
    const http::Headers headers{{"Content-Type", "application/json"}, {"Idempotency-Key", "registration"}};
    const Answer made = expect_success(office_.send("POST", "/v1/volunteers", headers, body));
    volunteer_ = "/v1/volunteers/" + made.text("/id");
    // Kept for repeated requests, and so the journal's most tempting place.
    EXPECT_THAT(planted_in(office_.send("POST", "/v1/volunteers", headers, body).body), IsEmpty());
    expect_success(
        office_.send("PATCH", volunteer_, {{"Content-Type", "application/json"}, {"If-Match", "\"1\""}},
                     fmt::format(R"({{"display_name":"{}","phone":"{}"}})", kVolunteerNewName, kVolunteerNewPhone)));
  }

  void complain() {
    const Answer made = expect_success(county_.nobody().post(
        "/v1/cases",
        fmt::format(
            R"({{"receiving_unit_id":"{}","channel":"SNAPSHOT","kind":"COMPLAINT","subject":"路灯不亮","complainant_name":"{}","complainant_phone":"{}"}})",
            county_.east, kComplainantName, kComplainantPhone)));
    case_ = "/v1/cases/" + made.text("/id");
    for (const auto& [action, body] : {std::pair(":accept", std::string("{}")),
                                       std::pair(":dispatch", fmt::format(R"({{"unit_id":"{}"}})", county_.east)),
                                       std::pair(":decline", std::string(R"({"reason":"late"})"))})
      office_.post(case_ + action, body);
    expect_success(reveal(office_));
    expect_success(office_.post("/v1/cases:find-by-phone", fmt::format(R"({{"phone":"{}"}})", kComplainantPhone)));
  }

  void make_users() {
    expect_success(county_.admin().post(
        "/v1/users", fmt::format(R"({{"account":"{}","display_name":"{}","password":"{}","unit_id":"{}"}})", kAccount,
                                 kDisplayName, SmallCounty::kPassword, county_.east)));
    county_.sign_in(kAccount);
  }

  Answer reveal(DirectClient& by) { return by.post(case_ + "/complainant:reveal", R"({"reason":"回访"})"); }

  /// What is refused is written down nowhere either.
  void make_mistakes() {
    const auto refused = [](const Answer& answer) { EXPECT_GE(answer.status, 400U) << answer.body; };
    refused(office_.post("/v1/volunteers", fmt::format(R"({{"display_name":"{}","phone":"{}","unit_id":"{}"}})",
                                                       kVolunteerName, kMistypedPhone, county_.east)));
    refused(office_.post("/v1/volunteers", fmt::format(R"({{"display_name":"{}","phone":"{}","unit_id":"{}"}})",
                                                       kVolunteerName, kVolunteerPhone, county_.west)));
    refused(office_.get(fmt::format("/v1/volunteers?phone={}", kVolunteerPhone)));
    refused(office_.get(fmt::format("/v1/{}", kVolunteerPhone)));
    refused(county_.nobody().post(
        "/v1/sessions", fmt::format(R"({{"account":"{}","password":"a wrong password"}})", kMistypedAccount)));
    refused(county_.nobody().post("/v1/sessions", fmt::format(R"({{"account":"{}")", kMistypedAccount)));
    expect_success(office_.get(fmt::format("/v1/volunteers?name_contains={}", "%E6%B7%B3%E4%BA%8E")));
  }

  const TemporaryFolder folder_;
  const fs::path data_ = folder_.path() / "data";
  ServerProcess server_{data_, {"log.level=debug"}};
  SmallCounty county_{server_};
  DirectClient office_ = county_.caller("OFFICE", county_.east);
  std::string volunteer_, case_;
};

TEST_F(PersonalDataTest, StaysInTheTablesThatAreMadeForIt) {
  if (tests_cluster()) GTEST_SKIP() << "looks into files of SQLite";
  server_.stop();
  int tables_searched = 0;
  EXPECT_THAT(places_in_tables(data_, tables_searched),
              ::testing::UnorderedElementsAre(fmt::format("volunteer.volunteers {}", kVolunteerNewName),
                                              fmt::format("volunteer.volunteers {}", kVolunteerNewPhone),
                                              fmt::format("identity.users {}", kAccount),
                                              fmt::format("identity.users {}", kDisplayName)));
  fmt::print("{} tables searched for {} planted texts\n", tables_searched, kPlanted.size());
  EXPECT_GT(tables_searched, 50);
}

TEST_F(PersonalDataTest, ReachesNoFileOfAnotherService) {
  if (tests_cluster()) GTEST_SKIP() << "looks into files of SQLite";
  server_.stop();
  for (const auto& file : fs::recursive_directory_iterator(data_)) {
    if (!file.is_regular_file()) continue;
    std::set<std::string> own;
    const std::string name = file.path().filename().string();
    if (name.starts_with("volunteer."))
      own = planted_in(fmt::format("{}{}{}{}", kVolunteerName, kVolunteerPhone, kVolunteerNewName, kVolunteerNewPhone));
    if (name.starts_with("identity.")) own = planted_in(fmt::format("{}{}", kAccount, kDisplayName));
    const std::string bytes = content_of(file.path());
    for (const std::string& planted : planted_in(bytes)) EXPECT_THAT(own, ::testing::Contains(planted)) << name;
  }
}

TEST_F(PersonalDataTest, StaysOutOfTheLog) {
  server_.stop();
  EXPECT_THAT(server_.log(), HasSubstr("listening")) << "there is a log";
  EXPECT_THAT(planted_in(server_.log()), IsEmpty());
}

TEST_F(PersonalDataTest, StaysOutOfWhatOperatorsSee) {
  EXPECT_THAT(planted_in(server_.metrics()), IsEmpty());
  EXPECT_THAT(planted_in(county_.nobody().get("/readyz?verbose").body), IsEmpty());
}

TEST_F(PersonalDataTest, IsMaskedForThoseWhoLookThroughPeopleTheyDoNotWorkWith) {
  DirectClient auditor = county_.caller("AUDITOR", county_.east);
  county_.settle();
  const Answer volunteers = expect_success(auditor.get("/v1/volunteers"));
  EXPECT_THAT(planted_in(volunteers.body), IsEmpty());
  EXPECT_EQ(volunteers.text("/volunteers/0/display_name"), "淳于**");
  EXPECT_EQ(volunteers.text("/volunteers/0/phone"), "139****0282");
  // Nor can a masked name be found out by searching for it.
  const Answer searched = auditor.get("/v1/volunteers?name_contains=%E6%B7%B3%E4%BA%8E");
  EXPECT_EQ(searched.status, 403U);
  EXPECT_EQ(searched.code(), "filter_masked");
  for (const std::string& target : {std::string("/v1/cases"), case_, case_ + "/history"})
    EXPECT_THAT(planted_in(expect_success(office_.get(target)).body), IsEmpty()) << target;
  EXPECT_THAT(planted_in(expect_success(auditor.get("/v1/users")).body), IsEmpty());
}

TEST_F(PersonalDataTest, IsShownInTheClearToThoseWhoWorkWithThem) {
  const Answer volunteer = expect_success(office_.get(volunteer_));
  EXPECT_EQ(volunteer.text("/display_name"), kVolunteerNewName);
  EXPECT_EQ(volunteer.text("/phone"), kVolunteerNewPhone);
  const Answer found = expect_success(office_.get("/v1/volunteers?name_contains=%E6%B7%B3%E4%BA%8E"));
  EXPECT_EQ(found.text("/volunteers/0/display_name"), kVolunteerNewName);
  const Answer complainant = expect_success(reveal(office_));
  EXPECT_EQ(complainant.text("/name"), kComplainantName);
  EXPECT_EQ(complainant.text("/phone"), kComplainantPhone);
  DirectClient auditor = county_.caller("AUDITOR", county_.east);
  county_.settle();
  EXPECT_THAT(planted_in(expect_success(auditor.get(volunteer_)).body), IsEmpty());
  EXPECT_EQ(reveal(auditor).status, 403U);
}

}  // namespace
}  // namespace wenming::e2e
