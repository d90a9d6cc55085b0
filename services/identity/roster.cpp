#include "identity/roster.h"

#include "domain/list.h"
#include "domain/refusal.h"
#include "identity/authority.h"
#include "identity/body_members.h"
#include "identity/facts.h"
#include "identity/organisation_history.h"
#include "identity/staff_names.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"
#include "wenming/identity/v1/problems.pb.h"

namespace wenming::identity::roster {
namespace {

using contract::v1::ROLE_ADMIN;
using contract::v1::ROLE_OFFICE;
using domain::Refusal;

constexpr std::string_view kFrom = "staff JOIN staff_details ON staff_details.id = staff.id";
constexpr std::string_view kColumns =
    "staff.id AS id, staff.unit_id AS unit_id, number, title, user_id, valid_from, valid_to, version";

std::optional<v1::StaffMember> named(domain::ReadTx& tx, std::optional<v1::StaffMember> entry) {
  if (entry) entry->set_name(staff_names::of(tx, entry->id()));
  return entry;
}

v1::StaffMember require(domain::ReadTx& tx, std::string_view staff_id) {
  auto entry = named(
      tx, tx.find<v1::StaffMember>(
              std::string("SELECT ").append(kColumns).append(" FROM ").append(kFrom).append(" WHERE staff.id = $1"),
              staff_id));
  if (!entry) throw domain::not_found("staff");
  return std::move(*entry);
}

void store(domain::Tx& tx, v1::StaffMember& entry) {
  if (is_number_taken(tx, entry)) throw Refusal(v1::PROBLEM_STAFF_NUMBER_TAKEN, {{"number", entry.number()}});
  entry.set_version(entry.version() + 1);
  v1::StaffMemberChanged event;
  event.set_staff_id(entry.id());
  event.set_unit_id(entry.unit_id());
  event.set_user_id(entry.user_id());
  event.set_valid_from(entry.valid_from());
  event.set_valid_to(entry.valid_to());
  event.set_version(entry.version());
  reference::apply(tx, event);
  tx.publish(event);
}

void keep_details(domain::Tx& tx, const v1::StaffMember& entry) {
  tx.run(
      "INSERT INTO staff_details (id, unit_id, number, title) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (id) DO UPDATE SET title = excluded.title",
      entry.id(), entry.unit_id(), entry.number(), entry.title());
  staff_names::keep(tx, entry.id(), entry.name());
}

/// An account that somebody signs in with opens the bodies that they sit in: only those who could appoint to these may
/// say whose it is, and only of accounts that are theirs to look after.
void require_may_link(domain::ReadTx& tx, const domain::Caller& caller, const v1::StaffMember& entry,
                      std::string_view user_id) {
  const auto unit_id = tx.value<std::string>("SELECT unit_id FROM users WHERE id = $1", user_id);
  if (!unit_id) throw domain::not_found("user");
  if (!domain::holds_role(tx, caller, {ROLE_ADMIN, ROLE_OFFICE}, *unit_id)) throw domain::not_found("user");
  for (const std::string& body_unit_id : body_members::units_of_bodies(tx, entry.id()))
    require_may_give(tx, caller, ROLE_OFFICE, body_unit_id);
}

}  // namespace

void require_on(domain::ReadTx& tx, std::string_view staff_id, std::string_view day) {
  const bool known =
      tx.value<std::int64_t>("SELECT 1 FROM staff WHERE id = $1 AND valid_from <= $2 AND valid_to > $2", staff_id, day)
          .has_value();
  if (!known) throw Refusal(v1::PROBLEM_STAFF_UNKNOWN, {{"staff", std::string(staff_id)}, {"day", std::string(day)}});
}

// A number belongs to one person at a time, or a file could not tell them apart.
bool is_number_taken(domain::ReadTx& tx, const v1::StaffMember& entry) {
  if (entry.number().empty()) return false;
  return tx
      .value<std::int64_t>(
          "SELECT 1 FROM staff_details JOIN staff ON staff.id = staff_details.id "
          "WHERE staff_details.unit_id = $1 AND number = $2 AND staff.id <> $3 "
          "AND valid_from < valid_to AND valid_from < $5 AND valid_to > $4 LIMIT 1",
          entry.unit_id(), entry.number(), entry.id(), entry.valid_from(), entry.valid_to())
      .has_value();
}

std::optional<v1::StaffMember> find_by_number(domain::ReadTx& tx, std::string_view unit_id, std::string_view number) {
  return named(
      tx, tx.find<v1::StaffMember>(std::string("SELECT ").append(kColumns).append(" FROM ").append(kFrom).append(
                                       " WHERE staff_details.unit_id = $1 AND number = $2 AND valid_from < valid_to "
                                       "ORDER BY valid_to DESC, staff.id DESC LIMIT 1"),
                                   unit_id, number));
}

void enter(domain::Tx& tx, const domain::Caller& caller, v1::StaffMember& entry) {
  entry.set_id(tx.new_id());
  keep_details(tx, entry);
  store(tx, entry);
  facts::record(tx, caller, facts::change_of(v1::FACT_KIND_STAFF, entry, v1::FACT_STATEMENT_BEGAN, {}));
}

void change(domain::Tx& tx, const domain::Caller& caller, v1::StaffMember& entry, std::string_view reason) {
  keep_details(tx, entry);
  store(tx, entry);
  facts::record(tx, caller, facts::change_of(v1::FACT_KIND_STAFF, entry, v1::FACT_STATEMENT_CORRECTED, reason));
}

v1::StaffMember add(domain::Tx& tx, const domain::Caller& caller, const v1::AddStaffRequest& request) {
  reference::require_unit(tx, request.unit_id());
  v1::StaffMember entry;
  entry.set_unit_id(request.unit_id());
  entry.set_number(request.number());
  entry.set_name(request.name());
  entry.set_title(request.title());
  const facts::Days days = facts::stated(
      tx, request.valid_from().empty() ? std::string(kSinceEver) : request.valid_from(), request.valid_to());
  entry.set_valid_from(days.from);
  entry.set_valid_to(days.to);
  enter(tx, caller, entry);
  return entry;
}

v1::StaffMember get(domain::ReadTx& tx, const domain::Caller&, const v1::GetStaffRequest& request) {
  return require(tx, request.staff_id());
}

v1::ListStaffResponse list(domain::ReadTx& tx, const domain::Visibility& visible, const v1::ListStaffRequest& request) {
  domain::List list(kFrom, kColumns);
  list.visible_by("staff.unit_id")
      .within("staff.unit_id", request.within())
      .equal("number", request.number())
      .equal("user_id", request.user_id())
      .order_by("staff.id", domain::List::Descending, "staff.id");
  auto response = facts::hold_on(list, "staff", request.on()).page<v1::ListStaffResponse>(tx, visible, request);
  for (v1::StaffMember& entry : *response.mutable_staff()) entry.set_name(staff_names::of(tx, entry.id()));
  return response;
}

v1::StaffMember link(domain::Tx& tx, const domain::Caller& caller, const v1::LinkStaffRequest& request) {
  v1::StaffMember entry = require(tx, request.staff_id());
  if (!request.user_id().empty()) require_may_link(tx, caller, entry, request.user_id());
  entry.set_user_id(request.user_id());
  store(tx, entry);
  facts::record(tx, caller, facts::change_of(v1::FACT_KIND_STAFF, entry, v1::FACT_STATEMENT_RESTATED, {}));
  return entry;
}

v1::StaffMember end(domain::Tx& tx, const domain::Caller& caller, const v1::EndStaffRequest& request) {
  v1::StaffMember entry = require(tx, request.staff_id());
  facts::end(tx, caller, v1::FACT_KIND_STAFF, entry, request, store);
  return entry;
}

v1::StaffMember correct(domain::Tx& tx, const domain::Caller& caller, const v1::CorrectStaffRequest& request) {
  v1::StaffMember entry = require(tx, request.staff_id());
  facts::correct(tx, caller, v1::FACT_KIND_STAFF, entry, request, store);
  return entry;
}

std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view staff_id) {
  for (const domain::Row& row : tx.query("SELECT unit_id, version FROM staff WHERE id = $1", staff_id)) {
    return domain::Scope{std::string(row.text(0)), {}, row.integer(1)};
  }
  return std::nullopt;
}

}  // namespace wenming::identity::roster
