#include "hotline/office_actions.h"

#include <chrono>

#include "domain/refusal.h"
#include "domain/visibility.h"
#include "hotline/case_actions.h"
#include "hotline/categories.h"
#include "hotline/co_units.h"
#include "hotline/complainants.h"
#include "reference/reference.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using domain::Caller;
using domain::from_proto;
using domain::ReadTx;
using domain::Refusal;
using domain::Tx;

namespace {

// domain rule: adjudication after two returns
constexpr int kReturnsBeforeRuling = 2;

void require_within(ReadTx& tx, const v1::Case& subject, std::string_view unit_id) {
  reference::require_unit(tx, unit_id);
  if (domain::is_within(tx, unit_id, subject.receiving_unit_id())) return;
  throw Refusal(v1::PROBLEM_UNIT_OUTSIDE, {{"unit", std::string(unit_id)}});
}

}  // namespace

OfficeActions::OfficeActions(core::Settings& settings, std::shared_ptr<const CaseClock> clock)
    : clock_(std::move(clock)),
      problem_units_(static_cast<int>(settings.integer("hotline.problem_case_units", 3, 2, 20,
                                                       "Units a case was dispatched to that make it a problem case."))),
      call_back_attempts_(static_cast<int>(
          settings.integer("hotline.call_back_attempts", 3, 1, 20,
                           "Attempts to reach the citizen after which a case may be closed without an answer."))),
      reopen_days_(
          static_cast<int>(settings.integer("hotline.reopen_days", 15, 0, 3650,
                                            "Days within which a case that was closed or declined may be reopened."))) {
}

v1::Case OfficeActions::accept(Tx& tx, const Caller& caller, const v1::AcceptCaseRequest& request) const {
  return CaseAction(tx, *clock_, caller, request.case_id()).take(v1::CASE_ACTION_ACCEPT).answer();
}

v1::Case OfficeActions::decline(Tx& tx, const Caller& caller, const v1::DeclineCaseRequest& request) const {
  return CaseAction(tx, *clock_, caller, request.case_id()).take(v1::CASE_ACTION_DECLINE, request.reason()).answer();
}

v1::Case OfficeActions::classify(Tx& tx, const Caller& caller, const v1::ClassifyCaseRequest& request) const {
  CaseAction action(tx, *clock_, caller, request.case_id());
  v1::Case& subject = action.subject();
  if (request.kind() != v1::CASE_KIND_UNSPECIFIED) subject.set_kind(request.kind());
  if (request.urgency() != v1::URGENCY_UNSPECIFIED) subject.set_urgency(request.urgency());
  if (request.has_area_id()) {
    if (!request.area_id().empty()) require_within(tx, subject, request.area_id());
    subject.set_area_id(request.area_id());
  }
  if (request.has_category()) {
    categories::check_answers(tx, request.category(), request.attributes());
    subject.set_category(request.category());
    put_attributes(tx, subject.id(), request.attributes());
  }
  return action.take(v1::CASE_ACTION_CLASSIFY).answer();
}

/// Dispatches or rules: the first time in a round this sets the clock going.
void OfficeActions::assign_to(Tx& tx, v1::Case& subject, v1::CaseAction action, std::string_view unit_id,
                              int working_hours) const {
  const core::Timestamp now = tx.now();
  Assignment assignment{.unit_id = unit_id};
  if (!subject.has_dispatched_at()) {
    assignment.working_hours = working_hours;
    assignment.due_at = CaseClock::due(tx, now, working_hours);
  }
  if (action != v1::CASE_ACTION_ADJUDICATE) assignment.returnable_until = clock_->returnable_until(tx, now);
  assign(subject, action, assignment, now);

  tx.run("INSERT INTO case_units (case_id, unit_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", subject.id(), unit_id);
  subject.set_units_tried(
      tx.value<std::int32_t>("SELECT COUNT(*) FROM case_units WHERE case_id = $1", subject.id()).value());
  subject.set_problem(subject.problem() || subject.units_tried() >= problem_units_);
}

