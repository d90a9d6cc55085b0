#pragma once

#include <memory>

#include "domain/caller.h"
#include "domain/tx.h"
#include "hotline/case_clock.h"
#include "wenming/hotline/v1/case_actions.pb.h"

namespace wenming::hotline {

/// Duplicates: a case that is merged into another one shares what becomes of that one, and citizens who track it see
/// so. Immutable; every thread may call, each with its own transaction.
class CaseMerging {
 public:
  explicit CaseMerging(std::shared_ptr<const CaseClock> clock) : clock_(std::move(clock)) {}

  /// What was merged into the duplicate goes along. Refuses (`merge_target`) the case itself, one of another receiving
  /// organisation, and one that takes no duplicates in its state.
  v1::Case merge(domain::Tx& tx, const domain::Caller& caller, const v1::MergeCaseRequest& request) const;
  v1::Case unmerge(domain::Tx& tx, const domain::Caller& caller, const v1::UnmergeCaseRequest& request) const;

 private:
  std::shared_ptr<const CaseClock> clock_;
};

}  // namespace wenming::hotline
