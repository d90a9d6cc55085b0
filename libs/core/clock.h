#pragma once

#include <chrono>
#include <mutex>

#include "core/time.h"

namespace wenming::core {

/// What time it is. Everything that asks for the time asks one of these, so that tests own it.
/// Any thread may call.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    return Timestamp(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count());
  }
};

/// A clock that stands still until a test moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : now_(start) {}

  [[nodiscard]] Timestamp now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  void set(Timestamp t) {
    const std::lock_guard lock(mutex_);
    now_ = t;
  }
  void advance(std::chrono::microseconds by) {
    const std::lock_guard lock(mutex_);
    now_ = now_ + by;
  }

 private:
  mutable std::mutex mutex_;
  Timestamp now_;
};

}  // namespace wenming::core
