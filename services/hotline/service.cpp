#include "hotline/service.h"

#include <span>

#include "hotline/case_actions.h"
#include "hotline/case_import.h"
#include "hotline/cases.h"
#include "hotline/tracking.h"
#include "wenming/hotline/v1/hotline_service.pb.h"

namespace wenming::hotline {

std::span<const core::EmbeddedFile> schema();

domain::Service service(core::Settings& settings) {
  const auto deadline = std::make_shared<Deadline>(settings);
  const auto actions = std::make_shared<CaseActions>(deadline);
  const auto import = std::make_shared<CaseImport>(deadline);

  domain::Service service("hotline", {v1::HotlineService::descriptor()}, schema());
  service.resource("case", scope_of_case)
      .command("CreateCase", create_case)
      .query("TrackCase", track_case)
      .query("GetCase", get_case)
      .query("GetComplainant", get_complainant)
      .list("ListCases", list_cases)
      .list("ListCaseHistory", list_case_history)
      .command("ImportCases", import, &CaseImport::run);

  service.command("AcceptCase", actions, &CaseActions::accept)
      .command("DeclineCase", actions, &CaseActions::decline)
      .command("DispatchCase", actions, &CaseActions::dispatch)
      .command("SignCase", actions, &CaseActions::sign)
      .command("ReplyToCase", actions, &CaseActions::reply)
      .command("CallBackCase", actions, &CaseActions::call_back)
      .command("CloseCase", actions, &CaseActions::close)
      .command("ReopenCase", actions, &CaseActions::reopen)
      .timer(CaseActions::deadline_came);
  return service;
}

}  // namespace wenming::hotline
