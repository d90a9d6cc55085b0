#include "runtime/live_pace.h"

#include <gtest/gtest.h>

#include <list>

namespace wenming::runtime {
namespace {

using namespace std::chrono_literals;
using Clock = LivePace::Clock;

class LivePaceTest : public ::testing::Test {
 protected:
  void open(int streams) {
    for (int i = 0; i < streams; ++i) places_.emplace_back(pace_);
  }

  const Clock::time_point now_ = Clock::now();
  LivePace pace_;
  std::list<LivePace::Place> places_;
};

TEST_F(LivePaceTest, TellsAFewStreamsEverythingAtOnce) {
  open(15);
  EXPECT_EQ(pace_.rest(now_, now_), 0s);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(pace_.take_turn(now_), 0s);
}

TEST_F(LivePaceTest, LetsEachOfManyRestButNotBeforeItsFirstChange) {
  open(16);
  EXPECT_EQ(pace_.rest(now_ - 10s, now_), 0s);
  EXPECT_EQ(pace_.rest(now_ - 100ms, now_), 400ms);
  places_.clear();
  EXPECT_EQ(pace_.rest(now_ - 100ms, now_), 0s);
}

TEST_F(LivePaceTest, GivesAllTogetherAFewHundredTurnsASecond) {
  open(5000);
  int within_a_second = 0;
  Clock::duration last{};
  for (int i = 0; i < 5000; ++i) {
    const auto wait = pace_.take_turn(now_);
    EXPECT_GE(wait, last) << "in the order in which they asked";
    last = wait;
    if (wait <= 1s) ++within_a_second;
  }
  EXPECT_GT(within_a_second, 300);
  EXPECT_LT(within_a_second, 500);
  EXPECT_LT(last, 15s);
}

}  // namespace
}  // namespace wenming::runtime
