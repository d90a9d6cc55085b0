#include "hotline/service.h"

#include <span>

#include "hotline/attachment_check.h"
#include "hotline/attachment_transfer.h"
#include "hotline/attachments.h"
#include "hotline/case_clock.h"
#include "hotline/case_export.h"
#include "hotline/case_import.h"
#include "hotline/case_indexer.h"
#include "hotline/case_merging.h"
#include "hotline/case_search.h"
#include "hotline/case_similar.h"
#include "hotline/case_statistics.h"
#include "hotline/cases.h"
#include "hotline/categories.h"
#include "hotline/co_units.h"
#include "hotline/complainants.h"
#include "hotline/dispatch_catalogue.h"
#include "hotline/office_actions.h"
#include "hotline/open311.h"
#include "hotline/public_cases.h"
#include "hotline/tracking.h"
#include "hotline/unit_actions.h"
#include "hotline/webhook_log.h"
#include "hotline/webhook_sending.h"
#include "hotline/webhooks.h"
#include "tables/import.h"
#include "wenming/hotline/v1/attachments.pb.h"
#include "wenming/hotline/v1/case_export.pb.h"
#include "wenming/hotline/v1/case_search.pb.h"
#include "wenming/hotline/v1/complainants.pb.h"
#include "wenming/hotline/v1/hotline_service.pb.h"
#include "wenming/hotline/v1/open311.pb.h"
#include "wenming/hotline/v1/public_cases.pb.h"

