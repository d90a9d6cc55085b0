#pragma once

#include <optional>
#include <string_view>

#include "core/settings.h"
#include "domain/service.h"
#include "volunteer/served_time.h"
#include "wenming/volunteer/v1/activities.pb.h"

namespace wenming::volunteer {

/// Activities: occasions of voluntary service that a unit drafts, publishes and perhaps cancels.
///
/// Holds only the deployment's default radius; any number of threads may call, each with its own transaction.
class Activities {
 public:
  explicit Activities(core::Settings& settings);

  /// Refused: `unit_unknown`, `activity_window`.
  v1::Activity create(domain::Tx& tx, const domain::Caller& caller, const v1::CreateActivityRequest& request) const;
  v1::Activity get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetActivityRequest& request) const;
  v1::ListActivitiesResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                  const v1::ListActivitiesRequest& request) const;

  /// Refused: `activity_not_draft`, `activity_over`.
  v1::Activity publish(domain::Tx& tx, const domain::Caller& caller, const v1::PublishActivityRequest& request) const;
  /// Refused: `activity_cancelled`, `activity_over`.
  v1::Activity cancel(domain::Tx& tx, const domain::Caller& caller, const v1::CancelActivityRequest& request) const;

  /// An activity belongs to the organising unit.
  static std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view id);

 private:
  int default_radius_m_;
};

/// Refuses hours that the activity does not cover: `activity_unknown`, `activity_not_open`, `hours_outside_activity`.
void require_within_activity(domain::ReadTx& tx, std::string_view activity_id, const Stretch& stretch);

}  // namespace wenming::volunteer
