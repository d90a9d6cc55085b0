#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>

#include "faults/county.h"
#include "faults/load.h"

namespace wenming::faults {
namespace {

using namespace std::chrono_literals;
using runtime::number_of;
using runtime::text_of;

constexpr int kCases = 6'000;
constexpr int kRefused = 30;
constexpr int kKills = 12;

/// Cases, some of which cannot be taken.
std::string cases_csv() {
  std::string csv = "message_id,user_id,subject,received_at,detail,reply,replied_at\n";
  for (int i = 0; i < kCases; ++i) {
    const bool sound = i % (kCases / kRefused) != 0;
    csv += fmt::format("{},u,subject {},{},detail {},,\n", i, i, sound ? "2024-03-04T09:00:00+08:00" : "some day", i);
  }
  return csv;
}

std::int64_t cases(runtime::ApiClient& client) {
  return number_of(client.get("/v1/cases?page_size=1&include_total=true"), "total");
}

TEST(ImportCrashTest, AnImportLosesNothingAndDoublesNothingHoweverOftenTheServerIsKilled) {
  std::mt19937_64 random(seed_of_this_run());
  const e2e::TemporaryFolder folder;
  e2e::ServerProcess server(folder.path() / "data");
  const County county = make_county(server, 0);
  runtime::ApiClient office = server.with_token(county.office_key);
  const auto started =
      office.upload(fmt::format("/v1/cases:import?unit_id={}", county.units.back().id), "text/csv", cases_csv(), {});
  const std::string address = fmt::format("/v1/jobs/hotline/{}", text_of(started, "id"));

  std::int64_t last = 0;
  int kills = 0;
  const auto deadline = std::chrono::steady_clock::now() + 120s;
  for (;;) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    const auto job = office.get(address);
    EXPECT_GE(number_of(job, "done"), last) << "what was done stays done";
    last = number_of(job, "done");
    if (text_of(job, "state") != "QUEUED" && text_of(job, "state") != "RUNNING") break;
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 60));
    if (kills == kKills) continue;
    ++kills;
    server.kill();
    server.start();
  }
  EXPECT_GE(kills, 3) << "the import was over too soon to be disturbed";
  const auto job = office.get(address);
  EXPECT_EQ(text_of(job, "state"), "DONE");
  EXPECT_EQ(number_of(job, "total"), kCases);
  EXPECT_EQ(number_of(job, "done"), kCases);
  EXPECT_EQ(number_of(job, "taken"), kCases - kRefused);
  EXPECT_EQ(number_of(job, "refused"), kRefused);
  EXPECT_EQ(cases(office), kCases - kRefused);
  const std::string errors = office.send("GET", address + "/errors", {}, {}).body;
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), kRefused + 1);
}

}  // namespace
}  // namespace wenming::faults
