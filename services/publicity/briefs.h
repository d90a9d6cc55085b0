#pragma once

#include <optional>
#include <string_view>

#include "core/settings.h"
#include "domain/service.h"
#include "publicity/catalogue.h"
#include "wenming/publicity/v1/briefs.pb.h"

namespace wenming::publicity {

/// Briefs: news that a unit sends up, adopted at a level for points, or declined; decided once.
///
/// Holds only the deployment's catalogue and points; any number of threads may call, each with its own transaction.
class Briefs {
 public:
  explicit Briefs(core::Settings& settings);

  /// Refused: `unit_unknown`, `brief_kind_unknown`.
  v1::Brief submit(domain::Tx& tx, const domain::Caller& caller, const v1::SubmitBriefRequest& request) const;
  v1::Brief get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetBriefRequest& request) const;
  v1::ListBriefsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                              const v1::ListBriefsRequest& request) const;

  /// Refused: `brief_decided`.
  v1::Brief adopt(domain::Tx& tx, const domain::Caller& caller, const v1::AdoptBriefRequest& request) const;
  /// Refused: `brief_decided`.
  v1::Brief decline(domain::Tx& tx, const domain::Caller& caller, const v1::DeclineBriefRequest& request) const;

  /// A brief belongs to the unit that sent it.
  static std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view id);

 private:
  [[nodiscard]] int points_of(v1::BriefLevel level) const;

  Catalogue kinds_;
  int county_points_, city_points_, province_points_, national_points_;
};

}  // namespace wenming::publicity
