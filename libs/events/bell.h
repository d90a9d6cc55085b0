#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace wenming::events {

/// Wakes one waiting thread. Any thread may ring; rings while nobody waits are remembered as one.
class Bell {
 public:
  void ring() {
    {
      const std::lock_guard lock(mutex_);
      rung_ = true;
    }
    rings_.notify_one();
  }

  /// Waits until rung, at most for `bound`. True: it was rung.
  bool wait(std::chrono::milliseconds bound) {
    std::unique_lock lock(mutex_);
    const bool rung = rings_.wait_for(lock, bound, [this] { return rung_; });
    rung_ = false;
    return rung;
  }

  /// Waits until rung.
  void wait() {
    std::unique_lock lock(mutex_);
    rings_.wait(lock, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable rings_;
  bool rung_ = false;
};

}  // namespace wenming::events
