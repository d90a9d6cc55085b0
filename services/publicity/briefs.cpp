#include "publicity/briefs.h"

#include <string>

#include "domain/list.h"
#include "domain/refusal.h"
#include "reference/reference.h"
#include "wenming/publicity/v1/events.pb.h"

namespace wenming::publicity {

using domain::Caller;
using domain::List;
using domain::or_null;
using domain::ReadTx;
using domain::Refusal;
using domain::Scope;
using domain::Tx;
using domain::Visibility;

namespace {

v1::Brief require_brief(ReadTx& tx, std::string_view id) {
  const auto brief = tx.find<v1::Brief>("SELECT * FROM briefs WHERE id = $1", id);
  if (!brief) throw domain::not_found("brief");
  return *brief;
}

v1::Brief require_undecided(ReadTx& tx, std::string_view id) {
  v1::Brief brief = require_brief(tx, id);
  if (brief.status() != v1::BRIEF_STATUS_SUBMITTED) {
    const auto status = domain::enum_text(*v1::BriefStatus_descriptor(), brief.status());
    throw Refusal(v1::PROBLEM_BRIEF_DECIDED, {{"status", std::string(status)}});
  }
  return brief;
}

void publish(Tx& tx, const v1::Brief& brief) {
  const auto day_of = [&](const auto& moment) {
    return core::to_text(tx.offset().date_of(domain::from_proto(moment)));
  };
  v1::BriefChanged event;
  event.set_brief_id(brief.id());
  event.set_version(brief.version());
  event.set_unit_id(brief.unit_id());
  event.set_kind(brief.kind());
  event.set_status(brief.status());
  if (brief.has_level()) event.set_level(brief.level());
  event.set_points(brief.points());
  event.set_submitted_on(day_of(brief.submitted_at()));
  if (brief.has_decided_at()) event.set_decided_on(day_of(brief.decided_at()));
  tx.publish(event);
}

/// Writes a decision, as the brief's next version, and tells the others.
void decide(Tx& tx, const Caller& caller, v1::Brief& brief, v1::BriefStatus decision) {
  brief.set_version(brief.version() + 1);
  brief.set_status(decision);
  *brief.mutable_decided_at() = domain::to_proto(tx.now());
  brief.set_decided_by(caller.id);
  tx.run(
      "UPDATE briefs SET version = $2, status = $3, level = $4, points = $5, decided_at = $6, decided_by = $7, "
      "decline_reason = $8 WHERE id = $1",
      brief.id(), brief.version(), brief.status(), brief.has_level() ? std::optional(brief.level()) : std::nullopt,
      brief.points(), brief.decided_at(), brief.decided_by(), or_null(brief.decline_reason()));
  publish(tx, brief);
}

int points(core::Settings& settings, std::string_view key, int otherwise, std::string_view help) {
  return static_cast<int>(settings.integer(key, otherwise, 0, 1000, help));
}

}  // namespace

Briefs::Briefs(core::Settings& settings)
    : kinds_(settings.list("publicity.brief_kinds", {"NEWS", "PICTURE", "VIDEO"}, "Codes of the kinds of brief.")),
      county_points_(points(settings, "publicity.county_points", 1, "Points for a brief adopted by county media.")),
      city_points_(points(settings, "publicity.city_points", 2, "Points for a brief adopted by city media.")),
      province_points_(
          points(settings, "publicity.province_points", 4, "Points for a brief adopted by provincial media.")),
      national_points_(
          points(settings, "publicity.national_points", 8, "Points for a brief adopted by national media.")) {}

int Briefs::points_of(v1::BriefLevel level) const {
  switch (level) {
    case v1::BRIEF_LEVEL_COUNTY:
      return county_points_;
    case v1::BRIEF_LEVEL_CITY:
      return city_points_;
    case v1::BRIEF_LEVEL_PROVINCE:
      return province_points_;
    case v1::BRIEF_LEVEL_NATIONAL:
      return national_points_;
    default:
      return 0;
  }
}

v1::Brief Briefs::submit(Tx& tx, const Caller& caller, const v1::SubmitBriefRequest& request) const {
  reference::require_unit(tx, request.unit_id());
  kinds_.require(request.kind(), v1::PROBLEM_BRIEF_KIND_UNKNOWN);

  v1::Brief brief;
  brief.set_id(tx.new_id());
  brief.set_version(1);
  brief.set_unit_id(request.unit_id());
  brief.set_kind(request.kind());
  brief.set_title(request.title());
  brief.set_progress(request.progress());
  brief.set_results(request.results());
  brief.set_problems(request.problems());
  brief.set_next_steps(request.next_steps());
  brief.set_status(v1::BRIEF_STATUS_SUBMITTED);
  *brief.mutable_submitted_at() = domain::to_proto(tx.now());
  brief.set_submitted_by(caller.id);
  tx.run(
      "INSERT INTO briefs (id, version, unit_id, kind, title, progress, results, problems, next_steps, status, points, "
      "submitted_at, submitted_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
      brief.id(), brief.version(), brief.unit_id(), brief.kind(), brief.title(), brief.progress(), brief.results(),
      brief.problems(), brief.next_steps(), brief.status(), brief.points(), brief.submitted_at(), brief.submitted_by());
  publish(tx, brief);
  return brief;
}

v1::Brief Briefs::get(ReadTx& tx, const Caller&, const v1::GetBriefRequest& request) const {
  return require_brief(tx, request.brief_id());
}

v1::ListBriefsResponse Briefs::list(ReadTx& tx, const Visibility& visible, const v1::ListBriefsRequest& request) const {
  return List("briefs")
      .visible_by("unit_id")
      .within("unit_id", request.unit_id())
      .equal("kind", request.kind())
      .equal("status", request.status())
      .equal("level", request.level())
      .on_days("submitted_at", tx.offset(), request.from(), request.to())
      .order_by("submitted_at", List::Descending)
      .page<v1::ListBriefsResponse>(tx, visible, request);
}

v1::Brief Briefs::adopt(Tx& tx, const Caller& caller, const v1::AdoptBriefRequest& request) const {
  v1::Brief brief = require_undecided(tx, request.brief_id());
  brief.set_level(request.level());
  brief.set_points(points_of(request.level()));
  decide(tx, caller, brief, v1::BRIEF_STATUS_ADOPTED);
  return brief;
}

v1::Brief Briefs::decline(Tx& tx, const Caller& caller, const v1::DeclineBriefRequest& request) const {
  v1::Brief brief = require_undecided(tx, request.brief_id());
  brief.set_decline_reason(request.reason());
  decide(tx, caller, brief, v1::BRIEF_STATUS_DECLINED);
  return brief;
}

std::optional<Scope> Briefs::scope(ReadTx& tx, std::string_view id) {
  for (const auto& row : tx.query("SELECT unit_id, version FROM briefs WHERE id = $1", id)) {
    return Scope{std::string(row.text(0)), "", row.integer(1)};
  }
  return std::nullopt;
}

}  // namespace wenming::publicity
