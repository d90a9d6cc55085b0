#pragma once

#include <optional>
#include <string_view>

#include "core/settings.h"
#include "domain/service.h"
#include "publicity/catalogue.h"
#include "wenming/publicity/v1/placements.pb.h"
#include "wenming/publicity/v1/timers.pb.h"

namespace wenming::publicity {

/// Placements: public-service advertisements, each in one place, from installation to replacement.
///
/// A placement that was found unfit (damaged, misprinted, off, outdated) or whose last day is over owes a replacement
/// by a date in working days. Replacing it puts a new placement in its place; the old one and all that was reported
/// about it stay.
///
/// Holds only the deployment's catalogues and term; any number of threads may call, each with its own transaction.
class Placements {
 public:
  explicit Placements(core::Settings& settings);

  /// Refused: `unit_unknown`, `medium_unknown`, `theme_unknown`, `installed_in_future`, `expires_before_installed`.
  v1::Placement register_placement(domain::Tx& tx, const domain::Caller& caller,
                                   const v1::RegisterPlacementRequest& request) const;
  v1::Placement get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetPlacementRequest& request) const;
  v1::ListPlacementsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                  const v1::ListPlacementsRequest& request) const;

  /// Refused: `placement_replaced`.
  v1::Placement report_condition(domain::Tx& tx, const domain::Caller& caller,
                                 const v1::ReportConditionRequest& request) const;
  v1::ListConditionReportsResponse list_condition_reports(domain::ReadTx& tx, const domain::Visibility& visible,
                                                          const v1::ListConditionReportsRequest& request) const;

  /// Refused: `placement_replaced`, and what `register_placement` refuses.
  v1::Placement replace(domain::Tx& tx, const domain::Caller& caller, const v1::ReplacePlacementRequest& request) const;

  /// Runs at the local midnight after a placement's last day.
  void expire(domain::Tx& tx, const v1::ExpirePlacement& timer) const;

  /// A placement belongs to the unit that owns it.
  static std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view id);

 private:
  /// Stores a placement that is complete but for its id, and sets the timer for its end.
  void install(domain::Tx& tx, v1::Placement& placement) const;
  /// Opens the task of replacing; one that is open keeps its date.
  void owe_replacement(domain::Tx& tx, v1::Placement& placement) const;

  Catalogue media_;
  Catalogue themes_;
  int replacement_working_days_;
};

}  // namespace wenming::publicity
