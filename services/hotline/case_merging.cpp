#include "hotline/case_merging.h"

#include <string>

#include "domain/refusal.h"
#include "domain/value.h"
#include "hotline/case_actions.h"

namespace wenming::hotline {

using domain::Caller;
using domain::Refusal;
using domain::Tx;

v1::Case CaseMerging::merge(Tx& tx, const Caller& caller, const v1::MergeCaseRequest& request) const {
  CaseAction duplicate(tx, *clock_, caller, request.case_id());
  duplicate.require(v1::CASE_ACTION_MERGE);
  const auto into = cases_table().find(tx, request.into_case_id());
  const bool fits = into && into->id() != request.case_id() &&
                    into->receiving_unit_id() == duplicate.subject().receiving_unit_id() &&
                    case_states().after(into->state(), v1::CASE_ACTION_ABSORB);
  if (!fits) {
    const std::string state = into ? std::string(domain::enum_word(into->state())) : "-";
    throw Refusal(v1::PROBLEM_MERGE_TARGET, {{"case", request.into_case_id()}, {"state", state}});
  }

  CaseAction target(tx, *clock_, caller, request.into_case_id());
  const int along = duplicate.subject().duplicates();
  tx.run("UPDATE cases SET merged_into_id = $2 WHERE merged_into_id = $1", request.case_id(), request.into_case_id());
  duplicate.subject().set_duplicates(0);
  target.subject().set_duplicates(target.subject().duplicates() + along);
  duplicate.subject().set_merged_into_id(request.into_case_id());
  target.take(v1::CASE_ACTION_ABSORB, request.case_id());
  return duplicate.take(v1::CASE_ACTION_MERGE, request.into_case_id()).answer();
}

v1::Case CaseMerging::unmerge(Tx& tx, const Caller& caller, const v1::UnmergeCaseRequest& request) const {
  CaseAction duplicate(tx, *clock_, caller, request.case_id());
  duplicate.require(v1::CASE_ACTION_UNMERGE);
  const std::string from = duplicate.subject().merged_into_id();
  duplicate.take(v1::CASE_ACTION_UNMERGE, request.reason());
  CaseAction(tx, *clock_, caller, from).take(v1::CASE_ACTION_RELEASE, request.case_id());
  return duplicate.answer();
}

}  // namespace wenming::hotline
