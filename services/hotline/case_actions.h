#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "domain/caller.h"
#include "domain/tx.h"
#include "hotline/case_clock.h"
#include "hotline/case_progress.h"
#include "hotline/case_store.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

/// What all actions on a case have in common: the case as it stands now, moved by the table of case_progress.h
/// (refused, `case_state`, where the state does not take the action), an entry in its history, an event, the clock kept
/// up.
///
/// Lives for the length of one command.
class CaseAction {
 public:
  CaseAction(domain::Tx& tx, const CaseClock& clock, const domain::Caller& caller, std::string_view case_id)
      : tx_(tx), clock_(clock), caller_(caller), subject_(clock.case_now(tx, case_id)) {}

  /// The case as it stands; what is set here is stored by `record`.
  [[nodiscard]] v1::Case& subject() { return subject_; }

  /// Refuses (`case_state`) what `take` would.
  void require(v1::CaseAction action) const {
    static_cast<void>(case_states().require_after(subject_.state(), action, v1::PROBLEM_CASE_STATE));
  }
  /// The action moves the case and is recorded.
  CaseAction& take(v1::CaseAction action, std::string_view text = {}) {
    advance(subject_, action, tx_.now());
    return record(action, text);
  }
  /// Records an action that has moved the case already.
  CaseAction& record(v1::CaseAction action, std::string_view text = {}, std::string_view unit_id = {}) {
    hotline::record(
        tx_, subject_,
        {.action = action, .occurred_at = tx_.now(), .actor_id = caller_.id, .text = text, .unit_id = unit_id});
    if (const Deadline deadline = deadline_of(subject_); deadline != deadline_) {
      deadline_ = deadline;
      clock_.watch(tx_, subject_);
      clock_.keep_up(tx_, subject_);  // an action may set a clock going whose deadline has passed
    }
    return *this;
  }
  /// What the caller is answered.
  [[nodiscard]] v1::Case answer() {
    CaseClock::show_remaining(tx_, subject_);
    return subject_;
  }

 private:
  /// Whether the clock runs, and until when.
  using Deadline = std::pair<bool, std::int64_t>;
  static Deadline deadline_of(const v1::Case& subject) {
    return {clock_runs(subject), domain::from_proto(subject.due_at()).micros()};
  }

  domain::Tx& tx_;
  const CaseClock& clock_;
  const domain::Caller& caller_;
  v1::Case subject_;
  Deadline deadline_ = deadline_of(subject_);
};

}  // namespace wenming::hotline
