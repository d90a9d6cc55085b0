#pragma once

#include <chrono>

#include "core/settings.h"
#include "core/working_calendar.h"
#include "domain/tx.h"

namespace wenming::hotline {

/// How long a unit has to answer. Immutable; any thread may ask.
class Deadline {
 public:
  explicit Deadline(core::Settings& settings)
      : working_hours_(static_cast<int>(settings.integer("hotline.reply_working_hours", 40, 1, 2000,
                                                         "Working hours to answer a case, where the office does not "
                                                         "say."))) {}

  /// Where the office does not say.
  [[nodiscard]] int working_hours() const { return working_hours_; }
  /// When so many working hours after the dispatch are over.
  static core::Timestamp after(domain::ReadTx& tx, core::Timestamp dispatched_at, int working_hours) {
    return tx.calendar().add(dispatched_at, std::chrono::hours(working_hours));
  }

 private:
  int working_hours_;
};

}  // namespace wenming::hotline
