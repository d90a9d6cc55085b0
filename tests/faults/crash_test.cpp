#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <thread>

#include "faults/county.h"
#include "faults/judge.h"
#include "faults/load.h"

namespace wenming::faults {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kClients = 6;
constexpr int kVolunteers = 24;
/// From a kill in the first requests to one amid full batches and consumers that are behind.
constexpr int kLongestLifeMs = 1500;
/// Some lives end before the server is ready, in the recovery from the kill before.
constexpr int kKilledAgainPercent = 30;
constexpr int kLongestStartMs = 400;

/// Enough to be run with all tests; `scripts/faults` asks for more.
constexpr std::uint64_t kRounds = 8;

void rest(int ms) {
  std::this_thread::sleep_for(milliseconds(ms));
}

TEST(CrashTest, AServerKilledUnderLoadLosesNothingAcknowledgedAndDoublesNothing) {
  const std::uint64_t seed = seed_of_this_run();
  const std::uint64_t rounds = taken_from_environment("WENMING_ROUNDS", kRounds);
  std::mt19937_64 random(seed);
  const auto up_to = [&random](int most) { return std::uniform_int_distribution<int>(0, most)(random); };

  const e2e::TemporaryFolder folder;
  const auto data = folder.path() / "data";
  e2e::ServerProcess server(data);
  const County county = make_county(server, kVolunteers);
  Load load(county, server, seed, kClients);

  for (std::uint64_t round = 1; round <= rounds; ++round) {
    SCOPED_TRACE(fmt::format("round {} of seed {}", round, seed));
    load.play_while([&] {
      rest(up_to(kLongestLifeMs));
      server.kill();
    });
    const Complaints broken = judge_journals(data);
    ASSERT_TRUE(broken.empty()) << text_of(broken);
    while (up_to(99) < kKilledAgainPercent) {
      server.launch();
      rest(up_to(kLongestStartMs));
      server.kill();
    }
    server.start();

    const Complaints after_the_crash = judge(server, county, load);
    ASSERT_TRUE(after_the_crash.empty()) << text_of(after_the_crash);
    load.settle();
    const Complaints settled = judge(server, county, load);
    ASSERT_TRUE(settled.empty()) << text_of(settled);
    fmt::print("round {}: {}\n", round, load.tally().text());
  }

  EXPECT_EQ(server.stop(), 0);
  const Complaints chain = judge_journals(data);
  EXPECT_TRUE(chain.empty()) << text_of(chain);
}

}  // namespace
}  // namespace wenming::faults
