#pragma once

#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "core/clock.h"
#include "core/working_calendar.h"
#include "domain/key_ring.h"

namespace wenming::store {

/// What transactions know of the world outside the database: the clock, local time, the working calendar, the keys of
/// personal data. Any thread may ask.
class Surroundings {
 public:
  using Calendar = std::shared_ptr<const core::WorkingCalendar>;

  Surroundings(std::shared_ptr<const core::Clock> clock, core::UtcOffset offset, Calendar calendar,
               std::shared_ptr<domain::Keys> keys)
      : clock_(std::move(clock)), offset_(offset), keys_(std::move(keys)), calendar_(std::move(calendar)) {}

  [[nodiscard]] core::Timestamp now() const { return clock_->now(); }
  [[nodiscard]] core::UtcOffset offset() const { return offset_; }
  [[nodiscard]] domain::Keys& keys() const {
    if (keys_ == nullptr) throw std::logic_error("the service did not say that it keeps personal data");
    return *keys_;
  }
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
  const std::shared_ptr<domain::Keys> keys_;  // may be null
  mutable std::mutex mutex_;
  Calendar calendar_;
};

}  // namespace wenming::store
