#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/settings.h"
#include "domain/caller.h"
#include "domain/tx.h"
#include "hotline/case_clock.h"
#include "hotline/dispatch_catalogue.h"
#include "wenming/hotline/v1/case_actions.pb.h"
#include "wenming/hotline/v1/public_cases.pb.h"

namespace wenming::hotline {

/// What the office that received a case does to it. Immutable; every thread may call, each with its own transaction.
class OfficeActions {
 public:
  OfficeActions(core::Settings& settings, std::shared_ptr<const CaseClock> clock);

  v1::Case accept(domain::Tx& tx, const domain::Caller& caller, const v1::AcceptCaseRequest& request) const;
  v1::Case decline(domain::Tx& tx, const domain::Caller& caller, const v1::DeclineCaseRequest& request) const;
  v1::Case classify(domain::Tx& tx, const domain::Caller& caller, const v1::ClassifyCaseRequest& request) const;

  /// Refused: units outside the organisation that received the case (`unit_outside`), because its office must keep
  /// sight of it; no unit at all (`unit_undecided`); a second setting of the clock (`deadline_stands`); and once the
  /// case was given back twice (`adjudication_needed`).
  v1::Case dispatch(domain::Tx& tx, const domain::Caller& caller, const v1::DispatchCaseRequest& request) const;
  v1::Case refuse_return(domain::Tx& tx, const domain::Caller& caller, const v1::RefuseReturnRequest& request) const;
  v1::Case adjudicate(domain::Tx& tx, const domain::Caller& caller, const v1::AdjudicateCaseRequest& request) const;
  v1::Case decide_extension(domain::Tx& tx, const domain::Caller& caller,
                            const v1::DecideExtensionRequest& request) const;
  v1::Case urge(domain::Tx& tx, const domain::Caller& caller, const v1::UrgeCaseRequest& request) const;
  v1::Case supplement(domain::Tx& tx, const domain::Caller& caller, const v1::SupplementCaseRequest& request) const;

  v1::Case call_back(domain::Tx& tx, const domain::Caller& caller, const v1::CallBackCaseRequest& request) const;
  /// Refused (`not_called_back`) where the citizen could still be asked.
  v1::Case close(domain::Tx& tx, const domain::Caller& caller, const v1::CloseCaseRequest& request) const;
  /// Refused (`reopening_over`) too long after.
  v1::Case reopen(domain::Tx& tx, const domain::Caller& caller, const v1::ReopenCaseRequest& request) const;

  v1::Case publish(domain::Tx& tx, const domain::Caller& caller, const v1::PublishCaseRequest& request) const;
  v1::Case withdraw(domain::Tx& tx, const domain::Caller& caller, const v1::WithdrawCaseRequest& request) const;

 private:
  void assign_to(domain::Tx& tx, v1::Case& subject, v1::CaseAction action, std::string_view unit_id,
                 int working_hours) const;
  [[nodiscard]] bool was_asked(domain::ReadTx& tx, const v1::Case& subject) const;

  std::shared_ptr<const CaseClock> clock_;
  int problem_units_;
  int call_back_attempts_;
  int reopen_days_;
};

}  // namespace wenming::hotline
