// Real messages of citizens with their answers, through the real program: what the dashboard and the lists show must be
// what the files say, counted here by code of its own.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

#include "e2e/deployment.h"
#include "e2e/recount.h"
#include "e2e/sample_files.h"
#include "e2e/working_time.h"
#include "runtime/api_job.h"

namespace wenming::e2e {
namespace {

using runtime::text_of;
using testing::HasSubstr;

constexpr std::int64_t kCases = 2816;
constexpr int kWorkingHours = 40;  // to answer a case, where nobody says otherwise
const std::string kDistrict = "500111";

/// Who handles the cases: towns, a community, a unit that the district adds and a section of it.
const std::vector<std::string> kHandlers = {"500111001", "500111100", "500111001001", "DZ-UNIT-1", "DZ-UNIT-1-A"};

const std::string& handler_of(const SampleRow& row) {
  return kHandlers[std::stoul(row["message_id"]) % kHandlers.size()];
}

/// A district with the files of cases, one for each of its units.
class District {
 public:
  District()
      : cases_(samples() / "hotline/cases_with_replies.csv"),
        working_time_(SampleFile(samples() / "calendar/china_holidays.csv")),
        deployment_(samples()) {
    EXPECT_EQ(cases_.rows().size(), static_cast<std::size_t>(kCases));
    deployment_.add_unit("DZ-UNIT-1", "城市管理局", kDistrict, "UNIT");
    deployment_.add_unit("DZ-UNIT-1-A", "市容科", "DZ-UNIT-1", "SECTION");
    import_calendar();
    split_by_unit();
    deployment_.settle();
  }

  Deployment& deployment() { return deployment_; }

  /// Imports all files; every row must be counted under `outcome`.
  void import_all(const std::string& outcome, const std::vector<std::string>& options = {});
  void expect_dashboard(const std::string& when);
  /// Every case says what its row says, in every cell.
  void expect_rows();
  /// The rates and times that the statistics show are those that a script computes from the file.
  void expect_statistics();
  /// The steps of a case whose text goes over several lines, each at its own time.
  void expect_history();

 private:
  void import_calendar();
  void split_by_unit();
  [[nodiscard]] std::filesystem::path file_of(const std::string& code) const {
    return deployment_.folder() / (code + ".csv");
  }
  [[nodiscard]] const std::string& id_of(const std::string& code) const { return deployment_.ids().at(code); }
  [[nodiscard]] std::string due_at(const SampleRow& row) const {
    return working_time_.after_working_hours(row["received_at"], kWorkingHours);
  }
  [[nodiscard]] Recount recount() const;
  void expect_row(const rapidjson::Value& shown, const SampleRow& row);

