#pragma once

#include <atomic>
#include <chrono>
#include <mutex>

namespace wenming::runtime {

/// How often the open streams of a process may be told what is new. A few are told every change at once. Many that
/// watch a busy value would have it rendered for each of them with every commit, and other readers would wait: so each
/// hears its first change at once and then twice a second at most, and all together get a few hundred answers a second.
/// Any thread may call.
class LivePace {
 public:
  using Clock = std::chrono::steady_clock;

  /// Counts a stream for as long as it lives.
  class Place {
   public:
    explicit Place(LivePace& pace) : pace_(pace) { pace_.open_.fetch_add(1); }
    ~Place() { pace_.open_.fetch_sub(1); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    LivePace& pace_;
  };

  /// How long a stream that was told something at `last` rests before it hears more.
  [[nodiscard]] Clock::duration rest(Clock::time_point last, Clock::time_point now) const;
  /// Takes the next turn among all streams: how long it is until then.
  Clock::duration take_turn(Clock::time_point now);

 private:
  std::atomic<std::size_t> open_ = 0;
  std::mutex mutex_;
  Clock::time_point next_turn_;  // guarded by the mutex
};

}  // namespace wenming::runtime
