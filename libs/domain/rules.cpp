#include "domain/rules.h"

#include <algorithm>

#include "domain/visibility.h"

namespace wenming::domain::rules {
namespace {

namespace v1 = contract::v1;

bool is_everybodys(const v1::Allow& rule, const Caller& caller) {
  return std::any_of(rule.role().begin(), rule.role().end(), [&](int role) {
    return role == v1::ROLE_CITIZEN || (role == v1::ROLE_USER && caller.signed_in());
  });
}

bool names(const v1::Allow& rule, v1::Role role) {
  return std::find(rule.role().begin(), rule.role().end(), role) != rule.role().end();
}

}  // namespace

bool has_role(const v1::Allow& rule, const Caller& caller) {
  return is_everybodys(rule, caller) || std::any_of(caller.grants.begin(), caller.grants.end(),
                                                    [&](const Grant& grant) { return names(rule, grant.role); });
}

bool reaches(ReadTx& tx, const v1::Allow& rule, const Caller& caller, std::string_view unit_id) {
  return std::any_of(caller.grants.begin(), caller.grants.end(), [&](const Grant& grant) {
    if (!names(rule, grant.role)) return false;
    return grant.unit_id.empty() || is_within(tx, unit_id, grant.unit_id);
  });
}

bool reaches_everything(const v1::Allow& rule, const Caller& caller) {
  return std::any_of(caller.grants.begin(), caller.grants.end(),
                     [&](const Grant& grant) { return names(rule, grant.role) && grant.unit_id.empty(); });
}

std::vector<std::string> roots_of(const v1::Allow& rule, const Caller& caller) {
  std::vector<std::string> roots;
  for (const Grant& grant : caller.grants)
    if (names(rule, grant.role) && !grant.unit_id.empty()) roots.push_back(grant.unit_id);
  return roots;
}

}  // namespace wenming::domain::rules