  const SampleFile cases_;
  const WorkingTime working_time_;
  Deployment deployment_;
  std::map<std::string, int> counts_;  // rows by unit
};

void District::import_calendar() {
  const std::string days = read_file(samples() / "calendar/china_holidays.csv");
  for (const char* outcome : {"taken", "unchanged"}) {
    const auto imported = runtime::run_job(deployment_.admin(), "/v1/calendar:import", "text/csv", days,
                                           [](std::int64_t, std::int64_t) {});
    EXPECT_EQ(runtime::number_of(imported, outcome), 322) << outcome;
  }
}

/// Every row goes as it stands into the file of the unit that is to have it.
void District::split_by_unit() {
  std::map<std::string, std::string> contents;
  for (const SampleRow& row : cases_.rows()) {
    const std::string& code = handler_of(row);
    contents.try_emplace(code, cases_.header()).first->second += row.text;
    ++counts_[code];
  }
  for (const auto& [code, content] : contents) write_file(file_of(code), content);
}

void District::import_all(const std::string& outcome, const std::vector<std::string>& options) {
  timed(fmt::format("import {} cases, {} {}", kCases, outcome, fmt::join(options, " ")), [&] {
    for (const std::string& code : kHandlers) {
      std::vector<std::string> arguments = {"import",         "cases",    file_of(code).string(),
                                            "--unit-code",    code,       "--receiving-unit",
                                            id_of(kDistrict), "--source", "mailbox"};
      arguments.insert(arguments.end(), options.begin(), options.end());
      EXPECT_THAT(deployment_.command(arguments), HasSubstr(fmt::format("{} {}", counts_.at(code), outcome)));
    }
  });
}

Recount District::recount() const {
  Recount recount(deployment_.parents());
  for (const SampleRow& row : cases_.rows()) {
    const std::string& code = handler_of(row);
    const std::string day = row["received_at"].substr(0, 10);
    for (const char* figure : {"cases_received", "cases_replied", "cases_closed", "cases_due"})
      recount.add(code, figure, day);
    // All moments have the same offset, so texts order as they do.
    if (row["replied_at"] <= due_at(row)) recount.add(code, "cases_on_time", day);
  }
  return recount;
}

void District::expect_dashboard(const std::string& when) {
  SCOPED_TRACE(when);
  timed("wait for the dashboard " + when, [&] { deployment_.settle(); });
  timed("compare the dashboard " + when, [&] {
    const Recount expected = recount();
    EXPECT_GT(expected.sum("", "cases_on_time"), 0);
    EXPECT_LT(expected.sum("", "cases_on_time"), kCases);
    DashboardCheck check(deployment_.admin(), expected, deployment_.ids());
    check.overviews();
    check.overviews({"2019-01-01", "2019-12-31"});
    check.overviews({"2016-03-14", "2019-11-09"});
    check.children();
    check.months({"cases_received", "cases_replied", "cases_closed", "cases_on_time", "cases_open"}, "2011-01",
                 "2020-12");
  });
}

void District::expect_rows() {
  std::map<std::string, const SampleRow*, std::less<>> rows;
  for (const SampleRow& row : cases_.rows()) rows.emplace(row["message_id"], &row);
  each_item(deployment_.admin(), "/v1/cases?state=CLOSED", "cases", [&](const auto& shown) {
    const auto row = rows.find(text_of(shown, "message_id"));
    ASSERT_NE(row, rows.end()) << text_of(shown, "message_id") << " is no row, or shown twice";
    expect_row(shown, *row->second);
    rows.erase(row);
  });
  EXPECT_TRUE(rows.empty()) << rows.size() << " rows are no closed cases";
}

void District::expect_row(const rapidjson::Value& shown, const SampleRow& row) {
  SCOPED_TRACE(row["message_id"]);
  EXPECT_EQ(text_of(shown, "subject"), row["subject"]);
  EXPECT_EQ(text_of(shown, "detail"), row["detail"]);
  EXPECT_EQ(text_of(shown, "source_user_id"), row["user_id"]);
  EXPECT_EQ(text_of(shown, "reply"), row["reply"]);
  EXPECT_EQ(text_of(shown, "unit_id"), id_of(handler_of(row)));
  EXPECT_EQ(text_of(shown, "received_at"), row["received_at"]);
  for (const char* answered : {"signed_at", "replied_at", "closed_at"})
    EXPECT_EQ(text_of(shown, answered), row["replied_at"]) << answered;
  EXPECT_EQ(text_of(shown, "due_at"), due_at(row));
  EXPECT_EQ(shown["on_time"].GetBool(), row["replied_at"] <= due_at(row));
  EXPECT_FALSE(shown.HasMember("satisfied")) << "a reply is no call-back";
}

void District::expect_history() {
  const auto found = std::find_if(cases_.rows().begin(), cases_.rows().end(),
                                  [](const SampleRow& row) { return row["detail"].find('\n') != std::string::npos; });
  ASSERT_NE(found, cases_.rows().end());
  const SampleRow& row = *found;
  std::string id;
  each_item(deployment_.admin(), "/v1/cases?unit_id=" + id_of(handler_of(row)), "cases", [&](const auto& shown) {
    if (text_of(shown, "message_id") == row["message_id"]) id = text_of(shown, "id");
  });
  std::vector<std::string> steps;
  each_item(deployment_.admin(), "/v1/cases/" + id + "/history", "entries", [&](const auto& entry) {
    steps.push_back(
        fmt::format("{} {} {}", text_of(entry, "action"), text_of(entry, "occurred_at"), text_of(entry, "text")));
  });
  const std::string received = row["received_at"] + " ";
  const std::string replied = row["replied_at"] + " ";
  EXPECT_THAT(steps, testing::ElementsAre("RECEIVE " + received, "ACCEPT " + received, "DISPATCH " + received,
                                          "SIGN " + replied, "REPLY " + replied + row["reply"], "CLOSE " + replied));
}

/// What `tests/e2e/case_rates.py` says: unit (or `all`), month, and four numbers.
std::map<std::string, std::map<std::string, std::vector<std::int64_t>>> rates_of_the_script() {
  const std::string command = fmt::format(
      "python3 -B {} {} {} {} {}", WENMING_CASE_RATES, (samples() / "hotline/cases_with_replies.csv").string(),
      (samples() / "calendar/china_holidays.csv").string(), kHandlers.size(), kWorkingHours);
  std::map<std::string, std::map<std::string, std::vector<std::int64_t>>> rates;
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.c_str(), "r"), pclose);
  if (!output) throw std::runtime_error("cannot run " + command);
  std::array<char, 20> unit{}, month{};
  std::vector<std::int64_t> numbers(4);
  while (fscanf(output.get(), "%19s %19s %ld %ld %ld %ld", unit.data(), month.data(), &numbers[0], &numbers[1],
                &numbers[2], &numbers[3]) == 6)
    rates[unit.data()][month.data()] = numbers;
  return rates;
}

