#include "inspection/service.h"

#include <span>

#include "inspection/inspections.h"
#include "inspection/points.h"
#include "inspection/rectification.h"
#include "wenming/inspection/v1/inspection_service.pb.h"

namespace wenming::inspection {

std::span<const core::EmbeddedFile> schema();

domain::Service service(core::Settings& settings) {
  const auto rectification = std::make_shared<Rectification>(settings);
  const auto inspections = std::make_shared<Inspections>(settings, rectification);

  domain::Service service("inspection", {v1::InspectionService::descriptor()}, schema());
  service.resource("point", scope_of_point)
      .command("CreatePoint", create_point)
      .query("GetPoint", get_point)
      .list("ListPoints", list_points)
      .command("UpdatePoint", update_point);

  service.resource("inspection", Inspections::scope)
      .command("SubmitInspection", inspections, &Inspections::submit)
      .query("GetInspection", inspections, &Inspections::get)
      .list("ListInspections", inspections, &Inspections::list);

  service.resource("rectification_order", Rectification::scope)
      .query("GetRectificationOrder", rectification, &Rectification::get)
      .list("ListRectificationOrders", rectification, &Rectification::list)
      .list("ListRectificationSteps", rectification, &Rectification::history)
      .command("SignRectificationOrder", rectification, &Rectification::sign)
      .command("SubmitRectificationOrder", rectification, &Rectification::submit)
      .command("VerifyRectificationOrder", rectification, &Rectification::verify)
      .command("RejectRectificationOrder", rectification, &Rectification::reject)
      .timer(Rectification::deadline_came);
  return service;
}

}  // namespace wenming::inspection
