#pragma once

#include <string>
#include <string_view>

#include "domain/caller.h"
#include "domain/list.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "wenming/identity/v1/facts.pb.h"

/// What all facts with days have in common: relations, bodies, terms of office, stays on a roster, exemptions, people
/// who answer for a unit. Each has an id, `valid_from`, `valid_to` (the first day on which it no longer holds) and a
/// version; every statement about it is recorded, so that an end or a correction overwrites nothing. All functions are
/// free of state.
namespace wenming::identity::facts {

/// Days `[from, to)` as ISO text, which compares as days do. No days where both are the same: it was withdrawn.
struct Days {
  std::string from, to;
};

/// The days that a request states: from today on, and without an end, unless it says otherwise. Refuses (`days_turned`)
/// an end that does not lie after the first day.
Days stated(domain::ReadTx& tx, const std::string& valid_from, const std::string& valid_to);

/// What a request says of the days of a fact that was stated wrongly.
struct Correction {
  std::string valid_from, valid_to;  // empty: as they were
  bool open_end = false;
  bool withdraw = false;
};

/// The days after an end was set: on a day, or (empty) today. Refuses (`fact_ended`) what ends by then already.
Days ended(domain::ReadTx& tx, const Days& days, const std::string& valid_to);
/// The days after a correction. Refuses one that says nothing, or two things (`correction_unclear`).
Days corrected(const Days& days, const Correction& correction);

/// Records what was stated about a fact.
void record(domain::Tx& tx, const domain::Caller& caller, const v1::FactChange& change);

/// Refuses (`fact_overlaps`): these are the first day and the end of another fact that says the same on some of the
/// days.
[[noreturn]] void refuse_overlap(const domain::Row& other);

/// Limits a list to what holds on a day; an empty day filters nothing. `table` is the one with the days.
domain::List& hold_on(domain::List& list, std::string_view table, const std::string& day);

/// `GET /v1/fact-changes`.
v1::ListFactChangesResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                 const v1::ListFactChangesRequest& request);

/// The statement of a fact as it is now, for `record`.
template <class Fact>
v1::FactChange change_of(v1::FactKind kind, const Fact& fact, v1::FactStatement statement, std::string_view reason) {
  v1::FactChange change;
  change.set_fact_id(fact.id());
  change.set_fact(kind);
  change.set_unit_id(fact.unit_id());
  change.set_number(fact.version());
  change.set_statement(statement);
  change.set_valid_from(fact.valid_from());
  change.set_valid_to(fact.valid_to());
  change.set_reason(std::string(reason));
  return change;
}

/// Gives a fact the days that a request states.
template <class Fact, class Request>
void begin(domain::ReadTx& tx, Fact& fact, const Request& request) {
  const Days days = stated(tx, request.valid_from(), request.valid_to());
  fact.set_valid_from(days.from);
  fact.set_valid_to(days.to);
}

/// Ends a fact as an `End…Request` says, through `store(tx, fact)`, which keeps and publishes it.
template <class Fact, class Request, class Store>
void end(domain::Tx& tx, const domain::Caller& caller, v1::FactKind kind, Fact& fact, const Request& request,
         const Store& store) {
  fact.set_valid_to(ended(tx, {fact.valid_from(), fact.valid_to()}, request.valid_to()).to);
  store(tx, fact);
  record(tx, caller, change_of(kind, fact, v1::FACT_STATEMENT_ENDED, request.reason()));
}

/// Corrects a fact as a `Correct…Request` says, through `store(tx, fact)`.
template <class Fact, class Request, class Store>
void correct(domain::Tx& tx, const domain::Caller& caller, v1::FactKind kind, Fact& fact, const Request& request,
             const Store& store) {
  const Days days = corrected({fact.valid_from(), fact.valid_to()},
                              {request.valid_from(), request.valid_to(), request.open_end(), request.withdraw()});
  fact.set_valid_from(days.from);
  fact.set_valid_to(days.to);
  store(tx, fact);
  const auto statement = request.withdraw() ? v1::FACT_STATEMENT_WITHDRAWN : v1::FACT_STATEMENT_CORRECTED;
  record(tx, caller, change_of(kind, fact, statement, request.reason()));
}

}  // namespace wenming::identity::facts
