#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "identity/service.h"
#include "testing/service_fixture.h"
#include "wenming/identity/v1/access.pb.h"
#include "wenming/identity/v1/bodies.pb.h"
#include "wenming/identity/v1/events.pb.h"
#include "wenming/identity/v1/facts.pb.h"
#include "wenming/identity/v1/organisations.pb.h"
#include "wenming/identity/v1/relations.pb.h"
#include "wenming/identity/v1/roster.pb.h"
#include "wenming/identity/v1/sessions.pb.h"
#include "wenming/identity/v1/users.pb.h"

namespace wenming::identity {

/// Identity as it is after its first start, with the `admin` that it made, and short ways to what every test needs.
/// Passwords cost next to nothing here.
class IdentityFixture : public testing::ServiceFixture {
 protected:
  IdentityFixture()
      : ServiceFixture(&identity::service,
                       {{"identity.password_memory_kib", "64"}, {"identity.password_iterations", "1"}}) {}

  static constexpr std::string_view kPassword = "correct horse battery";

  /// The user `admin` of the first start.
  domain::Principal root() { return as(value<std::string>("SELECT id FROM users WHERE account = 'admin'").value()); }

  v1::Organisation create(std::string_view code, std::string_view parent_id = {}, std::string_view founded_on = {}) {
    return create(root(), code, parent_id, founded_on);
  }
  v1::Organisation create(const domain::Principal& who, std::string_view code, std::string_view parent_id,
                          std::string_view founded_on = {}) {
    v1::CreateOrganisationRequest request;
    request.set_code(std::string(code));
    request.set_name("name of " + std::string(code));
    request.set_parent_id(std::string(parent_id));
    request.set_founded_on(std::string(founded_on));
    request.set_level(v1::ORGANISATION_LEVEL_UNIT);
    return call<v1::Organisation>("CreateOrganisation", request, who);
  }

  v1::User add_user(std::string_view account, std::string_view unit_id = {}) {
    return add_user(root(), account, unit_id);
  }
  v1::User add_user(const domain::Principal& who, std::string_view account, std::string_view unit_id,
                    std::string_view password = kPassword) {
    v1::CreateUserRequest request;
    request.set_account(std::string(account));
    request.set_display_name("name of " + std::string(account));
    request.set_password(std::string(password));
    request.set_unit_id(std::string(unit_id));
    return call<v1::User>("CreateUser", request, who);
  }

  v1::Grant give(const domain::Principal& who, std::string_view user_id, contract::v1::Role role,
                 std::string_view unit_id) {
    v1::CreateGrantRequest request;
    request.set_user_id(std::string(user_id));
    request.set_role(role);
    request.set_unit_id(std::string(unit_id));
    return call<v1::Grant>("CreateGrant", request, who);
  }
  /// A new user with this role there.
  domain::Principal user_with(std::string_view account, contract::v1::Role role, std::string_view unit_id = {}) {
    const std::string id = add_user(account).id();
    give(root(), id, role, unit_id);
    return as(id);
  }

  /// Somebody new on a roster, from ever on.
  v1::StaffMember add_staff(std::string_view unit_id, std::string_view number = {}) {
    v1::AddStaffRequest request;
    request.set_unit_id(std::string(unit_id));
    request.set_number(std::string(number));
    request.set_name("name of " + std::string(number));
    return call<v1::StaffMember>("AddStaff", request, root());
  }
  v1::StaffMember link(const domain::Principal& who, std::string_view staff_id, std::string_view user_id) {
    v1::LinkStaffRequest request;
    request.set_staff_id(std::string(staff_id));
    request.set_user_id(std::string(user_id));
    return call<v1::StaffMember>("LinkStaff", request, who);
  }
  v1::Body form(std::string_view unit_id, v1::BodyKind kind = v1::BODY_KIND_LEADING_GROUP) {
    v1::CreateBodyRequest request;
    request.set_unit_id(std::string(unit_id));
    request.set_kind(kind);
    request.set_name("leading group");
    request.set_basis_document("No. 5");
    return call<v1::Body>("CreateBody", request, root());
  }
  v1::BodyMember appoint(std::string_view body_id, std::string_view staff_id,
                         v1::BodyPosition position = v1::BODY_POSITION_MEMBER) {
    v1::AppointBodyMemberRequest request;
    request.set_body_id(std::string(body_id));
    request.set_staff_id(std::string(staff_id));
    request.set_position(position);
    return call<v1::BodyMember>("AppointBodyMember", request, root());
  }
  /// What was stated about a fact, the newest first: `2 ENDED 2026-03-05..2026-04-01 reason`.
  std::vector<std::string> statements_about(std::string_view fact_id) {
    v1::ListFactChangesRequest request;
    request.set_fact_id(std::string(fact_id));
    std::vector<std::string> texts;
    const auto response = call<v1::ListFactChangesResponse>("ListFactChanges", request, root());
    for (const v1::FactChange& change : response.changes()) {
      texts.push_back(std::to_string(change.number()) + ' ' +
                      std::string(domain::enum_text(*v1::FactStatement_descriptor(), change.statement())) + ' ' +
                      change.valid_from() + ".." + change.valid_to() + ' ' + change.reason());
    }
    return texts;
  }

  v1::SessionTokens sign_in(std::string_view account, std::string_view password = kPassword) {
    v1::CreateSessionRequest request;
    request.set_account(std::string(account));
    request.set_password(std::string(password));
    return call<v1::SessionTokens>("CreateSession", request, anonymous());
  }
  /// Who sends the access token of these.
  static domain::Principal bearer(const v1::SessionTokens& tokens) {
    return {tokens.user_id(), tokens.session_id(), {}};
  }

  v1::Me me(const domain::Principal& who) { return call<v1::Me>("GetMe", v1::GetMeRequest(), who); }
};

/// The rows of a query as text, for comparing tables.
inline std::vector<std::string> rows_of(domain::ReadTx& tx, std::string_view sql, int columns) {
  std::vector<std::string> rows;
  for (const domain::Row& row : tx.query(sql)) {
    std::string& text = rows.emplace_back();
    for (int i = 0; i < columns; ++i) text += std::string(row.text(i)) + '|';
  }
  return rows;
}

}  // namespace wenming::identity
