#pragma once

#include <memory>

#include "core/settings.h"
#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/hotline/v1/case_statistics.pb.h"

namespace wenming::hotline {

/// Counts and rates of cases, read from the cases themselves, so that every number opens down to its cases by the very
/// condition that counted them. Immutable; every thread may ask, each with its own transaction.
class CaseStatistics {
 public:
  explicit CaseStatistics(core::Settings& settings);

  v1::CaseStatistics get(domain::ReadTx& tx, const domain::Caller& caller,
                         const v1::GetCaseStatisticsRequest& request) const;
  v1::ExplainCaseStatisticsResponse explain(domain::ReadTx& tx, const domain::Visibility& visible,
                                            const v1::ExplainCaseStatisticsRequest& request) const;

 private:
  void add_rates(v1::CaseStatisticsGroup& group) const;

  int min_sample_;
};

}  // namespace wenming::hotline
