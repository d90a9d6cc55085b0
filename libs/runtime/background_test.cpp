#include "runtime/background.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>

#include "runtime/alarm.h"

namespace wenming::runtime {
namespace {

TEST(BackgroundTest, OutlivesWorkThatFailsAndGivesItsPlaceBack) {
  Background background(1, 2);
  for (int i = 0; i < 20; ++i) {
    std::promise<void> failing;
    // The place is given back after the promise is kept, so the next may have to ask again.
    while (!background.run([&failing] {
      failing.set_value();
      throw std::runtime_error("no file descriptors");
    })) {
    }
    failing.get_future().wait();
  }
  std::atomic<int> ran = 0;
  while (!background.run([&ran] { ++ran; })) {
  }
  background.join();
  EXPECT_EQ(ran, 1);
}

TEST(BackgroundTest, TakesNoMoreThanItsBound) {
  Background background(1, 2);
  std::promise<void> gate;
  const std::shared_future<void> open = gate.get_future().share();
  EXPECT_TRUE(background.run([open] { open.wait(); }));
  EXPECT_TRUE(background.run([] {}));
  EXPECT_FALSE(background.run([] {}));
  gate.set_value();
  background.join();
}

TEST(AlarmTest, CallsInTheOrderOfTheirMoments) {
  Alarm alarm;
  std::string called;
  std::promise<void> last;
  alarm.after(std::chrono::milliseconds(30), [&] {
    called += "c";
    last.set_value();
  });
  alarm.after(std::chrono::milliseconds(20), [&] { called += "b"; });
  alarm.after(std::chrono::milliseconds(0), [&] { called += "a"; });
  last.get_future().wait();
  EXPECT_EQ(called, "abc");
}

TEST(AlarmTest, ForgetsACallThatIsCancelled) {
  Alarm alarm;
  bool called = false;
  std::promise<void> later;
  alarm.cancel(alarm.after(std::chrono::milliseconds(10), [&] { called = true; }));
  alarm.after(std::chrono::milliseconds(20), [&] { later.set_value(); });
  later.get_future().wait();
  EXPECT_FALSE(called);
}

TEST(AlarmTest, DropsWhatIsLeftWhenItStops) {
  bool called = false;
  Alarm alarm;
  alarm.after(std::chrono::hours(1), [&] { called = true; });
  alarm.stop();
  alarm.after(std::chrono::milliseconds(0), [&] { called = true; });
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace wenming::runtime
