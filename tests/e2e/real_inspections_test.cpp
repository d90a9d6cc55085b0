// San Francisco's restaurants, their inspections and what was found, through the API of the real program: what the
// dashboard and the lists show must be what the files say, counted here by code of its own.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/encoding.h"
#include "core/hash.h"
#include "e2e/deployment.h"
#include "e2e/recount.h"
#include "e2e/sample_files.h"

namespace wenming::e2e {
namespace {

using runtime::ApiClient;
using runtime::json_string;
using runtime::number_of;
using runtime::text_of;

/// Visits from this day on issue rectification orders, as the program would today; those before do not.
const std::string kOrdersFrom = "2017-10-01";
/// The local day of what counts on the day on which the test runs: behind every day of the files.
const std::string kToday = "9999-12-30";

std::string day_of(const SampleRow& row) {
  const std::string& date = row["date"];
  return date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6, 2);
}

std::string kind_of(const SampleRow& inspection) {
  const std::string& type = inspection["type"];
  if (type.starts_with("Routine")) return "ROUTINE";
  if (type == "Complaint") return "COMPLAINT";
  return type.ends_with("ollowup") ? "REINSPECTION" : "OTHER";
}

std::string severity_of(const SampleRow& violation) {
  static const std::map<std::string, std::string> kSeverities = {
      {"Low Risk", "LOW"}, {"Moderate Risk", "MODERATE"}, {"High Risk", "HIGH"}};
  return kSeverities.at(violation["risk_category"]);
}

/// A UUID that the same text always gets.
std::string uuid_of(const std::string& text) {
  std::string id = core::hex(core::bytes_of(core::sha256(text)).substr(0, 16));
  id[12] = '4';
  id[16] = '8';
  for (const std::size_t hyphen : {20U, 16U, 12U, 8U}) id.insert(hyphen, 1, '-');
  return id;
}

/// A row of the inspections with the findings of its day.
struct Visit {
  const SampleRow* row;
  std::string id;
  std::vector<const SampleRow*> findings;
};

/// A district whose towns answer for San Francisco's restaurants.
class District {
 public:
  District();

  Deployment& deployment() { return deployment_; }
  /// `round` tells one loading from the next, so that nothing is recognised by its idempotency key.
  void load(const std::string& round);
  void expect_dashboard(const std::string& when);
  void expect_points();
  void expect_visits();

 private:
  void read_visits();
  const std::string& town_of(const SampleRow& row) const {
    return towns_[std::stoul(row["business_id"]) % towns_.size()];
  }
  [[nodiscard]] std::string point_json(const SampleRow& business) const;
  [[nodiscard]] std::string visit_json(const Visit& visit) const;
  [[nodiscard]] Recount recount() const;

