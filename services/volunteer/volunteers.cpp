#include "volunteer/volunteers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "domain/list.h"
#include "domain/refusal.h"
#include "reference/reference.h"
#include "wenming/volunteer/v1/events.pb.h"
#include "wenming/volunteer/v1/problems.pb.h"

namespace wenming::volunteer {

using domain::Caller;
using domain::List;
using domain::ReadTx;
using domain::Refusal;
using domain::Scope;
using domain::Tx;
using domain::Visibility;

namespace {

/// One counter for the whole deployment: numbers have no gaps, because a refused registration gives its number back.
std::string next_number(Tx& tx) {
  const auto last = tx.value<std::int64_t>("UPDATE volunteer_numbers SET last = last + 1 RETURNING last");
  return fmt::format("V{:08}", last.value());
}

void publish(Tx& tx, const v1::Volunteer& volunteer) {
  v1::VolunteerChanged event;
  event.set_volunteer_id(volunteer.id());
  event.set_version(volunteer.version());
  event.set_unit_id(volunteer.unit_id());
  event.set_registered_on(to_text(tx.offset().date_of(domain::from_proto(volunteer.registered_at()))));
  tx.publish(event);
}

/// Accounts themselves are not known here, but their roles are; and the role was given by somebody who manages the
/// user.
bool is_account_of_a_volunteer(ReadTx& tx, std::string_view user_id, std::string_view unit_id) {
  std::vector<std::string> roots;
  for (const auto& row : tx.query("SELECT unit_id FROM grants WHERE user_id = $1 AND role = 'VOLUNTEER' "
                                  "AND starts_at <= $2 AND (ends_at IS NULL OR ends_at > $2)",
                                  user_id, tx.now()))
    roots.emplace_back(row.text(0));
  return std::any_of(roots.begin(), roots.end(),
                     [&](const std::string& root) { return root.empty() || domain::is_within(tx, unit_id, root); });
}

/// Links the account, or takes it away where the id is empty. An account stands for one volunteer, so that it is clear
/// whose hours its owner logs.
void link_account(ReadTx& tx, v1::Volunteer& volunteer, const std::string& user_id) {
  volunteer.clear_user_id();
  if (user_id.empty()) return;
  if (tx.value<std::string>("SELECT id FROM volunteers WHERE user_id = $1 AND id <> $2", user_id, volunteer.id())) {
    throw Refusal(v1::PROBLEM_USER_TAKEN);
  }
  if (!is_account_of_a_volunteer(tx, user_id, volunteer.unit_id())) throw Refusal(v1::PROBLEM_USER_NOT_VOLUNTEER);
  volunteer.set_user_id(user_id);
}

}  // namespace

v1::Volunteer register_volunteer(Tx& tx, const Caller&, const v1::RegisterVolunteerRequest& request) {
  reference::require_unit(tx, request.unit_id());

  v1::Volunteer volunteer;
  volunteer.set_id(tx.new_id());
  volunteer.set_version(1);
  volunteer.set_number(next_number(tx));
  volunteer.set_display_name(request.display_name());
  volunteer.set_phone(request.phone());
  volunteer.set_unit_id(request.unit_id());
  link_account(tx, volunteer, request.user_id());
  *volunteer.mutable_registered_at() = domain::to_proto(tx.now());
  tx.run(
      "INSERT INTO volunteers (id, version, number, display_name, phone, unit_id, user_id, registered_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      volunteer.id(), volunteer.version(), volunteer.number(), volunteer.display_name(), volunteer.phone(),
      volunteer.unit_id(), domain::or_null(volunteer.user_id()), volunteer.registered_at());
  publish(tx, volunteer);
  return volunteer;
}

v1::Volunteer get_volunteer(ReadTx& tx, const Caller&, const v1::GetVolunteerRequest& request) {
  return require_volunteer(tx, request.volunteer_id());
}

v1::ListVolunteersResponse list_volunteers(ReadTx& tx, const Visibility& visible,
                                           const v1::ListVolunteersRequest& request) {
  return List("volunteers")
      .visible_by("unit_id", "user_id")
      .within("unit_id", request.unit_id())
      .contains("display_name", request.name_contains())
      .equal("number", request.number())
      .equal("user_id", request.user_id())
      .order_by("number", List::Ascending)
      .page<v1::ListVolunteersResponse>(tx, visible, request);
}

v1::Volunteer update_volunteer(Tx& tx, const Caller& caller, const v1::UpdateVolunteerRequest& request) {
  v1::Volunteer volunteer = require_volunteer(tx, request.volunteer_id());
  if (request.has_display_name()) volunteer.set_display_name(request.display_name());
  if (request.has_phone()) volunteer.set_phone(request.phone());
  if (request.has_unit_id()) {
    reference::require_unit(tx, request.unit_id());
    // Or a liaison could hand their volunteers to a unit that knows nothing of it.
    if (!domain::holds_role(tx, caller, {contract::v1::ROLE_OFFICE, contract::v1::ROLE_LIAISON}, request.unit_id())) {
      throw Refusal(contract::v1::PROBLEM_NOT_ALLOWED);
    }
    volunteer.set_unit_id(request.unit_id());
  }
  if (request.has_user_id()) link_account(tx, volunteer, request.user_id());
  volunteer.set_version(volunteer.version() + 1);
  tx.run("UPDATE volunteers SET version = $2, display_name = $3, phone = $4, unit_id = $5, user_id = $6 WHERE id = $1",
         volunteer.id(), volunteer.version(), volunteer.display_name(), volunteer.phone(), volunteer.unit_id(),
         domain::or_null(volunteer.user_id()));
  publish(tx, volunteer);
  return volunteer;
}

std::optional<Scope> scope_of_volunteer(ReadTx& tx, std::string_view id) {
  for (const auto& row : tx.query("SELECT unit_id, user_id, version FROM volunteers WHERE id = $1", id)) {
    return Scope{std::string(row.text(0)), std::string(row.text(1)), row.integer(2)};
  }
  return std::nullopt;
}

v1::Volunteer require_volunteer(ReadTx& tx, std::string_view id) {
  const auto volunteer = tx.find<v1::Volunteer>("SELECT * FROM volunteers WHERE id = $1", id);
  if (!volunteer) throw domain::not_found("volunteer");
  return *volunteer;
}

}  // namespace wenming::volunteer
