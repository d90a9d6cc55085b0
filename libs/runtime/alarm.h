#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace wenming::runtime {

/// Calls functions at a later moment, on a thread of its own: one for the whole process. They must be quick and must
/// not throw. Any thread may call.
class Alarm {
 public:
  Alarm() : thread_([this] { run(); }) {}
  /// Stops.
  ~Alarm() { stop(); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  /// Names one call that was asked for.
  using Id = std::pair<std::chrono::steady_clock::time_point, std::uint64_t>;

  Id after(std::chrono::milliseconds pause, std::function<void()> call);
  /// Forgets a call that has not begun.
  void cancel(const Id& id);
  /// Drops what has not been called, and takes nothing more. Idempotent; not from one of the functions.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  void run();

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::map<Id, std::function<void()>> calls_;
  std::uint64_t newest_ = 0;  // keeps calls of the same moment apart
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace wenming::runtime
