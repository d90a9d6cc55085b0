#pragma once

#include <string_view>

#include "core/time.h"
#include "domain/tx.h"
#include "wenming/hotline/v1/cases.pb.h"

/// Cases in the database: their rows, their history, their deadline's timer, and the event that tells of each change.
namespace wenming::hotline {

/// The columns of a case as the fields of its message, without what belongs to the complainant.
extern const std::string_view kCaseColumns;

/// Refuses (`not_found`) an id that no case has. Leaves the complainant out.
v1::Case require_case(domain::ReadTx& tx, std::string_view id);

/// What only the table knows of a new case; empty means none.
struct Hashes {
  std::string_view tracking;
  std::string_view import;
};
void insert_case(domain::Tx& tx, const v1::Case& subject, const Hashes& hashes);
void update_case(domain::Tx& tx, const v1::Case& subject);

/// Something that was done to a case.
struct Step {
  v1::CaseAction action;
  core::Timestamp occurred_at;
  std::string_view actor_id = {};
  std::string_view text = {};
};
/// Writes the step into the history, under the case's version.
void add_history(domain::Tx& tx, const v1::Case& subject, const Step& step);
/// Tells the others how the case stands after the step.
void publish(domain::Tx& tx, const v1::Case& subject, const Step& step);

/// Has CaseActions::deadline_came run just after the case is due; what stood before is replaced.
void watch_deadline(domain::Tx& tx, const v1::Case& subject);
void forget_deadline(domain::Tx& tx, const v1::Case& subject);

}  // namespace wenming::hotline
