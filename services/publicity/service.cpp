#include "publicity/service.h"

#include "publicity/briefs.h"
#include "publicity/placements.h"
#include "wenming/publicity/v1/publicity_service.pb.h"
#include "wenming/publicity/v1/timers.pb.h"

namespace wenming::publicity {

std::span<const core::EmbeddedFile> schema();

domain::Service service(core::Settings& settings) {
  const auto placements = std::make_shared<Placements>(settings);
  const auto briefs = std::make_shared<Briefs>(settings);

  domain::Service service("publicity", {v1::PublicityService::descriptor()}, schema());
  service.resource("placement", Placements::scope)
      .command("RegisterPlacement", placements, &Placements::register_placement)
      .query("GetPlacement", placements, &Placements::get)
      .list("ListPlacements", placements, &Placements::list)
      .command("ReportCondition", placements, &Placements::report_condition)
      .list("ListConditionReports", placements, &Placements::list_condition_reports)
      .command("ReplacePlacement", placements, &Placements::replace)
      .timer([placements](domain::Tx& tx, const v1::ExpirePlacement& timer) { placements->expire(tx, timer); });

  service.resource("brief", Briefs::scope)
      .command("SubmitBrief", briefs, &Briefs::submit)
      .query("GetBrief", briefs, &Briefs::get)
      .list("ListBriefs", briefs, &Briefs::list)
      .command("AdoptBrief", briefs, &Briefs::adopt)
      .command("DeclineBrief", briefs, &Briefs::decline);
  return service;
}

}  // namespace wenming::publicity
