#pragma once

#include <memory>

#include "domain/caller.h"
#include "domain/tx.h"
#include "hotline/deadline.h"
#include "wenming/hotline/v1/case_actions.pb.h"
#include "wenming/hotline/v1/cases.pb.h"
#include "wenming/hotline/v1/timers.pb.h"

namespace wenming::hotline {

/// What the office and the units do to a case. Every action moves the case by the table of case_progress.h, leaves an
/// entry in its history and an event; what the state does not take is refused (`case_state`).
///
/// The clock starts at the dispatch. A case is late if its deadline passes at a time when no answer stands, whether the
/// first answer is still to come or the citizen was not satisfied with one: its clock does not start anew. Lateness is
/// noticed by a timer, and by every action that comes before the timer could run.
///
/// Has no state but settings; every thread may call, each with its own transaction.
class CaseActions {
 public:
  explicit CaseActions(std::shared_ptr<const Deadline> deadline) : deadline_(std::move(deadline)) {}

  v1::Case accept(domain::Tx& tx, const domain::Caller& caller, const v1::AcceptCaseRequest& request) const;
  v1::Case decline(domain::Tx& tx, const domain::Caller& caller, const v1::DeclineCaseRequest& request) const;
  /// Refuses units outside the organisation that received the case (`unit_outside`): its office must keep sight of it.
  v1::Case dispatch(domain::Tx& tx, const domain::Caller& caller, const v1::DispatchCaseRequest& request) const;
  v1::Case sign(domain::Tx& tx, const domain::Caller& caller, const v1::SignCaseRequest& request) const;
  v1::Case reply(domain::Tx& tx, const domain::Caller& caller, const v1::ReplyToCaseRequest& request) const;
  v1::Case call_back(domain::Tx& tx, const domain::Caller& caller, const v1::CallBackCaseRequest& request) const;
  v1::Case close(domain::Tx& tx, const domain::Caller& caller, const v1::CloseCaseRequest& request) const;
  v1::Case reopen(domain::Tx& tx, const domain::Caller& caller, const v1::ReopenCaseRequest& request) const;

  static void deadline_came(domain::Tx& tx, const v1::CaseDue& due);

 private:
  std::shared_ptr<const Deadline> deadline_;
};

}  // namespace wenming::hotline
