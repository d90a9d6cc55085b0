#include "hotline/cases.h"

#include <string>

#include "domain/list.h"
#include "domain/position.h"
#include "domain/refusal.h"
#include "hotline/case_clock.h"
#include "hotline/case_progress.h"
#include "hotline/case_store.h"
#include "hotline/categories.h"
#include "hotline/co_units.h"
#include "hotline/complainants.h"
#include "hotline/dispatch_catalogue.h"
#include "hotline/tracking.h"
#include "reference/reference.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using domain::Caller;
using domain::List;
using domain::ReadTx;
using domain::Refusal;
using domain::Scope;
using domain::Tx;
using domain::Visibility;

namespace {

const std::initializer_list<contract::v1::Role> kIntake{contract::v1::ROLE_OPERATOR, contract::v1::ROLE_OFFICE,
                                                        contract::v1::ROLE_ADMIN};

bool is_open_to_all(v1::Channel channel) {
  return channel == v1::CHANNEL_WEB_MAILBOX || channel == v1::CHANNEL_SNAPSHOT;
}

/// What came by phone or letter is recorded by those who took it: nobody else can say so.
void require_channel(ReadTx& tx, const Caller& caller, const v1::CreateCaseRequest& request) {
  const bool states_more = request.urgency() != v1::URGENCY_UNSPECIFIED || !request.repeat_of_id().empty();
  if (is_open_to_all(request.channel()) && !states_more) return;
  if (domain::holds_role(tx, caller, kIntake, request.receiving_unit_id())) return;
  if (!is_open_to_all(request.channel()))
    throw Refusal(v1::PROBLEM_CHANNEL_NOT_OPEN, {{"channel", std::string(domain::enum_word(request.channel()))}});
  throw Refusal(v1::PROBLEM_INTAKE_ONLY, {{"field", request.repeat_of_id().empty() ? "urgency" : "repeat_of_id"}});
}

/// What a case is said to be about must exist.
void require_matter(ReadTx& tx, const v1::CreateCaseRequest& request) {
  categories::check_answers(tx, request.category(), request.attributes());
  if (request.area_id().empty()) return;
  reference::require_unit(tx, request.area_id());
  if (!domain::is_within(tx, request.area_id(), request.receiving_unit_id()))
    throw Refusal(v1::PROBLEM_UNIT_OUTSIDE, {{"unit", request.area_id()}});
}

bool names_somebody(const v1::CreateCaseRequest& request) {
  return !request.complainant_name().empty() || !request.complainant_phone().empty();
}

v1::Case stated_in(const v1::CreateCaseRequest& request) {
  v1::Case subject;
  subject.set_channel(request.channel());
  subject.set_kind(request.kind());
  subject.set_subject(request.subject());
  subject.set_detail(request.detail());
  subject.set_category(request.category());
  if (request.has_position()) *subject.mutable_position() = request.position();
  subject.set_place(request.place());
  subject.set_anonymous(request.anonymous());
  if (!request.complainant_name().empty()) subject.set_complainant_name(request.complainant_name());
  if (!request.complainant_phone().empty()) subject.set_complainant_phone(request.complainant_phone());
  subject.set_receiving_unit_id(request.receiving_unit_id());
  subject.set_area_id(request.area_id());
  subject.set_urgency(request.urgency());
  subject.set_repeat_of_id(request.repeat_of_id());
  subject.set_media_url(request.media_url());
  *subject.mutable_attributes() = request.attributes();
  return subject;
}

/// The earlier case of the same citizen gets to know of this one.
void tell_repeated_case(Tx& tx, const Caller& caller, const v1::Case& subject) {
  auto earlier = cases_table().find(tx, subject.repeat_of_id());
  if (!earlier || earlier->receiving_unit_id() != subject.receiving_unit_id())
    throw Refusal(v1::PROBLEM_CASE_UNKNOWN, {{"case", subject.repeat_of_id()}});
  advance(*earlier, v1::CASE_ACTION_REPEAT, tx.now());
  record(tx, *earlier,
         {.action = v1::CASE_ACTION_REPEAT, .occurred_at = tx.now(), .actor_id = caller.id, .text = subject.id()});
}

void suggest_unit(ReadTx& tx, v1::Case& subject) {
  if (subject.state() != v1::CASE_STATE_RECEIVED && subject.state() != v1::CASE_STATE_ACCEPTED) return;
  const auto entry =
      dispatch_catalogue::entry_for(tx, subject.receiving_unit_id(), subject.category(), subject.area_id());
  if (entry) subject.set_suggested_unit_id(entry->lead_unit_id());
}

}  // namespace

v1::Case create_case(Tx& tx, const Caller& caller, const v1::CreateCaseRequest& request) {
  reference::require_unit(tx, request.receiving_unit_id());
  require_channel(tx, caller, request);
  if (request.anonymous() && names_somebody(request)) throw Refusal(v1::PROBLEM_ANONYMOUS_NAMED);
  require_matter(tx, request);

  const TrackingCode code = TrackingCode::make(tx);
  v1::Case subject = stated_in(request);
  subject.set_id(tx.new_id());
  receive(subject, tx.now());
  if (request.channel() == v1::CHANNEL_OPEN311) *subject.mutable_published_at() = domain::to_proto(tx.now());
  insert_case(tx, subject, {.tracking = code.hash(), .import = {}});
  if (!subject.attributes().empty()) put_attributes(tx, subject.id(), subject.attributes());
  complainants::keep(tx, subject);
  // Those whom the case accuses read the history.
  const std::string_view actor_id = request.anonymous() ? std::string_view() : caller.id;
  const Step step{.action = v1::CASE_ACTION_RECEIVE, .occurred_at = tx.now(), .actor_id = actor_id};
  add_history(tx, subject, step);
  publish(tx, subject, step);
  if (!subject.repeat_of_id().empty()) tell_repeated_case(tx, caller, subject);

  suggest_unit(tx, subject);
  subject.set_tracking_code(code.text());
  return subject;
}

v1::Case get_case(ReadTx& tx, const Caller&, const v1::GetCaseRequest& request) {
  v1::Case subject = require_case(tx, request.case_id());
  complainants::show(tx, subject);
  *subject.mutable_attributes() = attributes_of(tx, subject.id());
  suggest_unit(tx, subject);
  CaseClock::show_remaining(tx, subject);
  domain::answer_in(request.datum(), subject);
  return subject;
}

v1::ListCaseHistoryResponse list_case_history(ReadTx& tx, const Visibility& visible,
                                              const v1::ListCaseHistoryRequest& request) {
  return List("case_history", "id, number, action, state, occurred_at, actor_id, unit_id, text")
      .visible_to_all()  // to all who may see the case, which the method's resource has decided
      .equal("case_id", request.case_id())
      .order_by("number", List::Ascending)
      .page<v1::ListCaseHistoryResponse>(tx, visible, request);
}

std::optional<Scope> scope_of_case(ReadTx& tx, std::string_view id) {
  for (const auto& row :
       tx.query("SELECT unit_id, version, receiving_unit_id, responsible_unit_id FROM cases WHERE id = $1", id)) {
    Scope scope{.unit_id = std::string(row.text(0)),
                .user_id = {},
                .version = row.integer(1),
                .receiving_unit_id = std::string(row.text(2)),
                .published = false,
                .involved_unit_ids = {std::string(row.text(3))}};
    for (std::string& unit : co_units::units_of(tx, id)) scope.involved_unit_ids.push_back(std::move(unit));
    return scope;
  }
  return std::nullopt;
}

}  // namespace wenming::hotline
