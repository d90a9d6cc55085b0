#include "volunteer/service.h"

#include "volunteer/activities.h"
#include "volunteer/hours.h"
#include "volunteer/months.h"
#include "volunteer/volunteers.h"
#include "wenming/volunteer/v1/volunteer_service.pb.h"

namespace wenming::volunteer {

std::span<const core::EmbeddedFile> schema();

domain::Service service(core::Settings& settings) {
  const auto activities = std::make_shared<Activities>(settings);
  const auto hours = std::make_shared<Hours>(settings);

  domain::Service service("volunteer", {v1::VolunteerService::descriptor()}, schema());
  service.resource("volunteer", scope_of_volunteer)
      .command("RegisterVolunteer", register_volunteer)
      .query("GetVolunteer", get_volunteer)
      .list("ListVolunteers", list_volunteers)
      .command("UpdateVolunteer", update_volunteer);

  service.resource("activity", Activities::scope)
      .command("CreateActivity", activities, &Activities::create)
      .query("GetActivity", activities, &Activities::get)
      .list("ListActivities", activities, &Activities::list)
      .command("PublishActivity", activities, &Activities::publish)
      .command("CancelActivity", activities, &Activities::cancel);

  service.resource("hours", Hours::scope)
      .command("SubmitHours", hours, &Hours::submit)
      .query("GetHours", hours, &Hours::get)
      .list("ListHours", hours, &Hours::list)
      .command("ApproveHours", hours, &Hours::approve)
      .command("RejectHours", hours, &Hours::reject)
      .command("RevokeHours", hours, &Hours::revoke);

  service.list("ListMonthsOfVolunteer", list_months_of_volunteer)
      .list("ListVolunteerMonths", list_volunteer_months)
      .list("ListUnitMonths", list_unit_months);
  return service;
}

}  // namespace wenming::volunteer
