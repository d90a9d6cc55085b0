#include "hotline/complainants.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/mask_text.h"
#include "core/phone.h"
#include "domain/list.h"
#include "domain/position.h"
#include "domain/refusal.h"
#include "domain/sealed.h"
#include "hotline/case_store.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline::complainants {

using domain::Caller;
using domain::List;
using domain::Lookup;
using domain::ReadTx;
using domain::Refusal;
using domain::SealedColumn;
using domain::Tx;
using domain::Visibility;

namespace {

constexpr SealedColumn kName{"case_complainants", "sealed_name"};
constexpr SealedColumn kPhone{"case_complainants", "sealed_phone"};
constexpr std::array kOfCase{domain::SealedField{kName, "complainant_name"},
                             domain::SealedField{kPhone, "complainant_phone"}};
constexpr std::array kOfComplainant{domain::SealedField{kName, "name", "case_id"},
                                    domain::SealedField{kPhone, "phone", "case_id"}};

Lookup lookup_of(ReadTx& tx, std::string_view phone) {
  return Lookup::of(tx, kPhone, core::normal_phone(phone));
}

std::optional<std::string> person_of_phone(ReadTx& tx, std::string_view phone) {
  return tx.value<std::string>("SELECT person_id FROM case_complainants WHERE phone_lookup = $1 LIMIT 1",
                               lookup_of(tx, phone));
}

void keep(Tx& tx, std::string_view case_id, std::string_view name, std::string_view phone) {
  if (name.empty() && phone.empty()) return;
  std::optional<std::string> known;
  if (!phone.empty()) known = person_of_phone(tx, phone);
  // The first case of a phone lends the person its id.
  const domain::Person person = domain::Person::of(tx, known ? std::string_view(*known) : case_id);
  tx.run(
      "INSERT INTO case_complainants (case_id, person_id, sealed_name, sealed_phone, phone_lookup) "
      "VALUES ($1, $2, $3, $4, $5)",
      case_id, person.id(), person.seal(tx, kName, case_id, name), person.seal(tx, kPhone, case_id, phone),
      lookup_of(tx, phone));
}

/// The person that the request names, if they are known.
std::optional<std::string> person_named_in(ReadTx& tx, const v1::EraseComplainantRequest& request) {
  if (request.has_phone() == request.has_case_id()) throw Refusal(v1::PROBLEM_PERSON_UNCLEAR);
  if (request.has_phone()) return person_of_phone(tx, request.phone());
  const auto receiver = tx.value<std::string>("SELECT receiving_unit_id FROM cases WHERE id = $1", request.case_id());
  if (!receiver || !domain::is_within(tx, *receiver, request.receiving_unit_id())) throw domain::not_found("case");
  return tx.value<std::string>("SELECT person_id FROM case_complainants WHERE case_id = $1", request.case_id());
}

/// Whoever forgets a person must be able to see all that is forgotten.
void require_all_within(ReadTx& tx, std::string_view person_id, std::string_view unit_id) {
  std::vector<std::string> receivers;
  for (const auto& row :
       tx.query("SELECT DISTINCT receiving_unit_id FROM case_complainants JOIN cases ON cases.id = case_id "
                "WHERE person_id = $1",
                person_id))
    receivers.emplace_back(row.text(0));
  for (const std::string& receiver : receivers)
    if (!domain::is_within(tx, receiver, unit_id)) throw Refusal(v1::PROBLEM_PERSON_ELSEWHERE);
}

}  // namespace

void keep(Tx& tx, const v1::Case& subject) {
  keep(tx, subject.id(), subject.complainant_name(), subject.complainant_phone());
}

void show(ReadTx& tx, v1::Case& subject) {
  auto kept = tx.find<v1::Case>(
      "SELECT case_id AS id, sealed_name AS complainant_name, sealed_phone AS complainant_phone "
      "FROM case_complainants WHERE case_id = $1",
      subject.id());
  if (!kept) return;
  domain::unseal(tx, *kept, kOfCase);
  subject.MergeFrom(*kept);
}

bool left_a_phone(ReadTx& tx, std::string_view case_id) {
  return tx
      .value<std::int64_t>("SELECT 1 FROM case_complainants WHERE case_id = $1 AND sealed_phone IS NOT NULL", case_id)
      .has_value();
}

v1::Complainant reveal(Tx& tx, const Caller&, const v1::RevealComplainantRequest& request) {
  auto complainant = tx.find<v1::Complainant>(
      "SELECT case_id, sealed_name AS name, sealed_phone AS phone FROM case_complainants WHERE case_id = $1",
      request.case_id());
  if (complainant) domain::unseal(tx, *complainant, kOfComplainant);
  if (!complainant || (complainant->name().empty() && complainant->phone().empty()))
    throw domain::not_found("complainant");
  complainant->set_reason(core::mask_numbers(request.reason()));
  return *std::move(complainant);
}

v1::FindCasesByPhoneResponse find_by_phone(ReadTx& tx, const Visibility& visible,
                                           const v1::FindCasesByPhoneRequest& request) {
  const Lookup phone = lookup_of(tx, request.phone());
  auto response = List("cases JOIN case_complainants ON case_complainants.case_id = cases.id", cases_table().columns())
                      .visible_by("cases.unit_id")
                      .visible_by_receiver("cases.receiving_unit_id")
                      .equal_if(true, "case_complainants.phone_lookup", to_value(phone))
                      .order_by("cases.received_at", List::Descending, "cases.id")
                      .page<v1::FindCasesByPhoneResponse>(tx, visible, request);
  for (v1::Case& subject : *response.mutable_cases()) domain::answer_in(request.datum(), subject);
  return response;
}

v1::EraseComplainantResponse erase(Tx& tx, const Caller&, const v1::EraseComplainantRequest& request) {
  v1::EraseComplainantResponse response;
  response.set_reason(core::mask_numbers(request.reason()));
  const std::optional<std::string> person = person_named_in(tx, request);
  if (!person) return response;
  require_all_within(tx, *person, request.receiving_unit_id());
  if (!domain::erase_person(tx, *person)) return response;
  response.set_id(*person);
  response.set_cases(
      tx.run("UPDATE case_complainants SET sealed_name = NULL, sealed_phone = NULL, phone_lookup = NULL "
             "WHERE person_id = $1",
             *person));
  return response;
}

std::int64_t seal_earlier(Tx& tx) {
  constexpr int kAtOnce = 200;
  struct Earlier {
    std::string case_id, name, phone;
  };
  std::vector<Earlier> some;
  for (const auto& row : tx.query("SELECT case_id, name, phone FROM complainants ORDER BY case_id LIMIT $1", kAtOnce))
    some.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))});
  for (const Earlier& one : some) {
    keep(tx, one.case_id, one.name, one.phone);
    tx.run("DELETE FROM complainants WHERE case_id = $1", one.case_id);
  }
  return static_cast<std::int64_t>(some.size());
}

}  // namespace wenming::hotline::complainants