void District::expect_statistics() {
  const auto expected = rates_of_the_script();
  ASSERT_EQ(expected.size(), kHandlers.size() + 1);
  for (const auto& [unit, months] : expected) {
    // Below these two others stand, whose cases would be counted with them.
    const std::string& code = unit == "all" ? kDistrict : kHandlers[std::stoul(unit)];
    if (code == "DZ-UNIT-1" || code == "500111001") continue;
    SCOPED_TRACE(code);
    const auto shown = deployment_.admin().get(
        fmt::format("/v1/case-statistics?unit_id={}&from=2011-01-01&to=2020-12-31&group_by=MONTH", id_of(code)));
    ASSERT_EQ(shown["groups"].Size(), months.size());
    for (const auto& group : shown["groups"].GetArray()) {
      SCOPED_TRACE(text_of(group, "key"));
      const auto month = months.find(std::string(text_of(group, "key")));
      ASSERT_NE(month, months.end());
      const std::int64_t received = month->second[0], replied = month->second[1], on_time = month->second[2];
      const auto& counts = group["counts"];
      EXPECT_EQ(counts["received"].GetInt64(), received);
      EXPECT_EQ(counts["replied"].GetInt64(), replied);
      EXPECT_EQ(counts["due"].GetInt64(), received) << "answered, or late for years";
      EXPECT_EQ(counts["on_time"].GetInt64(), on_time);
      EXPECT_EQ(counts["reply_working_minutes"].GetInt64(), month->second[3]);
      EXPECT_EQ(counts["asked_satisfied"].GetInt64(), 0) << "a reply is no call-back";
      EXPECT_EQ(counts["asked_resolved"].GetInt64(), 0);
      if (received >= 5) {
        EXPECT_DOUBLE_EQ(group["response_rate"].GetDouble(),
                         static_cast<double>(on_time) / static_cast<double>(received));
      } else {
        EXPECT_FALSE(group.HasMember("response_rate")) << "too small a sample";
      }
      EXPECT_FALSE(group.HasMember("satisfaction_rate"));
    }
  }
}

TEST(RealCasesTest, GiveTheFiguresOfTheirFileAndAreNotDoubledByASecondImport) {
  if (samples().empty()) GTEST_SKIP() << "WENMING_SAMPLES names no folder of real records";
  District district;
  Deployment& deployment = district.deployment();

  district.import_all("taken", {"--dry-run"});
  EXPECT_EQ(total_of(deployment.admin(), "/v1/cases"), 0) << "after the dry run";
  district.import_all("taken");
  district.expect_dashboard("after the import");
  timed("compare every cell of every case", [&] { district.expect_rows(); });
  district.expect_history();
  timed("compare the statistics", [&] { district.expect_statistics(); });

  district.import_all("unchanged");
  EXPECT_EQ(total_of(deployment.admin(), "/v1/cases"), kCases);
  district.expect_dashboard("after the second import");

  timed("rebuild the dashboard", [&] { deployment.command({"rebuild", "dashboard"}); });
  district.expect_dashboard("after the rebuild");
  deployment.stop_and_verify();
}

}  // namespace
}  // namespace wenming::e2e
