#include "hotline/case_clock.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string>

#include "core/working_calendar.h"
#include "hotline/case_progress.h"
#include "hotline/case_store.h"

namespace wenming::hotline {

using domain::from_proto;
using domain::ReadTx;
using domain::Tx;
using std::chrono::hours;

namespace {

constexpr int kReckonedAtOnce = 200;
// What stands in the transaction's calendar follows the database within a moment.
constexpr std::chrono::seconds kUntilTheCalendarIsKnown{2};
constexpr std::string_view kReckoningKey = "deadlines";

std::string timer_key(const v1::Case& subject) {
  return "case/" + subject.id();
}

/// `0,8,24`: ascending hours.
std::vector<hours> parse_steps(std::string_view text) {
  std::vector<hours> steps;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    int number = -1;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    const bool sound = error == std::errc() && end == part.data() + part.size() && number >= 0 && number <= 10'000;
    if (!sound || (!steps.empty() && hours(number) <= steps.back())) {
      throw std::invalid_argument("hotline.escalation_working_hours: not ascending whole hours: " + std::string(part));
    }
    steps.emplace_back(number);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  if (steps.empty() || steps.front() != hours(0))
    throw std::invalid_argument("hotline.escalation_working_hours must begin with 0, the deadline itself");
  return steps;
}

}  // namespace

CaseClock::CaseClock(core::Settings& settings)
    : working_hours_(static_cast<int>(settings.integer(
          "hotline.reply_working_hours", 40, 1, 2000,
          "Working hours to answer a case, where neither the office nor the dispatch catalogue says."))),
      return_days_(static_cast<int>(settings.integer("hotline.return_working_days", 2, 1, 60,
                                                     "Working days within which a unit may give a case back."))),
      steps_(parse_steps(settings.text("hotline.escalation_working_hours", "0,8,24",
                                       "Working hours after the deadline at which a late case is escalated: to the "
                                       "head of the unit, to the leader in charge, to the office."))) {}

core::Timestamp CaseClock::due(ReadTx& tx, core::Timestamp dispatched_at, int working_hours) {
  return tx.calendar().add(dispatched_at, hours(working_hours));
}

core::Timestamp CaseClock::due_of(ReadTx& tx, const v1::Case& subject) {
  const bool extended = subject.extension().state() == v1::EXTENSION_STATE_APPROVED;
  const int more = extended ? subject.extension().working_hours() : 0;
  return due(tx, from_proto(subject.dispatched_at()), subject.working_hours() + more);
}

std::chrono::minutes CaseClock::worked_until(ReadTx& tx, const v1::Case& subject, core::Timestamp moment) {
  return std::chrono::floor<std::chrono::minutes>(tx.calendar().between(from_proto(subject.dispatched_at()), moment));
}

core::Timestamp CaseClock::returnable_until(ReadTx& tx, core::Timestamp asked_at) const {
  return tx.calendar().add_days(asked_at, return_days_);
}

v1::Case CaseClock::case_now(Tx& tx, std::string_view id) const {
  v1::Case subject = require_case(tx, id);
  keep_up(tx, subject);
  return subject;
}

std::optional<core::Timestamp> CaseClock::step_after(ReadTx& tx, const v1::Case& subject, int level) const {
  if (level >= static_cast<int>(steps_.size())) return std::nullopt;
  const hours after = steps_[static_cast<std::size_t>(level)];
  const core::Timestamp due = from_proto(subject.due_at());
  return after == hours(0) ? due : tx.calendar().add(due, after);
}

void CaseClock::keep_up(Tx& tx, v1::Case& subject) const {
  if (!clock_runs(subject)) return;
  int level = subject.escalation_level();
  // What comes at the moment itself is in time.
  for (auto step = step_after(tx, subject, level); step && tx.now() > *step; step = step_after(tx, subject, level))
    ++level;
  if (level == subject.escalation_level()) return;
  escalate(subject, level, tx.now());
  record(tx, subject, {.action = v1::CASE_ACTION_ESCALATE, .occurred_at = tx.now()});
  watch(tx, subject);
}

void CaseClock::watch(Tx& tx, const v1::Case& subject) const {
  const auto step =
      clock_runs(subject) ? step_after(tx, subject, subject.escalation_level()) : std::optional<core::Timestamp>();
  if (!step) return tx.cancel(timer_key(subject));
  v1::CaseDue timer;
  timer.set_case_id(subject.id());
  tx.schedule(timer_key(subject), *step + std::chrono::microseconds(1), timer);
}

void CaseClock::step_came(Tx& tx, const v1::CaseDue& due) const {
  static_cast<void>(case_now(tx, due.case_id()));
}

void CaseClock::show_remaining(ReadTx& tx, v1::Case& subject) {
  if (!clock_runs(subject)) return;
  const auto left = tx.calendar().between(tx.now(), from_proto(subject.due_at()));
  subject.set_remaining_working_minutes(std::chrono::floor<std::chrono::minutes>(left).count());
}

void CaseClock::calendar_changed(Tx& tx) {
  tx.schedule(kReckoningKey, tx.now() + kUntilTheCalendarIsKnown, v1::ReckonDeadlinesAnew());
}

void CaseClock::reckon_anew(Tx& tx, const v1::ReckonDeadlinesAnew& timer) const {
  std::vector<std::string> ids;
  for (const domain::Row& row :
       tx.query("SELECT id FROM cases WHERE state IN ($1, $2, $3, $4) AND id > $5 ORDER BY id LIMIT $6",
                v1::CASE_STATE_DISPATCHED, v1::CASE_STATE_SIGNED, v1::CASE_STATE_HANDLING, v1::CASE_STATE_RETURNED,
                timer.after_case_id(), kReckonedAtOnce)) {
    ids.emplace_back(row.text(0));
  }
  for (const std::string& id : ids) {
    v1::Case subject = require_case(tx, id);
    if (subject.has_due_at()) reckon_case_anew(tx, subject);
  }
  if (static_cast<int>(ids.size()) < kReckonedAtOnce) return;
  v1::ReckonDeadlinesAnew next;
  next.set_after_case_id(ids.back());
  tx.schedule(kReckoningKey, tx.now(), next);
}

void CaseClock::reckon_case_anew(Tx& tx, v1::Case& subject) const {
  const core::Timestamp due = due_of(tx, subject);
  if (due == from_proto(subject.due_at())) return;
  move_deadline(subject, v1::CASE_ACTION_RECKON_ANEW, due, tx.now());
  record(tx, subject, {.action = v1::CASE_ACTION_RECKON_ANEW, .occurred_at = tx.now()});
  watch(tx, subject);
  keep_up(tx, subject);
}

}  // namespace wenming::hotline
