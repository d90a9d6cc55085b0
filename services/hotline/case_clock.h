#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/settings.h"
#include "core/time.h"
#include "domain/tx.h"
#include "wenming/hotline/v1/cases.pb.h"
#include "wenming/hotline/v1/timers.pb.h"
#include "wenming/identity/v1/events.pb.h"

namespace wenming::hotline {

/// The clock of a case: how long a unit has, in working time, and what happens when that is over.
///
/// It starts at the first dispatch of a round and stops with the answer; a failed call-back lets it go on. Nothing but
/// an approved extension moves the deadline, and a change of the calendar, from which it is reckoned anew. A case is
/// late if the deadline passes while it runs; then it is escalated step by step. Lateness is noticed by a timer, and by
/// every action that comes before the timer could run (`case_now`).
///
/// Immutable; every thread may ask, each with its own transaction.
class CaseClock {
 public:
  explicit CaseClock(core::Settings& settings);

  /// Where neither the office nor the catalogue says.
  [[nodiscard]] int working_hours() const { return working_hours_; }
  /// When so many working hours after the dispatch are over.
  [[nodiscard]] static core::Timestamp due(domain::ReadTx& tx, core::Timestamp dispatched_at, int working_hours);
  /// The same for what stands on the case: its dispatch, its hours, its extension.
  [[nodiscard]] static core::Timestamp due_of(domain::ReadTx& tx, const v1::Case& subject);
  /// Working time from the dispatch of a case to that moment, in whole minutes.
  [[nodiscard]] static std::chrono::minutes worked_until(domain::ReadTx& tx, const v1::Case& subject,
                                                         core::Timestamp moment);
  /// Until when a unit that is asked now may give the case back.
  [[nodiscard]] core::Timestamp returnable_until(domain::ReadTx& tx, core::Timestamp asked_at) const;

  /// The case as it truly stands: if a step of its escalation has come and the timer has not run yet, escalated.
  /// Refused
  /// (`not_found`) where there is none.
  [[nodiscard]] v1::Case case_now(domain::Tx& tx, std::string_view id) const;
  /// Escalates the case if a step has come, and has the next one noticed.
  void keep_up(domain::Tx& tx, v1::Case& subject) const;
  /// Has the next step of escalation noticed, or nothing where the clock stands.
  void watch(domain::Tx& tx, const v1::Case& subject) const;

  /// The timer.
  void step_came(domain::Tx& tx, const v1::CaseDue& due) const;

  /// Sets `remaining_working_minutes` of an answer.
  static void show_remaining(domain::ReadTx& tx, v1::Case& subject);

  /// A changed calendar changes deadlines: those of cases whose clock runs are reckoned anew, a few hundred at a time.
  static void calendar_changed(domain::Tx& tx);
  void reckon_anew(domain::Tx& tx, const v1::ReckonDeadlinesAnew& timer) const;

 private:
  /// When the step comes that follows so many; nullopt after the last.
  [[nodiscard]] std::optional<core::Timestamp> step_after(domain::ReadTx& tx, const v1::Case& subject, int level) const;
  void reckon_case_anew(domain::Tx& tx, v1::Case& subject) const;

  int working_hours_;
  int return_days_;
  std::vector<std::chrono::hours> steps_;  // working time after the deadline, ascending
};

}  // namespace wenming::hotline
