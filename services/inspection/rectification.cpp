#include "inspection/rectification.h"

#include <array>

#include "core/working_calendar.h"
#include "domain/list.h"
#include "domain/refusal.h"
#include "wenming/inspection/v1/events.pb.h"
#include "wenming/inspection/v1/problems.pb.h"

namespace wenming::inspection {

using domain::Caller;
using domain::from_proto;
using domain::List;
using domain::ReadTx;
using domain::Refusal;
using domain::Scope;
using domain::to_proto;
using domain::Tx;
using domain::Visibility;

namespace {

struct Transition {
  v1::RectificationState from;
  v1::RectificationAction action;
  v1::RectificationState to;
};

constexpr std::array kTransitions{
    Transition{v1::RECTIFICATION_STATE_ISSUED, v1::RECTIFICATION_ACTION_SIGN, v1::RECTIFICATION_STATE_SIGNED},
    Transition{v1::RECTIFICATION_STATE_SIGNED, v1::RECTIFICATION_ACTION_SUBMIT, v1::RECTIFICATION_STATE_SUBMITTED},
    Transition{v1::RECTIFICATION_STATE_RECTIFYING, v1::RECTIFICATION_ACTION_SUBMIT, v1::RECTIFICATION_STATE_SUBMITTED},
    Transition{v1::RECTIFICATION_STATE_SUBMITTED, v1::RECTIFICATION_ACTION_VERIFY, v1::RECTIFICATION_STATE_VERIFIED},
    Transition{v1::RECTIFICATION_STATE_SUBMITTED, v1::RECTIFICATION_ACTION_REJECT, v1::RECTIFICATION_STATE_RECTIFYING},
    // Where the unit is the one to act, it can be late.
    Transition{v1::RECTIFICATION_STATE_ISSUED, v1::RECTIFICATION_ACTION_ESCALATE, v1::RECTIFICATION_STATE_ISSUED},
    Transition{v1::RECTIFICATION_STATE_SIGNED, v1::RECTIFICATION_ACTION_ESCALATE, v1::RECTIFICATION_STATE_SIGNED},
    Transition{v1::RECTIFICATION_STATE_RECTIFYING, v1::RECTIFICATION_ACTION_ESCALATE,
               v1::RECTIFICATION_STATE_RECTIFYING},
};

/// What is done to an order, for its history.
struct Step {
  v1::RectificationAction action;
  std::string_view actor_id;
  std::string_view note;
};

/// The enum value as answers have it, `ISSUED`.
template <class E>
std::string word_of(E value) {
  return std::string(std::get<std::string_view>(domain::to_value(value)));
}

std::string timer_key(const v1::RectificationOrder& order) {
  return "rectification_order/" + order.id();
}

v1::RectificationOrder require_order(ReadTx& tx, std::string_view id) {
  auto order = tx.find<v1::RectificationOrder>("SELECT * FROM rectification_orders WHERE id = $1", id);
  if (!order) throw domain::not_found("rectification_order");
  return *std::move(order);
}

void publish(Tx& tx, const v1::RectificationOrder& order, v1::RectificationAction action) {
  const auto day_of = [&](const google::protobuf::Timestamp& moment) {
    return core::to_text(tx.offset().date_of(from_proto(moment)));
  };
  v1::RectificationOrderChanged event;
  event.set_rectification_order_id(order.id());
  event.set_version(order.version());
  event.set_action(action);
  event.set_unit_id(order.unit_id());
  event.set_point_id(order.point_id());
  event.set_inspection_id(order.inspection_id());
  event.set_severity(order.severity());
  event.set_state(order.state());
  event.set_overdue(order.overdue());
  event.set_issued_day(day_of(order.issued_at()));
  *event.mutable_due_at() = order.due_at();
  event.set_due_day(day_of(order.due_at()));
  if (order.has_verified_at()) event.set_verified_day(day_of(order.verified_at()));
  event.set_rejections(order.rejections());
  *event.mutable_changed_at() = to_proto(tx.now());
  tx.publish(event);
}

/// Writes the step into the history, under the order's version, and tells the others.
void record(Tx& tx, const v1::RectificationOrder& order, const Step& step) {
  tx.run(
      "INSERT INTO rectification_steps (id, rectification_order_id, number, action, state, occurred_at, actor_id, "
      "note) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      tx.new_id(), order.id(), order.version(), step.action, order.state(), tx.now(), step.actor_id, step.note);
  publish(tx, order, step.action);
}

void update(Tx& tx, const v1::RectificationOrder& order) {
  const auto stated = [](bool given, const google::protobuf::Timestamp& moment) {
    return given ? domain::to_value(moment) : domain::to_value(std::nullopt);
  };
  tx.run(
      "UPDATE rectification_orders SET state = $2, signed_at = $3, submitted_at = $4, verified_at = $5, "
      "rejections = $6, overdue = $7, escalated_at = $8, version = $9 WHERE id = $1",
      order.id(), order.state(), stated(order.has_signed_at(), order.signed_at()),
      stated(order.has_submitted_at(), order.submitted_at()), stated(order.has_verified_at(), order.verified_at()),
      order.rejections(), order.overdue(), stated(order.has_escalated_at(), order.escalated_at()), order.version());
}

/// Moves the order and stores it with its step; what the action stamps on the order, the caller has set.
void advance(Tx& tx, v1::RectificationOrder& order, const Step& step) {
  const auto next = state_after(order.state(), step.action);
  if (!next) {
    throw Refusal(v1::PROBLEM_ORDER_STATE, {{"state", word_of(order.state())}, {"action", word_of(step.action)}});
  }
  order.set_state(*next);
  order.set_version(order.version() + 1);
  update(tx, order);
  record(tx, order, step);
}

/// Marks the order as late if its deadline is over and the unit is the one to act.
void escalate_if_late(Tx& tx, v1::RectificationOrder& order) {
  const bool waits_for_unit = state_after(order.state(), v1::RECTIFICATION_ACTION_ESCALATE).has_value();
  if (order.overdue() || !waits_for_unit || tx.now() <= from_proto(order.due_at())) return;
  order.set_overdue(true);
  *order.mutable_escalated_at() = to_proto(tx.now());
  advance(tx, order, {v1::RECTIFICATION_ACTION_ESCALATE, {}, {}});
}

/// The order as it truly stands before an action: if the deadline passed and its timer has not run yet, late.
v1::RectificationOrder order_now(Tx& tx, std::string_view id) {
  v1::RectificationOrder order = require_order(tx, id);
  escalate_if_late(tx, order);
  return order;
}

void refuse_own_submission(ReadTx& tx, const Caller& caller, const v1::RectificationOrder& order) {
  const auto submitter = tx.value<std::string>(
      "SELECT actor_id FROM rectification_steps WHERE rectification_order_id = $1 AND action = $2 "
      "ORDER BY number DESC LIMIT 1",
      order.id(), v1::RECTIFICATION_ACTION_SUBMIT);
  if (submitter == caller.id) throw Refusal(v1::PROBLEM_OWN_SUBMISSION);
}

}  // namespace

std::optional<v1::RectificationState> state_after(v1::RectificationState state, v1::RectificationAction action) {
  for (const Transition& transition : kTransitions) {
    if (transition.from == state && transition.action == action) return transition.to;
  }
  return std::nullopt;
}

Rectification::Rectification(core::Settings& settings)
    : days_low_(static_cast<int>(settings.integer("inspection.rectification_days_low", 15, 1, 250,
                                                  "Working days to put a slight finding right."))),
      days_moderate_(static_cast<int>(settings.integer("inspection.rectification_days_moderate", 7, 1, 250,
                                                       "Working days to put a finding of moderate gravity right."))),
      days_high_(static_cast<int>(settings.integer("inspection.rectification_days_high", 3, 1, 250,
                                                   "Working days to put a grave finding right."))) {}

int Rectification::working_days(v1::Severity severity) const {
  if (severity == v1::SEVERITY_HIGH) return days_high_;
  return severity == v1::SEVERITY_MODERATE ? days_moderate_ : days_low_;
}

std::string Rectification::issue(Tx& tx, const Caller& caller, const v1::Inspection& inspection,
                                 const v1::Finding& finding) const {
  v1::RectificationOrder order;
  order.set_id(tx.new_id());
  order.set_finding_id(finding.id());
  order.set_inspection_id(inspection.id());
  order.set_point_id(inspection.point_id());
  order.set_unit_id(inspection.unit_id());
  order.set_category(finding.category());
  order.set_severity(finding.severity());
  order.set_description(finding.description());
  order.set_state(v1::RECTIFICATION_STATE_ISSUED);
  order.set_working_days(working_days(finding.severity()));
  order.set_version(1);
  const core::Timestamp due = tx.calendar().add_days(tx.now(), order.working_days());
  *order.mutable_issued_at() = to_proto(tx.now());
  *order.mutable_due_at() = to_proto(due);

  tx.run(
      "INSERT INTO rectification_orders (id, finding_id, inspection_id, point_id, unit_id, category, severity, "
      "description, state, issued_at, working_days, due_at, rejections, overdue, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
      order.id(), order.finding_id(), order.inspection_id(), order.point_id(), order.unit_id(), order.category(),
      order.severity(), order.description(), order.state(), order.issued_at(), order.working_days(), order.due_at(),
      order.rejections(), order.overdue(), order.version());
  record(tx, order, {v1::RECTIFICATION_ACTION_ISSUE, caller.id, {}});

  v1::RectificationOrderDue timer;
  timer.set_rectification_order_id(order.id());
  // What comes at the due moment itself is in time.
  tx.schedule(timer_key(order), due + std::chrono::microseconds(1), timer);
  return order.id();
}

v1::RectificationOrder Rectification::get(ReadTx& tx, const Caller&,
                                          const v1::GetRectificationOrderRequest& request) const {
  return require_order(tx, request.rectification_order_id());
}

v1::ListRectificationOrdersResponse Rectification::list(ReadTx& tx, const Visibility& visible,
                                                        const v1::ListRectificationOrdersRequest& request) const {
  return List("rectification_orders")
      .visible_by("unit_id")
      .visible_by_relation("point_id")
      .within("unit_id", request.unit_id())
      .equal("state", request.state())
      .equal("inspection_id", request.inspection_id())
      .equal("severity", request.severity())
      .equal_if(request.has_overdue(), "overdue", request.overdue())
      .order_by("issued_at", List::Descending)
      .page<v1::ListRectificationOrdersResponse>(tx, visible, request);
}

v1::ListRectificationStepsResponse Rectification::history(ReadTx& tx, const Visibility& visible,
                                                          const v1::ListRectificationStepsRequest& request) const {
  return List("rectification_steps", "id, number, action, state, occurred_at, actor_id, note")
      .visible_to_all()  // to all who may see the order, which the method's resource has decided
      .equal("rectification_order_id", request.rectification_order_id())
      .order_by("number", List::Ascending)
      .page<v1::ListRectificationStepsResponse>(tx, visible, request);
}

v1::RectificationOrder Rectification::sign(Tx& tx, const Caller& caller,
                                           const v1::SignRectificationOrderRequest& request) const {
  v1::RectificationOrder order = order_now(tx, request.rectification_order_id());
  *order.mutable_signed_at() = to_proto(tx.now());
  advance(tx, order, {v1::RECTIFICATION_ACTION_SIGN, caller.id, {}});
  return order;
}

v1::RectificationOrder Rectification::submit(Tx& tx, const Caller& caller,
                                             const v1::SubmitRectificationOrderRequest& request) const {
  v1::RectificationOrder order = order_now(tx, request.rectification_order_id());
  *order.mutable_submitted_at() = to_proto(tx.now());
  advance(tx, order, {v1::RECTIFICATION_ACTION_SUBMIT, caller.id, request.note()});
  return order;
}

v1::RectificationOrder Rectification::verify(Tx& tx, const Caller& caller,
                                             const v1::VerifyRectificationOrderRequest& request) const {
  v1::RectificationOrder order = order_now(tx, request.rectification_order_id());
  refuse_own_submission(tx, caller, order);
  *order.mutable_verified_at() = to_proto(tx.now());
  advance(tx, order, {v1::RECTIFICATION_ACTION_VERIFY, caller.id, {}});
  tx.cancel(timer_key(order));
  return order;
}

v1::RectificationOrder Rectification::reject(Tx& tx, const Caller& caller,
                                             const v1::RejectRectificationOrderRequest& request) const {
  v1::RectificationOrder order = order_now(tx, request.rectification_order_id());
  refuse_own_submission(tx, caller, order);
  order.set_rejections(order.rejections() + 1);
  advance(tx, order, {v1::RECTIFICATION_ACTION_REJECT, caller.id, request.reason()});
  escalate_if_late(tx, order);  // the deadline may have passed while the submission stood
  return order;
}

void Rectification::deadline_came(Tx& tx, const v1::RectificationOrderDue& due) {
  v1::RectificationOrder order = require_order(tx, due.rectification_order_id());
  escalate_if_late(tx, order);
}

std::optional<Scope> Rectification::scope(ReadTx& tx, std::string_view id) {
  for (const auto& row : tx.query("SELECT unit_id, version, point_id FROM rectification_orders WHERE id = $1", id)) {
    Scope scope{std::string(row.text(0)), {}, row.integer(1)};
    scope.about_id = row.text(2);
    return scope;
  }
  return std::nullopt;
}

}  // namespace wenming::inspection
