#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dashboard/recount.h"
#include "dashboard/service.h"
#include "reference/reference.h"
#include "testing/service_fixture.h"
#include "wenming/dashboard/v1/figures.pb.h"
#include "wenming/hotline/v1/events.pb.h"
#include "wenming/identity/v1/events.pb.h"
#include "wenming/inspection/v1/events.pb.h"
#include "wenming/publicity/v1/events.pb.h"
#include "wenming/volunteer/v1/events.pb.h"

namespace wenming::dashboard {

/// A stretch of an organisation's history.
struct Stood {
  std::string from, to, parent;
};
inline const std::string kAlways = "0001-01-01", kForEver = "9999-12-31";

inline identity::v1::OrganisationChanged organisation_event(const std::string& id, std::int64_t version,
                                                            const std::vector<Stood>& history) {
  identity::v1::OrganisationChanged event;
  event.set_organisation_id(id);
  event.set_code(id);
  event.set_level(identity::v1::ORGANISATION_LEVEL_COMMUNITY);
  event.set_version(version);
  for (const Stood& stood : history) {
    auto& stretch = *event.add_stretches();
    stretch.set_valid_from(stood.from);
    stretch.set_valid_to(stood.to);
    stretch.set_parent_id(stood.parent);
    stretch.set_name("name of " + id);
  }
  return event;
}

inline hotline::v1::CaseChanged case_event(const std::string& id, std::int64_t version, const std::string& unit,
                                           const std::string& day,
                                           hotline::v1::CaseState state = hotline::v1::CASE_STATE_RECEIVED) {
  hotline::v1::CaseChanged event;
  event.set_case_id(id);
  event.set_version(version);
  event.set_unit_id(unit);
  event.set_received_day(day);
  event.set_state(state);
  return event;
}

inline volunteer::v1::HoursChanged hours_event(
    const std::string& id, std::int64_t version, const std::string& unit, const std::string& day, int minutes,
    volunteer::v1::HoursStatus status = volunteer::v1::HOURS_STATUS_APPROVED) {
  volunteer::v1::HoursChanged event;
  event.set_hours_id(id);
  event.set_version(version);
  event.set_unit_id(unit);
  event.set_status(status);
  auto& served = *event.add_days();
  served.set_day(day);
  served.set_minutes(minutes);
  return event;
}

/// The dashboard on a database of its own, with the organisations that a test places.
class FiguresFixture : public testing::ServiceFixture {
 protected:
  FiguresFixture() : ServiceFixture(&dashboard::service) {}

  /// Tells of an organisation as the replica and the dashboard hear of it.
  void place(const std::string& id, const std::vector<Stood>& history, std::int64_t version = 1) {
    const auto event = organisation_event(id, version, history);
    work([&](domain::Tx& tx) { reference::apply(tx, event); });
    deliver(event);
  }
  void place(const std::string& id, const std::string& parent = {}) { place(id, {{kAlways, kForEver, parent}}); }

  v1::Overview overview(const std::string& unit, const std::string& from = {}, const std::string& to = {}) {
    v1::GetOverviewRequest request;
    request.set_unit_id(unit);
    request.set_from(from);
    request.set_to(to);
    return call<v1::Overview>("GetOverview", request, admin());
  }
  v1::Figures figures(const std::string& unit, const std::string& from = {}, const std::string& to = {}) {
    return overview(unit, from, to).figures();
  }

  std::vector<std::string> recounted() {
    std::vector<std::string> differences;
    store().read([&](domain::ReadTx& tx) { differences = recount(tx); });
    return differences;
  }
};

}  // namespace wenming::dashboard
