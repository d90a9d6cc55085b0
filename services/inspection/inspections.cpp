#include "inspection/inspections.h"

#include <set>
#include <string>
#include <utility>

#include "core/encoding.h"
#include "core/hash.h"
#include "domain/list.h"
#include "domain/position.h"
#include "domain/refusal.h"
#include "inspection/points.h"
#include "inspection/rectification.h"
#include "wenming/inspection/v1/events.pb.h"
#include "wenming/inspection/v1/problems.pb.h"

namespace wenming::inspection {

using domain::Caller;
using domain::from_proto;
using domain::List;
using domain::or_null;
using domain::ReadTx;
using domain::Refusal;
using domain::Scope;
using domain::StoredPosition;
using domain::Tx;
using domain::Visibility;

namespace {

constexpr std::string_view kColumns =
    "id, point_id, unit_id, kind, inspected_at, score, position_datum AS \"position.datum\", "
    "position_longitude AS \"position.longitude\", position_latitude AS \"position.latitude\", remarks, "
    "low_findings, moderate_findings, high_findings, inspector_id, submitted_at, version";

v1::Inspection require_inspection(ReadTx& tx, std::string_view id) {
  auto inspection =
      tx.find<v1::Inspection>(std::string("SELECT ").append(kColumns).append(" FROM inspections WHERE id = $1"), id);
  if (!inspection) throw domain::not_found("inspection");
  for (v1::Answer& answer : tx.all<v1::Answer>("SELECT item, yes, grade, count, number, text FROM answers "
                                               "WHERE inspection_id = $1 ORDER BY number_in_report",
                                               id)) {
    inspection->mutable_answers()->Add(std::move(answer));
  }
  for (v1::Finding& finding : tx.all<v1::Finding>("SELECT id, category, severity, description, rectification_order_id "
                                                  "FROM findings WHERE inspection_id = $1 ORDER BY id",
                                                  id)) {
    inspection->mutable_findings()->Add(std::move(finding));
  }
  return *std::move(inspection);
}

/// What the client sent, as one short text. The message holds no map, so equal messages have equal bytes.
std::string content_hash(const v1::SubmitInspectionRequest& request) {
  return core::hex(core::bytes_of(core::sha256(request.SerializeAsString())));
}

void refuse_unclear_answers(const v1::SubmitInspectionRequest& request) {
  std::set<std::string_view> seen;
  std::string unclear;
  for (const v1::Answer& answer : request.answers()) {
    if (seen.insert(answer.item()).second && answer.value_case() != v1::Answer::VALUE_NOT_SET) continue;
    if (!unclear.empty()) unclear += ", ";
    unclear += answer.item();
  }
  if (!unclear.empty()) throw Refusal(v1::PROBLEM_ANSWER_UNCLEAR, {{"items", unclear}});
}

v1::Inspection reported_in(const v1::SubmitInspectionRequest& request, const v1::Point& point) {
  v1::Inspection inspection;
  inspection.set_id(request.inspection_id());
  inspection.set_point_id(point.id());
  inspection.set_unit_id(point.unit_id());
  inspection.set_kind(request.kind());
  *inspection.mutable_inspected_at() = request.inspected_at();
  if (request.has_score()) inspection.set_score(request.score());
  *inspection.mutable_answers() = request.answers();
  if (request.has_position()) *inspection.mutable_position() = request.position();
  *inspection.mutable_findings() = request.findings();
  inspection.set_remarks(request.remarks());
  inspection.set_version(1);
  return inspection;
}

void count_findings(v1::Inspection& inspection) {
  int low = 0, moderate = 0, high = 0;
  for (const v1::Finding& finding : inspection.findings()) {
    low += finding.severity() == v1::SEVERITY_LOW ? 1 : 0;
    moderate += finding.severity() == v1::SEVERITY_MODERATE ? 1 : 0;
    high += finding.severity() == v1::SEVERITY_HIGH ? 1 : 0;
  }
  inspection.set_low_findings(low);
  inspection.set_moderate_findings(moderate);
  inspection.set_high_findings(high);
}

void insert(Tx& tx, const v1::Inspection& inspection, std::string_view hash) {
  const std::optional<double> score = inspection.has_score() ? std::optional(inspection.score()) : std::nullopt;
  const StoredPosition position = StoredPosition::of(inspection);
  tx.run(
      "INSERT INTO inspections (id, content_hash, point_id, unit_id, kind, inspected_at, score, position_datum, "
      "position_longitude, position_latitude, wgs84_longitude, wgs84_latitude, remarks, low_findings, "
      "moderate_findings, high_findings, inspector_id, submitted_at, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
      inspection.id(), hash, inspection.point_id(), inspection.unit_id(), inspection.kind(), inspection.inspected_at(),
      score, position.datum, position.longitude, position.latitude, position.wgs84_longitude, position.wgs84_latitude,
      inspection.remarks(), inspection.low_findings(), inspection.moderate_findings(), inspection.high_findings(),
      inspection.inspector_id(), inspection.submitted_at(), inspection.version());
}

void insert(Tx& tx, const std::string& inspection_id, const v1::Answer& answer, int number) {
  using domain::to_value;
  const domain::Value absent = to_value(std::nullopt);
  tx.run(
      "INSERT INTO answers (inspection_id, item, number_in_report, yes, grade, count, number, text) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      inspection_id, answer.item(), number, answer.has_yes() ? to_value(answer.yes()) : absent,
      answer.has_grade() ? to_value(answer.grade()) : absent, answer.has_count() ? to_value(answer.count()) : absent,
      answer.has_number() ? to_value(answer.number()) : absent, answer.has_text() ? to_value(answer.text()) : absent);
}

void insert(Tx& tx, const std::string& inspection_id, const v1::Finding& finding) {
  tx.run(
      "INSERT INTO findings (id, inspection_id, category, severity, description, rectification_order_id) "
      "VALUES ($1, $2, $3, $4, $5, $6)",
      finding.id(), inspection_id, finding.category(), finding.severity(), finding.description(),
      or_null(finding.rectification_order_id()));
}

void publish(Tx& tx, const v1::Inspection& inspection, const v1::Point& point) {
  v1::InspectionSubmitted event;
  event.set_inspection_id(inspection.id());
  event.set_version(inspection.version());
  event.set_point_id(point.id());
  event.set_point_type(point.type());
  event.set_unit_id(inspection.unit_id());
  event.set_kind(inspection.kind());
  *event.mutable_inspected_at() = inspection.inspected_at();
  event.set_inspected_day(core::to_text(tx.offset().date_of(from_proto(inspection.inspected_at()))));
  if (inspection.has_score()) event.set_score(inspection.score());
  event.set_low_findings(inspection.low_findings());
  event.set_moderate_findings(inspection.moderate_findings());
  event.set_high_findings(inspection.high_findings());
  *event.mutable_submitted_at() = inspection.submitted_at();
  tx.publish(event);
}

}  // namespace

Inspections::Inspections(core::Settings& settings, std::shared_ptr<const Rectification> rectification)
    : rectification_(std::move(rectification)),
      issue_orders_(settings.flag("inspection.issue_orders", true,
                                  "Whether findings become rectification orders where the report does not say.")) {}

v1::Inspection Inspections::submit(Tx& tx, const Caller& caller, const v1::SubmitInspectionRequest& request) const {
  const std::string hash = content_hash(request);
  if (const auto known =
          tx.value<std::string>("SELECT content_hash FROM inspections WHERE id = $1", request.inspection_id())) {
    if (*known == hash) return require_inspection(tx, request.inspection_id());
    throw Refusal(v1::PROBLEM_INSPECTION_DIFFERS, {{"inspection", request.inspection_id()}});
  }
  if (from_proto(request.inspected_at()) > tx.now()) throw Refusal(v1::PROBLEM_INSPECTED_IN_FUTURE);
  refuse_unclear_answers(request);

  const v1::Point point = require_point(tx, request.point_id());
  v1::Inspection inspection = reported_in(request, point);
  count_findings(inspection);
  inspection.set_inspector_id(caller.id);
  *inspection.mutable_submitted_at() = domain::to_proto(tx.now());
  insert(tx, inspection, hash);
  for (int i = 0; i < inspection.answers_size(); ++i) insert(tx, inspection.id(), inspection.answers(i), i);

  const bool issue_orders = request.has_issue_orders() ? request.issue_orders() : issue_orders_;
  for (v1::Finding& finding : *inspection.mutable_findings()) {
    finding.set_id(tx.new_id());
    if (issue_orders) finding.set_rectification_order_id(rectification_->issue(tx, caller, inspection, finding));
    insert(tx, inspection.id(), finding);
  }
  publish(tx, inspection, point);
  return inspection;
}

v1::Inspection Inspections::get(ReadTx& tx, const Caller&, const v1::GetInspectionRequest& request) const {
  v1::Inspection inspection = require_inspection(tx, request.inspection_id());
  domain::answer_in(request.datum(), inspection);
  return inspection;
}

v1::ListInspectionsResponse Inspections::list(ReadTx& tx, const Visibility& visible,
                                              const v1::ListInspectionsRequest& request) const {
  auto response = List("inspections", kColumns)
                      .visible_by("unit_id")
                      .visible_by_relation("point_id")
                      .within("unit_id", request.unit_id())
                      .equal("point_id", request.point_id())
                      .equal("kind", request.kind())
                      .on_days("inspected_at", tx.offset(), request.from(), request.to())
                      .order_by("inspected_at", List::Descending)
                      .page<v1::ListInspectionsResponse>(tx, visible, request);
  for (v1::Inspection& inspection : *response.mutable_inspections()) domain::answer_in(request.datum(), inspection);
  return response;
}

std::optional<Scope> Inspections::scope(ReadTx& tx, std::string_view id) {
  for (const auto& row : tx.query("SELECT unit_id, version, point_id FROM inspections WHERE id = $1", id)) {
    Scope scope{std::string(row.text(0)), {}, row.integer(1)};
    scope.about_id = row.text(2);
    return scope;
  }
  return std::nullopt;
}

}  // namespace wenming::inspection
