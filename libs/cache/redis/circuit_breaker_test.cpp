#include "cache/redis/circuit_breaker.h"

#include <gtest/gtest.h>

#include <vector>

namespace wenming::cache {
namespace {

using namespace std::chrono_literals;

class CircuitBreakerTest : public testing::Test {
 protected:
  /// Asks, fails, and gives the pause after which somebody may try again.
  std::chrono::milliseconds pause_after_failure() {
    const auto ticket = breaker_.ask(now_);
    if (!ticket) return -1ms;
    breaker_.failed(*ticket, now_);
    const auto failed_at = now_;
    while (!breaker_would_ask()) now_ += 1ms;
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_ - failed_at);
  }
  bool breaker_would_ask() const {
    CircuitBreaker copy = breaker_;
    return copy.ask(now_).has_value();
  }
  void succeed() {
    const auto ticket = breaker_.ask(now_);
    ASSERT_TRUE(ticket);
    breaker_.succeeded(*ticket, now_);
  }

  CircuitBreaker breaker_{50ms, 5s};
  CircuitBreaker::Time now_ = CircuitBreaker::Time() + 1h;
};

TEST_F(CircuitBreakerTest, LetsEverybodyAskAServerThatAnswers) {
  for (int i = 0; i < 3; ++i) {
    const auto one = breaker_.ask(now_);
    const auto other = breaker_.ask(now_);
    ASSERT_TRUE(one && other);
    EXPECT_FALSE(breaker_.succeeded(*one, now_));
    EXPECT_FALSE(breaker_.succeeded(*other, now_));
  }
}

TEST_F(CircuitBreakerTest, PausesGrowUpToTheLongest) {
  std::vector<std::chrono::milliseconds> pauses;
  for (int i = 0; i < 9; ++i) pauses.push_back(pause_after_failure());
  EXPECT_EQ(pauses, (std::vector{50ms, 100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}));
}

TEST_F(CircuitBreakerTest, LetsOneTryAfterThePause) {
  pause_after_failure();
  const auto first = breaker_.ask(now_);
  ASSERT_TRUE(first);
  EXPECT_FALSE(breaker_.ask(now_));
  EXPECT_TRUE(breaker_.succeeded(*first, now_));
  EXPECT_TRUE(breaker_.ask(now_));
}

TEST_F(CircuitBreakerTest, TellsOnlyOfChanges) {
  const auto one = breaker_.ask(now_);
  const auto other = breaker_.ask(now_);
  EXPECT_TRUE(breaker_.failed(*one, now_));
  EXPECT_FALSE(breaker_.failed(*other, now_));
  now_ += 50ms;
  const auto tried = breaker_.ask(now_);
  ASSERT_TRUE(tried);
  EXPECT_FALSE(breaker_.failed(*tried, now_));
}

TEST_F(CircuitBreakerTest, OutcomesOfCallersFromBeforeAChangeDoNotCount) {
  const auto early = breaker_.ask(now_);
  ASSERT_TRUE(early);
  pause_after_failure();
  const auto tried = breaker_.ask(now_);
  ASSERT_TRUE(tried);
  EXPECT_FALSE(breaker_.is_current(*early));
  EXPECT_FALSE(breaker_.succeeded(*early, now_));
  EXPECT_FALSE(breaker_.ask(now_)) << "the one that tries has not come back";
  EXPECT_TRUE(breaker_.succeeded(*tried, now_));
  EXPECT_FALSE(breaker_.failed(*early, now_));
  EXPECT_TRUE(breaker_.ask(now_));
}

TEST_F(CircuitBreakerTest, AServerThatFailsAgainSoonIsPausedForLonger) {
  EXPECT_EQ(pause_after_failure(), 50ms);
  succeed();
  now_ += 1s;
  EXPECT_EQ(pause_after_failure(), 100ms);
  succeed();
  now_ += 5s;
  EXPECT_EQ(pause_after_failure(), 50ms);
}

}  // namespace
}  // namespace wenming::cache
