#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "domain/caller.h"
#include "domain/state_machine.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "hotline/case_actions.h"
#include "wenming/hotline/v1/co_units.pb.h"

namespace wenming::hotline {

namespace co_units {

/// The one place that knows which state of a part takes which action.
const domain::StateMachine<v1::CoUnitState, v1::CoUnitAction>& states();

/// Asks a unit to take part in the case of an action; again, if it gave its part back or was done without. Refused: the
/// unit that leads and one that takes part already (`co_unit_leads`), and units outside the receiving organisation.
v1::CoUnit ask(domain::Tx& tx, CaseAction& action, std::string_view unit_id);
/// The round of handling is over: nobody takes part any more.
void end_round(domain::Tx& tx, const v1::Case& subject);

/// The units that take part, for the scope of the case.
std::vector<std::string> units_of(domain::ReadTx& tx, std::string_view case_id);

v1::ListCoUnitsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                             const v1::ListCoUnitsRequest& request);
std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view id);

}  // namespace co_units

/// The parts of co-units in cases: what the office and they do. Each step also stands in the history of the case.
/// Immutable; every thread may call, each with its own transaction.
class CoUnits {
 public:
  explicit CoUnits(std::shared_ptr<const CaseClock> clock) : clock_(std::move(clock)) {}

  v1::CoUnit add(domain::Tx& tx, const domain::Caller& caller, const v1::AddCoUnitRequest& request) const;
  v1::CoUnit sign(domain::Tx& tx, const domain::Caller& caller, const v1::SignCoUnitRequest& request) const;
  v1::CoUnit reply(domain::Tx& tx, const domain::Caller& caller, const v1::ReplyCoUnitRequest& request) const;
  v1::CoUnit give_back(domain::Tx& tx, const domain::Caller& caller, const v1::ReturnCoUnitRequest& request) const;
  v1::CoUnit remove(domain::Tx& tx, const domain::Caller& caller, const v1::RemoveCoUnitRequest& request) const;

 private:
  v1::CoUnit act(domain::Tx& tx, const domain::Caller& caller, std::string_view id, v1::CoUnitAction action,
                 v1::CaseAction told_as, std::string_view text = {}) const;

  std::shared_ptr<const CaseClock> clock_;
};

}  // namespace wenming::hotline
