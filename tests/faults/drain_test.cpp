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
using std::chrono::steady_clock;

constexpr std::size_t kClients = 6;
constexpr int kVolunteers = 24;
constexpr int kRounds = 5;
constexpr std::chrono::seconds kDrainTime{10};

TEST(DrainTest, AServerToldToStopUnderLoadAnswersAllThatItDoes) {
  const std::uint64_t seed = seed_of_this_run();
  std::mt19937_64 random(seed);
  const e2e::TemporaryFolder folder;
  const auto data = folder.path() / "data";
  e2e::ServerProcess server(data, {fmt::format("http.drain_seconds={}", kDrainTime.count())});
  const County county = make_county(server, kVolunteers);
  Load load(county, server, seed, kClients);

  for (int round = 1; round <= kRounds; ++round) {
    SCOPED_TRACE(fmt::format("round {} of seed {}", round, seed));
    int exit_code = -1;
    milliseconds took{};
    load.play_while([&] {
      std::this_thread::sleep_for(milliseconds(std::uniform_int_distribution<int>(50, 1000)(random)));
      const auto begun = steady_clock::now();
      exit_code = server.stop();
      took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begun);
    });
    EXPECT_EQ(exit_code, 0) << server.log();
    EXPECT_LE(took, kDrainTime);

    const Complaints broken = judge_journals(data);
    ASSERT_TRUE(broken.empty()) << text_of(broken);
    server.start();
    // Whoever got no answer was closed out before anything was done for them: an effect without an answer is a
    // complaint.
    load.trust_that_lost_is_not_done();
    const Complaints complaints = judge(server, county, load);
    ASSERT_TRUE(complaints.empty()) << text_of(complaints);
    fmt::print("round {}: stopped in {} ms; {}\n", round, took.count(), load.tally().text());
  }
}

}  // namespace
}  // namespace wenming::faults
