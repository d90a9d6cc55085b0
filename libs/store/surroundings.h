#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "core/clock.h"
#include "core/working_calendar.h"

namespace wenming::store {

/// What transactions know of the world outside the database: the clock, local time, the working calendar. Any thread
/// may ask.
class Surroundings {
 public:
  using Calendar = std::shared_ptr<const core::WorkingCalendar>;

  Surroundings(std::shared_ptr<const core::Clock> clock, core::UtcOffset offset, Calendar calendar)
      : clock_(std::move(clock)), offset_(offset), calendar_(std::move(calendar)) {}

  [[nodiscard]] core::Timestamp now() const { return clock_->now(); }
  [[nodiscard]] core::UtcOffset offset() const { return offset_; }
  [[nodiscard]] Calendar calendar() const {
    const std::lock_guard lock(mutex_);
    return calendar_;
  }
  void set_calendar(Calendar calendar) {
    const std::lock_guard lock(mutex_);
    calendar_ = std::move(calendar);
  }

 private:
  const std::shared_ptr<const core::Clock> clock_;
  const core::UtcOffset offset_;
  mutable std::mutex mutex_;
  Calendar calendar_;
};

}  // namespace wenming::store
