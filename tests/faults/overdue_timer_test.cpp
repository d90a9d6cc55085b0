#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include "core/clock.h"
#include "core/time.h"
#include "faults/county.h"
#include "faults/load.h"

namespace wenming::faults {
namespace {

using namespace std::chrono_literals;
using runtime::number_of;
using runtime::text_of;

/// More than one batch of timers.
constexpr int kPlacements = 150;
/// Enough to start a server and to fill it before the moment comes.
constexpr std::chrono::seconds kLead{30};
/// How often the server is killed while it starts and makes up for the timers, and after how long at most.
constexpr int kKills = 6;
constexpr std::uint64_t kLongestStartMs = 400;

core::Timestamp now() {
  return core::SystemClock().now();
}

/// A local time in which a day ends soon: timers of days can then be waited for.
struct SoonOver {
  core::Timestamp midnight;
  core::UtcOffset offset;
  core::Date day;  // that ends
};

SoonOver day_that_is_soon_over() {
  constexpr std::int64_t kMinute = 60'000'000;
  constexpr std::int64_t kDay = 24 * 60;
  const std::int64_t minute = (now() + kLead).micros() / kMinute + 1;
  const std::int64_t behind = minute % kDay;  // since midnight in UTC
  const core::UtcOffset offset{std::chrono::minutes(behind <= kDay / 2 ? -behind : kDay - behind)};
  const core::Timestamp midnight(minute * kMinute);
  return {midnight, offset, offset.date_of(midnight - 1s)};
}

void register_placements(const e2e::ServerProcess& server, const County& county, core::Date last_day) {
  runtime::ApiClient office = server.with_token(county.office_key);
  for (int i = 0; i < kPlacements; ++i)
    office.post("/v1/placements",
                fmt::format(R"({{"unit_id":"{0}","medium":"POSTER","theme":"CIVILITY","place":"wall {1}",)"
                            R"("installed_on":"{2}","expires_on":"{2}"}})",
                            county.units.back().id, i, core::to_text(last_day)),
                fmt::format("wall-{}", i));
}

/// Placements by state and version, `EXPIRED 2`.
std::map<std::string, int> placements(runtime::ApiClient& client) {
  std::map<std::string, int> count;
  const auto page = client.get("/v1/placements?page_size=500");
  for (const auto& p : page["placements"].GetArray())
    ++count[fmt::format("{} {}", text_of(p, "state"), number_of(p, "version"))];
  return count;
}

std::int64_t expired_on_dashboard(runtime::ApiClient& client) {
  return number_of(client.get("/v1/dashboard/overview")["figures"], "placements_expired");
}

TEST(OverdueTimerTest, TimersThatFellDueWhileTheServerWasDownFireExactlyOnce) {
  std::mt19937_64 random(seed_of_this_run());
  const e2e::TemporaryFolder folder;
  std::unique_ptr<e2e::ServerProcess> server;
  County county;
  SoonOver end_of_day;
  for (int attempt = 1; attempt <= 3; ++attempt) {  // a machine so busy that the moment comes too soon
    end_of_day = day_that_is_soon_over();
    server = std::make_unique<e2e::ServerProcess>(
        folder.path() / fmt::format("data{}", attempt),
        std::vector<std::string>{"deployment.utc_offset=" + end_of_day.offset.text()});
    county = make_county(*server, 0);
    register_placements(*server, county, end_of_day.day);
    server->kill();
    if (now() < end_of_day.midnight) break;
  }
  ASSERT_LT(now(), end_of_day.midnight) << "the machine is too slow for this test";

  std::this_thread::sleep_for(end_of_day.midnight - now() + 1s);
  for (int i = 0; i < kKills; ++i) {
    server->launch();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % kLongestStartMs));
    server->kill();
  }
  server->start();

  const std::map<std::string, int> all_expired{{"EXPIRED 2", kPlacements}};
  runtime::ApiClient admin = server->admin();
  EXPECT_TRUE(e2e::eventually([&] { return placements(admin) == all_expired; }))
      << ::testing::PrintToString(placements(admin));
  EXPECT_TRUE(e2e::eventually([&] { return expired_on_dashboard(admin) == kPlacements; }))
      << expired_on_dashboard(admin);

  // Nor do they fire again after a quiet restart.
  EXPECT_EQ(server->stop(), 0);
  server->start();
  ASSERT_TRUE(e2e::all_events_applied(*server));
  runtime::ApiClient again = server->admin();
  EXPECT_EQ(placements(again), all_expired);
  EXPECT_EQ(expired_on_dashboard(again), kPlacements);
}

}  // namespace
}  // namespace wenming::faults
