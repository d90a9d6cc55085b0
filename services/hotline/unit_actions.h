#pragma once

#include <memory>

#include "domain/caller.h"
#include "domain/tx.h"
#include "hotline/case_clock.h"
#include "wenming/hotline/v1/case_actions.pb.h"

namespace wenming::hotline {

/// What the unit does to a case that it was asked to handle. Immutable; every thread may call, each with its own
/// transaction.
class UnitActions {
 public:
  explicit UnitActions(std::shared_ptr<const CaseClock> clock) : clock_(std::move(clock)) {}

  v1::Case sign(domain::Tx& tx, const domain::Caller& caller, const v1::SignCaseRequest& request) const;
  v1::Case begin(domain::Tx& tx, const domain::Caller& caller, const v1::BeginHandlingRequest& request) const;
  /// Refused: too late (`return_too_late`), and after a ruling or a refused return (`return_adjudicated`).
  v1::Case give_back(domain::Tx& tx, const domain::Caller& caller, const v1::ReturnCaseRequest& request) const;
  /// Refused: a second time in a round (`extension_once`), and after the deadline (`extension_too_late`).
  v1::Case request_extension(domain::Tx& tx, const domain::Caller& caller,
                             const v1::RequestExtensionRequest& request) const;
  v1::Case reply(domain::Tx& tx, const domain::Caller& caller, const v1::ReplyToCaseRequest& request) const;

 private:
  std::shared_ptr<const CaseClock> clock_;
};

}  // namespace wenming::hotline
