#pragma once

#include <optional>
#include <string_view>

#include "core/settings.h"
#include "domain/service.h"
#include "volunteer/served_time.h"
#include "wenming/volunteer/v1/hours.pb.h"

namespace wenming::volunteer {

/// Hour entries: stretches of voluntary service, submitted by volunteers or for them, and decided by liaison or office.
///
/// A person's pending and approved entries never overlap. Decisions never go back: pending → approved or rejected,
/// approved → revoked. Approved minutes are summed by month in the same transaction (months.h).
///
/// Holds only the deployment's limits; any number of threads may call, each with its own transaction.
class Hours {
 public:
  explicit Hours(core::Settings& settings);

  /// Refused: `hours_end_unclear`, `hours_not_whole_minutes`, `hours_length`, `hours_in_future`, `activity_unknown`,
  /// `activity_not_open`, `hours_outside_activity`, `hours_overlap`, `hours_daily_limit`.
  v1::HourEntry submit(domain::Tx& tx, const domain::Caller& caller, const v1::SubmitHoursRequest& request) const;
  v1::HourEntry get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetHoursRequest& request) const;
  v1::ListHoursResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                             const v1::ListHoursRequest& request) const;

  /// Refused: `hours_not_pending`, `hours_own`.
  v1::HourEntry approve(domain::Tx& tx, const domain::Caller& caller, const v1::ApproveHoursRequest& request) const;
  /// Refused: `hours_not_pending`.
  v1::HourEntry reject(domain::Tx& tx, const domain::Caller& caller, const v1::RejectHoursRequest& request) const;
  /// Refused: `hours_not_approved`.
  v1::HourEntry revoke(domain::Tx& tx, const domain::Caller& caller, const v1::RevokeHoursRequest& request) const;

  /// An entry belongs to the unit that it counts for and to the volunteer.
  static std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view id);

 private:
  /// Refuses a stretch that the person's other entries leave no room for; returns whether to flag it.
  [[nodiscard]] bool check_room(domain::ReadTx& tx, std::string_view volunteer_id, const Stretch& stretch) const;

  int daily_limit_;  // minutes of one person on one local day; more is refused
  int daily_flag_;   // minutes of one person on one local day; more is flagged for whoever decides
};

}  // namespace wenming::volunteer
