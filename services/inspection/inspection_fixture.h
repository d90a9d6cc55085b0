#pragma once

#include <google/protobuf/message.h>

#include <cstdio>
#include <initializer_list>
#include <string>
#include <variant>

#include "domain/value.h"
#include "inspection/service.h"
#include "testing/service_fixture.h"
#include "wenming/inspection/v1/inspections.pb.h"
#include "wenming/inspection/v1/points.pb.h"

namespace wenming::inspection {

using testing::at;

/// The service with a district, two units in it, and the people who work with them. It is Thursday 2026-03-05, 09:00.
class InspectionFixture : public testing::ServiceFixture {
 protected:
  InspectionFixture() : ServiceFixture(&inspection::service) {
    organisation("district");
    organisation("bureau", "district");
    organisation("school", "district");
    grant("inspector", contract::v1::ROLE_INSPECTOR, "district");
    grant("office", contract::v1::ROLE_OFFICE, "district");
    grant("liaison", contract::v1::ROLE_LIAISON, "bureau");
  }

  [[nodiscard]] static domain::Principal inspector() { return as("inspector"); }
  [[nodiscard]] static domain::Principal liaison() { return as("liaison"); }

  v1::Point create_point(const std::string& code, const std::string& unit_id) {
    v1::CreatePointRequest request;
    request.set_code(code);
    request.set_name(code);
    request.set_type("集贸市场");
    request.set_unit_id(unit_id);
    return call<v1::Point>("CreatePoint", request, inspector());
  }

  /// A report of a visit that took place now, with one finding of each severity given.
  v1::SubmitInspectionRequest visit(const v1::Point& point, std::initializer_list<v1::Severity> severities) {
    v1::SubmitInspectionRequest request;
    request.set_inspection_id(client_made_id());
    request.set_point_id(point.id());
    request.set_kind(v1::INSPECTION_KIND_ROUTINE);
    *request.mutable_inspected_at() = domain::to_proto(now());
    for (const v1::Severity severity : severities) {
      v1::Finding& finding = *request.add_findings();
      finding.set_category("hygiene");
      finding.set_severity(severity);
      finding.set_description("垃圾未清运");
    }
    return request;
  }
  v1::Inspection submit(const v1::SubmitInspectionRequest& request) {
    return call<v1::Inspection>("SubmitInspection", request, inspector());
  }

  /// The enum value as answers have it, `ISSUED`.
  template <class E>
  static std::string word_of(E value) {
    return std::string(std::get<std::string_view>(domain::to_value(value)));
  }

 private:
  std::string client_made_id() {
    char id[37];
    std::snprintf(id, sizeof id, "00000000-0000-4000-8000-%012d", ++visits_);
    return id;
  }

  int visits_ = 0;
};

}  // namespace wenming::inspection
