#pragma once

#include <string>
#include <string_view>

#include "testing/service_fixture.h"
#include "volunteer/service.h"
#include "wenming/volunteer/v1/activities.pb.h"
#include "wenming/volunteer/v1/hours.pb.h"
#include "wenming/volunteer/v1/volunteers.pb.h"

namespace wenming::volunteer {

using namespace testing::literals;
using testing::at;

/// What the tests of this service share: a county with two townships, one user for each role (named after it), and
/// calls in few words. It is 20 March 2026, noon.
class VolunteerFixture : public testing::ServiceFixture {
 protected:
  explicit VolunteerFixture(const Settings& settings = {}) : ServiceFixture(&volunteer::service, settings) {
    organisation("county");
    organisation("town", "county");
    organisation("other-town", "county");
    organisation("village", "town");
    grant("office", contract::v1::ROLE_OFFICE, "county");
    grant("liaison", contract::v1::ROLE_LIAISON, "town");
    grant("other-liaison", contract::v1::ROLE_LIAISON, "other-town");
    grant("auditor", contract::v1::ROLE_AUDITOR, "county");
    grant("volunteer", contract::v1::ROLE_VOLUNTEER, "town");
    grant("other-volunteer", contract::v1::ROLE_VOLUNTEER, "town");
    advance_to(at("2026-03-20T12:00+08:00"));
  }

  v1::Volunteer enrol(std::string_view name = "甲", std::string_view unit = "town", std::string_view user = {}) {
    v1::RegisterVolunteerRequest request;
    request.set_display_name(std::string(name));
    request.set_phone("13800001234");
    request.set_unit_id(std::string(unit));
    if (!user.empty()) request.set_user_id(std::string(user));
    return call<v1::Volunteer>("RegisterVolunteer", request, as("office"));
  }

  static v1::SubmitHoursRequest stretch(const v1::Volunteer& who, core::Timestamp from, std::chrono::minutes length) {
    v1::SubmitHoursRequest request;
    request.set_volunteer_id(who.id());
    *request.mutable_starts_at() = domain::to_proto(from);
    request.set_minutes(static_cast<int>(length.count()));
    request.set_description("社区环境整治");
    return request;
  }
  v1::HourEntry submit(const v1::SubmitHoursRequest& request, std::string_view user = "liaison") {
    return call<v1::HourEntry>("SubmitHours", request, as(user));
  }
  v1::HourEntry submit(const v1::Volunteer& who, core::Timestamp from, std::chrono::minutes length) {
    return submit(stretch(who, from, length));
  }

  v1::HourEntry approve(const v1::HourEntry& entry, std::string_view user = "office") {
    v1::ApproveHoursRequest request;
    request.set_hours_id(entry.id());
    return call<v1::HourEntry>("ApproveHours", request, as(user));
  }
  v1::HourEntry reject(const v1::HourEntry& entry, std::string_view user = "office") {
    v1::RejectHoursRequest request;
    request.set_hours_id(entry.id());
    request.set_reason("没有证明材料");
    return call<v1::HourEntry>("RejectHours", request, as(user));
  }
  v1::HourEntry revoke(const v1::HourEntry& entry, std::string_view user = "office") {
    v1::RevokeHoursRequest request;
    request.set_hours_id(entry.id());
    request.set_reason("核查发现记录不实");
    return call<v1::HourEntry>("RevokeHours", request, as(user));
  }

  static v1::CreateActivityRequest occasion(core::Timestamp from, core::Timestamp to) {
    v1::CreateActivityRequest request;
    request.set_unit_id("town");
    request.set_title("清洁家园志愿行动");
    request.set_theme("学雷锋日");
    request.set_place("人民广场");
    *request.mutable_starts_at() = domain::to_proto(from);
    *request.mutable_ends_at() = domain::to_proto(to);
    request.set_head_count(30);
    return request;
  }
  v1::Activity draft(core::Timestamp from, core::Timestamp to) {
    return call<v1::Activity>("CreateActivity", occasion(from, to), as("liaison"));
  }
  v1::Activity publish(const v1::Activity& activity, std::string_view user = "liaison") {
    v1::PublishActivityRequest request;
    request.set_activity_id(activity.id());
    return call<v1::Activity>("PublishActivity", request, as(user));
  }
  v1::Activity cancel(const v1::Activity& activity, std::string_view user = "liaison") {
    v1::CancelActivityRequest request;
    request.set_activity_id(activity.id());
    request.set_reason("天气原因");
    return call<v1::Activity>("CancelActivity", request, as(user));
  }
};

}  // namespace wenming::volunteer