  const SampleFile businesses_, inspections_, violations_;
  std::vector<Visit> visits_;
  Deployment deployment_;
  std::vector<std::string> towns_;                // codes
  std::map<std::string, std::string> point_ids_;  // by business_id
};

District::District()
    : businesses_(samples() / "inspection/sf_businesses.csv"),
      inspections_(samples() / "inspection/sf_inspections.csv"),
      violations_(samples() / "inspection/sf_violations.csv"),
      deployment_(samples()) {
  EXPECT_EQ(businesses_.rows().size(), 6359U);
  EXPECT_EQ(inspections_.rows().size(), 25863U);
  EXPECT_EQ(violations_.rows().size(), 37965U);
  for (const auto& [code, parent] : deployment_.parents())
    if (parent == "500111") towns_.push_back(code);
  EXPECT_EQ(towns_.size(), 27U);
  read_visits();
}

/// The file names neither its inspections nor those that the violations belong to. So a visit gets its id from what
/// its row says and how often a row said the same before, and the first visit of a day gets the violations of the day.
void District::read_visits() {
  std::map<std::string, int> said;
  std::map<std::pair<std::string, std::string>, std::size_t> first_of_day;
  for (const SampleRow& row : inspections_.rows()) {
    const std::string what = row["business_id"] + "|" + row["date"] + "|" + row["type"];
    first_of_day.try_emplace({row["business_id"], row["date"]}, visits_.size());
    visits_.push_back({&row, uuid_of(fmt::format("{}|{}", what, said[what]++)), {}});
  }
  std::size_t homeless = 0;
  for (const SampleRow& violation : violations_.rows()) {
    const auto visit = first_of_day.find({violation["business_id"], violation["date"]});
    if (visit == first_of_day.end()) {
      ++homeless;
    } else {
      visits_[visit->second].findings.push_back(&violation);
    }
  }
  EXPECT_EQ(homeless, 104U) << "violations without an inspection";
}

std::string District::point_json(const SampleRow& business) const {
  std::string position;
  if (!business["latitude"].empty())
    position = fmt::format(R"(,"position":{{"datum":"WGS84","longitude":{},"latitude":{}}})", business["longitude"],
                           business["latitude"]);
  return fmt::format(R"({{"code":"SF-{}","name":{},"type":"restaurant","address":{},"unit_id":"{}"{}}})",
                     business["business_id"], json_string(business["name"]), json_string(business["address"]),
                     deployment_.ids().at(town_of(business)), position);
}

std::string District::visit_json(const Visit& visit) const {
  const SampleRow& row = *visit.row;
  std::string findings;
  for (const SampleRow* violation : visit.findings)
    findings +=
        fmt::format(R"({}{{"category":"{}","severity":"{}","description":{}}})", findings.empty() ? "" : ",",
                    (*violation)["ViolationTypeID"], severity_of(*violation), json_string((*violation)["description"]));
  const std::string score = row["Score"].empty() ? "" : fmt::format(R"("score":{},)", row["Score"]);
  return fmt::format(
      R"({{"point_id":"{}","kind":"{}","inspected_at":"{}T12:00:00+08:00",{}"findings":[{}],"issue_orders":{}}})",
      point_ids_.at(row["business_id"]), kind_of(row), day_of(row), score, findings, day_of(row) >= kOrdersFrom);
}

void District::load(const std::string& round) {
  ApiClient& admin = deployment_.admin();
  timed(fmt::format("{}: register {} points", round, businesses_.rows().size()), [&] {
    in_parallel(admin, businesses_.rows().size(), [&](ApiClient& client, std::size_t i) {
      const SampleRow& business = businesses_.rows()[i];
      client.post("/v1/points", point_json(business), round + "-point-" + business["business_id"]);
    });
  });
  each_item(admin, "/v1/points", "points", [&](const auto& point) {
    point_ids_[std::string(text_of(point, "code").substr(3))] = text_of(point, "id");
  });
  timed(
      fmt::format("{}: report {} inspections with {} findings", round, visits_.size(), violations_.rows().size() - 104),
      [&] {
        in_parallel(admin, visits_.size(), [&](ApiClient& client, std::size_t i) {
          client.put("/v1/inspections/" + visits_[i].id, visit_json(visits_[i]));
        });
      });
}

Recount District::recount() const {
  Recount recount(deployment_.parents());
  for (const SampleRow& business : businesses_.rows()) recount.add(town_of(business), "points", kToday);
  for (const Visit& visit : visits_) {
    const std::string& town = town_of(*visit.row);
    const std::string day = day_of(*visit.row);
    recount.add(town, "inspections", day);
    for (const SampleRow* violation : visit.findings) {
      std::string severity = severity_of(*violation);
      for (char& c : severity) c = static_cast<char>(c - 'A' + 'a');
      recount.add(town, "findings_" + severity, day);
      if (day < kOrdersFrom) continue;
      recount.add(town, "orders", kToday);
      recount.add(town, "orders_issued", kToday);
    }
  }
  return recount;
}

void District::expect_dashboard(const std::string& when) {
  SCOPED_TRACE(when);
  timed("wait for the dashboard " + when, [&] { deployment_.settle(); });
  timed("compare the dashboard " + when, [&] {
    const Recount expected = recount();
    EXPECT_GT(expected.sum("", "orders"), 1000);
    DashboardCheck check(deployment_.admin(), expected, deployment_.ids());
    check.overviews();
    check.overviews({"2016-01-01", "2016-12-31"});
    check.overviews({"2015-02-11", "2017-09-03"});
    check.children();
    check.months({"inspections", "findings_low", "findings_moderate", "findings_high"}, "2014-10", "2017-12");
  });
}

void District::expect_points() {
  std::map<std::string, const SampleRow*, std::less<>> rows;
  for (const SampleRow& business : businesses_.rows()) rows.emplace("SF-" + business["business_id"], &business);
  each_item(deployment_.admin(), "/v1/points", "points", [&](const auto& point) {
    const auto row = rows.find(text_of(point, "code"));
    ASSERT_NE(row, rows.end()) << text_of(point, "code") << " is no row, or shown twice";
    const SampleRow& business = *row->second;
    rows.erase(row);
    SCOPED_TRACE(business["business_id"]);
    EXPECT_EQ(text_of(point, "name"), business["name"]);
    EXPECT_EQ(text_of(point, "address"), business["address"]);
    ASSERT_EQ(point.HasMember("position"), !business["latitude"].empty());
    if (!point.HasMember("position")) return;
    EXPECT_EQ(point["position"]["latitude"].GetDouble(), std::stod(business["latitude"]));
    EXPECT_EQ(point["position"]["longitude"].GetDouble(), std::stod(business["longitude"]));
  });
  EXPECT_TRUE(rows.empty()) << rows.size() << " rows are no points";
}

void District::expect_visits() {
  ApiClient& admin = deployment_.admin();
  std::map<std::string, const Visit*, std::less<>> visits;
  std::map<std::string, std::int64_t> kinds;
  for (const Visit& visit : visits_) {
    visits.emplace(visit.id, &visit);
    ++kinds[kind_of(*visit.row)];
  }
  each_item(admin, "/v1/inspections", "inspections", [&](const auto& shown) {
    const auto found = visits.find(text_of(shown, "id"));
    ASSERT_NE(found, visits.end()) << text_of(shown, "id") << " is no row, or shown twice";
    const Visit& visit = *found->second;
    visits.erase(found);
    SCOPED_TRACE(visit.row->text);
    const std::string& score = (*visit.row)["Score"];
    ASSERT_EQ(shown.HasMember("score"), !score.empty()) << "a blank score is not stated, and never 0";
    if (!score.empty()) {
      EXPECT_EQ(shown["score"].GetDouble(), std::stod(score));
    }
    EXPECT_EQ(text_of(shown, "point_id"), point_ids_.at((*visit.row)["business_id"]));
    EXPECT_EQ(text_of(shown, "inspected_at"), day_of(*visit.row) + "T12:00:00+08:00");
    EXPECT_EQ(
        number_of(shown, "low_findings") + number_of(shown, "moderate_findings") + number_of(shown, "high_findings"),
        static_cast<std::int64_t>(visit.findings.size()));
  });
  EXPECT_TRUE(visits.empty()) << visits.size() << " rows are no inspections";
  for (const auto& [kind, count] : kinds) EXPECT_EQ(total_of(admin, "/v1/inspections?kind=" + kind), count) << kind;
}

TEST(RealInspectionsTest, GiveTheFiguresOfTheirFilesAndAreNotDoubledByASecondLoading) {
  if (samples().empty()) GTEST_SKIP() << "WENMING_SAMPLES names no folder of real records";
  District district;
  district.load("first");
  district.expect_dashboard("after the first loading");
  timed("compare every point", [&] { district.expect_points(); });
  timed("compare every inspection", [&] { district.expect_visits(); });

  district.load("again");
  timed("compare every inspection again", [&] { district.expect_visits(); });
  district.expect_dashboard("after the second loading");

  timed("rebuild the dashboard", [&] { district.deployment().command({"rebuild", "dashboard"}); });
  district.expect_dashboard("after the rebuild");
  district.deployment().stop_and_verify();
}

}  // namespace
}  // namespace wenming::e2e
