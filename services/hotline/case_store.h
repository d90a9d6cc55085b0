#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/time.h"
#include "domain/table.h"
#include "domain/tx.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "wenming/hotline/v1/cases.pb.h"

/// Cases in the database: their rows, their history, and the event that tells of each change.
namespace wenming::hotline {

/// The rows of cases, without what belongs to the complainant.
const domain::Table<v1::Case>& cases_table();

/// Refuses (`not_found`) an id that no case has. Leaves out the complainant and the attributes.
v1::Case require_case(domain::ReadTx& tx, std::string_view id);

using Attributes = google::protobuf::RepeatedPtrField<v1::CaseAttribute>;
Attributes attributes_of(domain::ReadTx& tx, std::string_view case_id);
/// Takes the place of those that were there.
void put_attributes(domain::Tx& tx, std::string_view case_id, const Attributes& attributes);

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
  std::string_view unit_id = {};  // of what another unit did than the one whose case it is
};
/// Writes the step into the history, under the case's version.
void add_history(domain::Tx& tx, const v1::Case& subject, const Step& step);
/// Tells the others how the case stands after the step, and those outside who asked to be told (webhook_sending.h).
void publish(domain::Tx& tx, const v1::Case& subject, const Step& step);
/// Tells only the other services: of what is long past, and news to nobody else.
void publish_past(domain::Tx& tx, const v1::Case& subject, const Step& step);
/// Stores what was just done to the case, and tells it.
void record(domain::Tx& tx, const v1::Case& subject, const Step& step);

}  // namespace wenming::hotline
