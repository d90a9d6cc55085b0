#include "identity/authority.h"

#include <algorithm>
#include <string>
#include <vector>

#include "domain/refusal.h"
#include "domain/visibility.h"
#include "identity/body_members.h"
#include "wenming/identity/v1/problems.pb.h"

namespace wenming::identity {

using contract::v1::Role;
using contract::v1::ROLE_ADMIN;
using contract::v1::ROLE_OFFICE;
using domain::Refusal;

bool may_give(domain::ReadTx& tx, const domain::Caller& caller, Role role, std::string_view unit_id) {
  if (role == ROLE_ADMIN) return domain::holds_role(tx, caller, {ROLE_ADMIN}, unit_id);
  return domain::holds_role(tx, caller, {ROLE_ADMIN, ROLE_OFFICE}, unit_id);
}

void require_may_give(domain::ReadTx& tx, const domain::Caller& caller, Role role, std::string_view unit_id) {
  if (!may_give(tx, caller, role, unit_id)) throw Refusal(v1::PROBLEM_BEYOND_YOUR_GRANTS);
}

void require_grantable(Role role) {
  if (role != contract::v1::ROLE_CITIZEN && role != contract::v1::ROLE_USER) return;
  throw Refusal(v1::PROBLEM_ROLE_NOT_GRANTABLE,
                {{"role", std::string(domain::enum_text(*contract::v1::Role_descriptor(), role))}});
}

void require_outranks(domain::ReadTx& tx, const domain::Caller& caller, std::string_view user_id) {
  std::vector<domain::Grant> held;
  for (const domain::Row& row : tx.query("SELECT role, unit_id FROM grants "
                                         "WHERE user_id = $1 AND (ends_at IS NULL OR ends_at > $2)",
                                         user_id, tx.now())) {
    domain::Grant& grant = held.emplace_back();
    contract::v1::Role_Parse("ROLE_" + std::string(row.text(0)), &grant.role);
    grant.unit_id = row.text(1);
  }
  for (const domain::Grant& grant : held) require_may_give(tx, caller, grant.role, grant.unit_id);
  // Nor, by the password of one of its members, what a body works on.
  std::vector<std::string> body_units;
  for (const domain::Row& row : tx.query("SELECT id FROM staff WHERE user_id = $1", user_id)) {
    const auto units = body_members::units_of_bodies(tx, std::string(row.text(0)));
    body_units.insert(body_units.end(), units.begin(), units.end());
  }
  for (const std::string& unit_id : body_units) require_may_give(tx, caller, ROLE_OFFICE, unit_id);
}

void require_an_admin_is_left(domain::ReadTx& tx) {
  const bool left = tx.value<std::int64_t>(
                          "SELECT 1 FROM grants JOIN users ON users.id = grants.user_id "
                          "WHERE grants.unit_id = '' AND grants.role = 'ADMIN' "
                          "AND grants.ends_at IS NULL AND NOT users.disabled LIMIT 1")
                        .has_value();
  if (!left) throw Refusal(v1::PROBLEM_LAST_ADMIN);
}

}  // namespace wenming::identity