v1::Case OfficeActions::dispatch(Tx& tx, const Caller& caller, const v1::DispatchCaseRequest& request) const {
  CaseAction action(tx, *clock_, caller, request.case_id());
  v1::Case& subject = action.subject();
  action.require(v1::CASE_ACTION_DISPATCH);
  if (subject.returns() >= kReturnsBeforeRuling) {
    throw Refusal(v1::PROBLEM_ADJUDICATION_NEEDED, {{"returns", std::to_string(subject.returns())}});
  }
  if (subject.has_dispatched_at() && request.has_working_hours()) throw Refusal(v1::PROBLEM_DEADLINE_STANDS);

  const auto entry =
      dispatch_catalogue::entry_for(tx, subject.receiving_unit_id(), subject.category(), subject.area_id());
  const bool by_catalogue = request.unit_id().empty();
  if (by_catalogue && !entry) throw Refusal(v1::PROBLEM_UNIT_UNDECIDED);
  const std::string unit_id = by_catalogue ? entry->lead_unit_id() : request.unit_id();
  require_within(tx, subject, unit_id);
  int hours = clock_->working_hours();
  if (entry && entry->has_working_hours()) hours = entry->working_hours();
  if (request.has_working_hours()) hours = request.working_hours();
  if (entry && subject.urgency() == v1::URGENCY_UNSPECIFIED) subject.set_urgency(entry->urgency());

  assign_to(tx, subject, v1::CASE_ACTION_DISPATCH, unit_id, hours);
  action.record(v1::CASE_ACTION_DISPATCH);
  const auto& co_units = by_catalogue && request.co_unit_ids().empty() ? entry->co_unit_ids() : request.co_unit_ids();
  for (const std::string& co_unit : co_units) co_units::ask(tx, action, co_unit);
  return action.answer();
}

v1::Case OfficeActions::refuse_return(Tx& tx, const Caller& caller, const v1::RefuseReturnRequest& request) const {
  return CaseAction(tx, *clock_, caller, request.case_id())
      .take(v1::CASE_ACTION_REFUSE_RETURN, request.reason())
      .answer();
}

v1::Case OfficeActions::adjudicate(Tx& tx, const Caller& caller, const v1::AdjudicateCaseRequest& request) const {
  CaseAction action(tx, *clock_, caller, request.case_id());
  v1::Case& subject = action.subject();
  action.require(v1::CASE_ACTION_ADJUDICATE);
  if (subject.returns() < kReturnsBeforeRuling) {
    throw Refusal(v1::PROBLEM_ADJUDICATION_TOO_EARLY,
                  {{"needed", std::to_string(kReturnsBeforeRuling)}, {"returns", std::to_string(subject.returns())}});
  }
  require_within(tx, subject, request.unit_id());
  assign_to(tx, subject, v1::CASE_ACTION_ADJUDICATE, request.unit_id(), 0);
  return action.record(v1::CASE_ACTION_ADJUDICATE, request.reason()).answer();
}

v1::Case OfficeActions::decide_extension(Tx& tx, const Caller& caller,
                                         const v1::DecideExtensionRequest& request) const {
  if (!request.approved() && request.reason().empty()) throw Refusal(v1::PROBLEM_REASON_NEEDED);
  CaseAction action(tx, *clock_, caller, request.case_id());
  v1::Case& subject = action.subject();
  if (subject.extension().state() != v1::EXTENSION_STATE_REQUESTED) throw Refusal(v1::PROBLEM_NO_EXTENSION_REQUESTED);
  if (!request.approved()) return action.take(v1::CASE_ACTION_DECLINE_EXTENSION, request.reason()).answer();
  const int hours = subject.working_hours() + subject.extension().working_hours();
  move_deadline(subject, v1::CASE_ACTION_APPROVE_EXTENSION,
                CaseClock::due(tx, from_proto(subject.dispatched_at()), hours), tx.now());
  return action.record(v1::CASE_ACTION_APPROVE_EXTENSION, request.reason()).answer();
}

