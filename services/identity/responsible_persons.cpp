#include "identity/responsible_persons.h"

#include <string>

#include "domain/list.h"
#include "domain/refusal.h"
#include "identity/facts.h"
#include "identity/organisation_history.h"
#include "identity/roster.h"
#include "identity/staff_names.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"

namespace wenming::identity::responsible_persons {
namespace {

constexpr std::string_view kColumns = "id, unit_id, staff_id, responsibility, valid_from, valid_to, version";

v1::ResponsiblePerson require(domain::ReadTx& tx, std::string_view id) {
  auto person = tx.find<v1::ResponsiblePerson>(
      std::string("SELECT ").append(kColumns).append(" FROM responsible_persons WHERE id = $1"), id);
  if (!person) throw domain::not_found("responsible_person");
  person->set_name(staff_names::of(tx, person->staff_id()));
  return std::move(*person);
}

void require_single(domain::ReadTx& tx, const v1::ResponsiblePerson& person) {
  for (const domain::Row& other :
       tx.query("SELECT valid_from, valid_to FROM responsible_persons WHERE unit_id = $1 AND responsibility = $2 "
                "AND id <> $3 AND valid_from < valid_to AND valid_from < $5 AND valid_to > $4 LIMIT 1",
                person.unit_id(), person.responsibility(), person.id(), person.valid_from(), person.valid_to())) {
    facts::refuse_overlap(other);
  }
}

void store(domain::Tx& tx, v1::ResponsiblePerson& person) {
  require_single(tx, person);
  person.set_version(person.version() + 1);
  v1::ResponsiblePersonChanged event;
  event.set_responsible_person_id(person.id());
  event.set_unit_id(person.unit_id());
  event.set_staff_id(person.staff_id());
  event.set_responsibility(person.responsibility());
  event.set_valid_from(person.valid_from());
  event.set_valid_to(person.valid_to());
  event.set_version(person.version());
  reference::apply(tx, event);
  tx.publish(event);
}

/// Whoever answered before without a known end does so until the successor begins.
void end_predecessor(domain::Tx& tx, const domain::Caller& caller, const v1::ResponsiblePerson& successor) {
  auto predecessor = tx.find<v1::ResponsiblePerson>(
      std::string("SELECT ").append(kColumns).append(
          " FROM responsible_persons WHERE unit_id = $1 AND responsibility = $2 AND valid_to = $3 "
          "AND valid_from < $4"),
      successor.unit_id(), successor.responsibility(), kNoEnd, successor.valid_from());
  if (!predecessor) return;
  v1::EndResponsiblePersonRequest request;
  request.set_valid_to(successor.valid_from());
  request.set_reason("succeeded by " + successor.id());
  facts::end(tx, caller, v1::FACT_KIND_RESPONSIBLE_PERSON, *predecessor, request, store);
}

}  // namespace

v1::ResponsiblePerson appoint(domain::Tx& tx, const domain::Caller& caller,
                              const v1::AppointResponsiblePersonRequest& request) {
  reference::require_unit(tx, request.unit_id());
  v1::ResponsiblePerson person;
  person.set_id(tx.new_id());
  person.set_unit_id(request.unit_id());
  person.set_staff_id(request.staff_id());
  person.set_responsibility(request.responsibility());
  facts::begin(tx, person, request);
  roster::require_on(tx, person.staff_id(), person.valid_from());
  person.set_name(staff_names::of(tx, person.staff_id()));
  end_predecessor(tx, caller, person);
  store(tx, person);
  facts::record(tx, caller, facts::change_of(v1::FACT_KIND_RESPONSIBLE_PERSON, person, v1::FACT_STATEMENT_BEGAN, {}));
  return person;
}

v1::ListResponsiblePersonsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                        const v1::ListResponsiblePersonsRequest& request) {
  domain::List list("responsible_persons", kColumns);
  list.visible_by("unit_id")
      .within("unit_id", request.within())
      .equal("staff_id", request.staff_id())
      .equal("responsibility", request.responsibility())
      .order_by("id", domain::List::Descending);
  auto response = facts::hold_on(list, "responsible_persons", request.on())
                      .page<v1::ListResponsiblePersonsResponse>(tx, visible, request);
  staff_names::fill(tx, *response.mutable_responsible_persons());
  return response;
}

v1::ResponsiblePerson end(domain::Tx& tx, const domain::Caller& caller,
                          const v1::EndResponsiblePersonRequest& request) {
  v1::ResponsiblePerson person = require(tx, request.responsible_person_id());
  facts::end(tx, caller, v1::FACT_KIND_RESPONSIBLE_PERSON, person, request, store);
  return person;
}

v1::ResponsiblePerson correct(domain::Tx& tx, const domain::Caller& caller,
                              const v1::CorrectResponsiblePersonRequest& request) {
  v1::ResponsiblePerson person = require(tx, request.responsible_person_id());
  facts::correct(tx, caller, v1::FACT_KIND_RESPONSIBLE_PERSON, person, request, store);
  return person;
}

std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view id) {
  for (const domain::Row& row : tx.query("SELECT unit_id, version FROM responsible_persons WHERE id = $1", id)) {
    return domain::Scope{std::string(row.text(0)), {}, row.integer(1)};
  }
  return std::nullopt;
}

}  // namespace wenming::identity::responsible_persons
