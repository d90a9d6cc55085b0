#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/service.h"
#include "store/options.h"
#include "store/task.h"

namespace wenming::store {

/// How long what has failed so often is put off.
std::chrono::seconds delay_after(std::int64_t attempts);
/// For the log.
std::string text_of(const std::exception_ptr& reason);

/// The timers of a service: which are due, and the tasks that run them. Used on the writer's thread only; the service
/// and the observer outlive it.
///
/// Running a timer and removing its row are one savepoint, so a timer runs exactly once with its effect. One that fails
/// is put off, longer each time, up to an hour; it is never dropped.
class Timers {
 public:
  Timers(const domain::Service& service, Observer* observer) : service_(service), observer_(observer) {}

  /// Reads when the next one is to run.
  void refresh(Connection& connection);
  void set_next(std::optional<core::Timestamp> next) { next_ = next; }
  [[nodiscard]] std::optional<core::Timestamp> next() const { return next_; }
  /// The timers that are to run by now, oldest first, a bounded number of them.
  [[nodiscard]] std::vector<TaskPtr> due(Connection& connection, core::Timestamp now) const;

 private:
  const domain::Service& service_;
  Observer* const observer_;
  std::optional<core::Timestamp> next_;
};

}  // namespace wenming::store