namespace wenming::hotline {

std::span<const core::EmbeddedFile> schema();

namespace {

void add_attachments(domain::Service& service, const AttachmentLimits& limits) {
  const auto attachments = std::make_shared<Attachments>(limits);
  const auto transfer = std::make_shared<AttachmentTransfer>();
  const auto check = std::make_shared<AttachmentCheck>(limits);
  service.command("StartUpload", attachments, &Attachments::start)
      .query("GetUpload", attachments, &Attachments::get)
      .edge("LookAtUpload", transfer, &AttachmentTransfer::look)
      .edge("AppendToUpload", transfer, &AttachmentTransfer::append)
      .command("AttachUpload", attachments, &Attachments::attach_by_code)
      .command("AttachToCase", attachments, &Attachments::attach_to_case)
      .list("ListAttachments", list_attachments)
      .edge("DownloadAttachment", transfer, &AttachmentTransfer::download)
      .query("TrackAttachments", attachments, &Attachments::track)
      .edge("DownloadTrackedAttachment", transfer, &AttachmentTransfer::download_by_code)
      .errand(check, &AttachmentCheck::look, &AttachmentCheck::conclude)
      .errand(check, &AttachmentCheck::remove, &AttachmentCheck::removed)
      .timer(upload_expired);
}

void add_open311(domain::Service& service, const std::shared_ptr<const Open311>& open311) {
  service.edge("DiscoverOpen311", open311, &Open311::discover, &Open311::refused)
      .edge("ListOpen311Services", open311, &Open311::services, &Open311::refused)
      .edge("GetOpen311Service", open311, &Open311::service, &Open311::refused)
      .edge("CreateOpen311Request", open311, &Open311::create, &Open311::refused)
      .edge("ListOpen311Requests", open311, &Open311::requests, &Open311::refused)
      .edge("GetOpen311Request", open311, &Open311::request, &Open311::refused)
      .edge("GetOpen311Token", open311, &Open311::token, &Open311::refused)
      .edge("ListOpen311Updates", open311, &Open311::updates, &Open311::refused)
      .edge("CreateOpen311Update", open311, &Open311::add_update, &Open311::refused);
}

}  // namespace

domain::Service service(core::Settings& settings) {
  const auto clock = std::make_shared<CaseClock>(settings);
  const auto office = std::make_shared<OfficeActions>(settings, clock);
  const auto unit = std::make_shared<UnitActions>(clock);
  const auto merging = std::make_shared<CaseMerging>(clock);
  const auto co_units = std::make_shared<CoUnits>(clock);
  const auto import = std::make_shared<CaseImport>(clock);
  const auto statistics = std::make_shared<CaseStatistics>(settings);
  const auto similar = std::make_shared<SimilarCases>(settings);

  const auto webhooks = std::make_shared<Webhooks>(settings);
  const auto sending = std::make_shared<WebhookSending>(settings);
  const auto log = std::make_shared<WebhookLog>(settings, sending);

  domain::Service service(
      "hotline",
      {v1::HotlineService::descriptor(), v1::CaseSearchService::descriptor(), v1::CaseStatisticsService::descriptor(),
       v1::CatalogueService::descriptor(), v1::CoUnitService::descriptor(), v1::WebhookService::descriptor(),
       v1::ComplainantService::descriptor(), v1::AttachmentService::descriptor(), v1::PublicCaseService::descriptor(),
       v1::Open311Service::descriptor(), v1::CaseExportService::descriptor()},
      schema());
  service.resource("case", scope_of_case)
      .command("CreateCase", create_case)
      .query("TrackCase", track_case)
      .query("GetCase", get_case)
      .list("ListCaseHistory", list_case_history)
      .job("ImportCases", tables::import(CaseImport::format(), import, &CaseImport::take));

  service.list("ListCases", list_cases)
      .query("FindSimilarCases", similar, &SimilarCases::before)
      .query("ListSimilarCases", similar, &SimilarCases::of_case)
      .errand(std::make_shared<case_index::Indexer>(), &case_index::Indexer::run, &case_index::Indexer::settle);

  service.command("RevealComplainant", complainants::reveal)
      .list("FindCasesByPhone", complainants::find_by_phone)
      .command("EraseComplainant", complainants::erase)
      .keeps_personal_data()
      .upgrade(complainants::seal_earlier);

  service.command("AcceptCase", office, &OfficeActions::accept)
      .command("DeclineCase", office, &OfficeActions::decline)
      .command("ClassifyCase", office, &OfficeActions::classify)
      .command("DispatchCase", office, &OfficeActions::dispatch)
      .command("RefuseReturn", office, &OfficeActions::refuse_return)
      .command("AdjudicateCase", office, &OfficeActions::adjudicate)
      .command("DecideExtension", office, &OfficeActions::decide_extension)
      .command("UrgeCase", office, &OfficeActions::urge)
      .command("SupplementCase", office, &OfficeActions::supplement)
      .command("CallBackCase", office, &OfficeActions::call_back)
      .command("CloseCase", office, &OfficeActions::close)
      .command("ReopenCase", office, &OfficeActions::reopen)
      .command("MergeCase", merging, &CaseMerging::merge)
      .command("UnmergeCase", merging, &CaseMerging::unmerge);

  service.command("SignCase", unit, &UnitActions::sign)
      .command("BeginHandling", unit, &UnitActions::begin)
      .command("ReturnCase", unit, &UnitActions::give_back)
      .command("RequestExtension", unit, &UnitActions::request_extension)
      .command("ReplyToCase", unit, &UnitActions::reply)
      .timer([clock](domain::Tx& tx, const v1::CaseDue& due) { clock->step_came(tx, due); })
      .timer([clock](domain::Tx& tx, const v1::ReckonDeadlinesAnew& timer) { clock->reckon_anew(tx, timer); })
      .on([](domain::Tx& tx, const identity::v1::CalendarDayChanged&, const domain::EventContext&) {
        CaseClock::calendar_changed(tx);
      });

  service.resource("co_unit", hotline::co_units::scope)
      .command("AddCoUnit", co_units, &CoUnits::add)
      .list("ListCoUnits", hotline::co_units::list)
      .command("SignCoUnit", co_units, &CoUnits::sign)
      .command("ReplyCoUnit", co_units, &CoUnits::reply)
      .command("ReturnCoUnit", co_units, &CoUnits::give_back)
      .command("RemoveCoUnit", co_units, &CoUnits::remove);

  service.query("GetCaseStatistics", statistics, &CaseStatistics::get)
      .list("ExplainCaseStatistics", statistics, &CaseStatistics::explain);

  service.job("ExportCases", tables::exporting(case_export::cases(), &case_export::read_cases))
      .job("ExportCaseStatistics",
           tables::exporting(case_export::statistics(), std::make_shared<case_export::Statistics>(statistics),
                             &case_export::Statistics::read));

  service.resource("dispatch_entry", dispatch_catalogue::scope)
      .command("PutCategory", categories::put)
      .query("GetCategory", categories::get)
      .list("ListCategories", categories::list)
      .command("ImportCategories", categories::import_csv)
      .command("CreateDispatchEntry", dispatch_catalogue::create)
      .command("EndDispatchEntry", dispatch_catalogue::end)
      .list("ListDispatchEntries", dispatch_catalogue::list)
      .query("SuggestDispatch", dispatch_catalogue::suggest)
      .command("ImportDispatchEntries", dispatch_catalogue::import_csv);

  service.resource("webhook", scope_of_webhook)
      .resource("webhook_delivery", webhook_log::scope)
      .command("CreateWebhook", webhooks, &Webhooks::create)
      .query("GetWebhook", get_webhook)
      .list("ListWebhooks", list_webhooks)
      .command("UpdateWebhook", webhooks, &Webhooks::update)
      .command("RemoveWebhook", remove_webhook)
      .command("EnableWebhook", enable_webhook)
      .command("DisableWebhook", disable_webhook)
      .command("RotateWebhookSecret", rotate_webhook_secret)
      .prepared("TestWebhook", log, &WebhookLog::send_test, &WebhookLog::record_test)
      .command("ReplayWebhook", log, &WebhookLog::replay_all)
      .query("GetWebhookDelivery", webhook_log::get)
      .list("ListWebhookDeliveries", webhook_log::list)
      .command("ReplayWebhookDelivery", log, &WebhookLog::replay)
      .errand(sending, &WebhookSending::run, &WebhookSending::settle)
      .timer([log](domain::Tx& tx, const v1::ReplayDeliveries& timer) { log->replay_some(tx, timer); })
      .timer([log](domain::Tx& tx, const v1::RemoveOldDeliveries& timer) { log->remove_old(tx, timer); })
      .timer([](domain::Tx& tx, const v1::RemoveDeliveriesOf& timer) { webhook_log::remove_of(tx, timer); })
      .on([](domain::Tx& tx, const identity::v1::ApiKeyChanged& event, const domain::EventContext&) {
        webhook_key_changed(tx, event);
      });

  service.command("PublishCase", office, &OfficeActions::publish)
      .command("WithdrawCase", office, &OfficeActions::withdraw)
      .query("GetPublicCase", public_cases::get)
      .list("ListPublicCases", public_cases::list);

  add_attachments(service, AttachmentLimits(settings));
  add_open311(service, std::make_shared<Open311>(settings));
  return service;
}

}  // namespace wenming::hotline
