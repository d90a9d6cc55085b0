#include "dashboard/service.h"

#include "dashboard/folds.h"
#include "dashboard/overview.h"
#include "dashboard/page.h"
#include "dashboard/tally.h"
#include "dashboard/trends.h"
#include "dashboard/units.h"
#include "wenming/dashboard/v1/dashboard_service.pb.h"
#include "wenming/identity/v1/events.pb.h"

namespace wenming::dashboard {

std::span<const core::EmbeddedFile> schema();

namespace {

template <class Event>
void count(domain::Tx&, Tally& tally, const Event& event, const domain::EventContext&) {
  tally.take(fold(event));
}

void follow_organisation(domain::Tx&, Tally& tally, const identity::v1::OrganisationChanged& event,
                         const domain::EventContext&) {
  tally.follow(event.organisation_id());
}

}  // namespace

domain::Service service(core::Settings&) {
  domain::Service service("dashboard", {v1::DashboardService::descriptor()}, schema());
  service.read_model()
      .batch<Tally>()
      .on(&follow_organisation)
      .on(&count<volunteer::v1::VolunteerChanged>)
      .on(&count<volunteer::v1::ActivityChanged>)
      .on(&count<volunteer::v1::HoursChanged>)
      .on(&count<inspection::v1::PointChanged>)
      .on(&count<inspection::v1::InspectionSubmitted>)
      .on(&count<inspection::v1::RectificationOrderChanged>)
      .on(&count<hotline::v1::CaseChanged>)
      .on(&count<publicity::v1::PlacementChanged>)
      .on(&count<publicity::v1::BriefChanged>);

  service.resource("unit", unit_scope)
      .query("GetOverview", &get_overview)
      .list("ListUnitFigures", &list_unit_figures)
      .query("GetTrends", &get_trends)
      .live("StreamOverview", &live_key, &stream_overview);

  service.assets(page());
  return service;
}

}  // namespace wenming::dashboard