v1::Case OfficeActions::urge(Tx& tx, const Caller& caller, const v1::UrgeCaseRequest& request) const {
  return CaseAction(tx, *clock_, caller, request.case_id()).take(v1::CASE_ACTION_URGE, request.note()).answer();
}

v1::Case OfficeActions::supplement(Tx& tx, const Caller& caller, const v1::SupplementCaseRequest& request) const {
  return CaseAction(tx, *clock_, caller, request.case_id()).take(v1::CASE_ACTION_SUPPLEMENT, request.text()).answer();
}

v1::Case OfficeActions::call_back(Tx& tx, const Caller& caller, const v1::CallBackCaseRequest& request) const {
  const bool reached = !request.has_reached() || request.reached();
  if (reached != request.has_satisfied() || (!reached && request.has_resolved()))
    throw Refusal(v1::PROBLEM_CALL_BACK_UNSTATED);
  CaseAction action(tx, *clock_, caller, request.case_id());
  if (!reached) return action.take(v1::CASE_ACTION_CALL_BACK_UNREACHED, request.note()).answer();
  action.subject().set_resolved(request.has_resolved() ? request.resolved() : request.satisfied());
  return action
      .take(request.satisfied() ? v1::CASE_ACTION_CALL_BACK_SATISFIED : v1::CASE_ACTION_CALL_BACK_UNSATISFIED,
            request.note())
      .answer();
}

/// Whether the citizen was asked in this round, tried for often enough, or cannot be asked.
bool OfficeActions::was_asked(ReadTx& tx, const v1::Case& subject) const {
  return subject.has_satisfied() || subject.call_back_attempts() >= call_back_attempts_ ||
         !complainants::left_a_phone(tx, subject.id());
}

v1::Case OfficeActions::close(Tx& tx, const Caller& caller, const v1::CloseCaseRequest& request) const {
  CaseAction action(tx, *clock_, caller, request.case_id());
  action.require(v1::CASE_ACTION_CLOSE);
  if (!was_asked(tx, action.subject())) {
    throw Refusal(v1::PROBLEM_NOT_CALLED_BACK, {{"attempts", std::to_string(call_back_attempts_)}});
  }
  return action.take(v1::CASE_ACTION_CLOSE).answer();
}

v1::Case OfficeActions::reopen(Tx& tx, const Caller& caller, const v1::ReopenCaseRequest& request) const {
  CaseAction action(tx, *clock_, caller, request.case_id());
  v1::Case& subject = action.subject();
  action.require(v1::CASE_ACTION_REOPEN);
  const core::Timestamp ended = from_proto(subject.has_closed_at() ? subject.closed_at() : subject.declined_at());
  if (tx.now() > ended + std::chrono::days(reopen_days_)) {
    throw Refusal(v1::PROBLEM_REOPENING_OVER, {{"days", std::to_string(reopen_days_)}});
  }
  co_units::end_round(tx, subject);
  return action.take(v1::CASE_ACTION_REOPEN, request.reason()).answer();
}

v1::Case OfficeActions::publish(Tx& tx, const Caller& caller, const v1::PublishCaseRequest& request) const {
  CaseAction action(tx, *clock_, caller, request.case_id());
  if (!action.subject().has_published_at()) action.take(v1::CASE_ACTION_PUBLISH);
  return action.answer();
}

v1::Case OfficeActions::withdraw(Tx& tx, const Caller& caller, const v1::WithdrawCaseRequest& request) const {
  CaseAction action(tx, *clock_, caller, request.case_id());
  if (action.subject().has_published_at()) action.take(v1::CASE_ACTION_WITHDRAW, request.reason());
  return action.answer();
}

}  // namespace wenming::hotline
