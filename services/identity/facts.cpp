#include "identity/facts.h"

#include "domain/refusal.h"
#include "identity/organisation_history.h"
#include "wenming/identity/v1/problems.pb.h"

namespace wenming::identity::facts {

using domain::Refusal;

namespace {

[[noreturn]] void refuse_turned(const Days& days) {
  throw Refusal(v1::PROBLEM_DAYS_TURNED, {{"from", days.from}, {"to", days.to}});
}

Days in_order(Days days) {
  if (days.to <= days.from) refuse_turned(days);
  return days;
}

}  // namespace

Days stated(domain::ReadTx& tx, const std::string& valid_from, const std::string& valid_to) {
  return in_order(
      {valid_from.empty() ? core::to_text(tx.today()) : valid_from, valid_to.empty() ? std::string(kNoEnd) : valid_to});
}

Days ended(domain::ReadTx& tx, const Days& days, const std::string& valid_to) {
  const std::string to = valid_to.empty() ? core::to_text(tx.today()) : valid_to;
  if (days.to <= to) throw Refusal(v1::PROBLEM_FACT_ENDED, {{"day", days.to}});
  // What ends on its first day has held on none: access that was given by mistake can be closed at once.
  if (to < days.from) refuse_turned({days.from, to});
  return {days.from, to};
}

Days corrected(const Days& days, const Correction& correction) {
  const bool gives_days = !correction.valid_from.empty() || !correction.valid_to.empty() || correction.open_end;
  const bool two_ends = correction.open_end && !correction.valid_to.empty();
  if (gives_days == correction.withdraw || two_ends) throw Refusal(v1::PROBLEM_CORRECTION_UNCLEAR);
  if (correction.withdraw) return {days.from, days.from};
  Days right = days;
  if (!correction.valid_from.empty()) right.from = correction.valid_from;
  if (!correction.valid_to.empty()) right.to = correction.valid_to;
  if (correction.open_end) right.to = kNoEnd;
  return in_order(right);
}

void record(domain::Tx& tx, const domain::Caller& caller, const v1::FactChange& change) {
  tx.run(
      "INSERT INTO fact_changes (id, fact_id, fact, unit_id, number, statement, valid_from, valid_to, reason, "
      "actor_id, occurred_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      tx.new_id(), change.fact_id(), change.fact(), change.unit_id(), change.number(), change.statement(),
      change.valid_from(), change.valid_to(), change.reason(), caller.id, tx.now());
}

void refuse_overlap(const domain::Row& other) {
  throw Refusal(v1::PROBLEM_FACT_OVERLAPS, {{"from", std::string(other.text(0))}, {"to", std::string(other.text(1))}});
}

domain::List& hold_on(domain::List& list, std::string_view table, const std::string& day) {
  if (day.empty()) return list;
  const std::string next = core::to_text(core::parse_date(day).value() + std::chrono::days(1));
  const std::string name(table);
  return list.less_than_if(true, name + ".valid_from", domain::to_value(next))
      .at_least_if(true, name + ".valid_to", domain::to_value(next));
}

v1::ListFactChangesResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                 const v1::ListFactChangesRequest& request) {
  return domain::List("fact_changes")
      .visible_by("unit_id")
      .equal("fact_id", request.fact_id())
      .equal("fact", request.fact())
      .within("unit_id", request.within())
      .order_by("id", domain::List::Descending)
      .page<v1::ListFactChangesResponse>(tx, visible, request);
}

}  // namespace wenming::identity::facts
