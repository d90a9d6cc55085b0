#include "domain/visibility.h"

#include <algorithm>
#include <utility>

#include "domain/refusal.h"
#include "domain/rules.h"

namespace wenming::domain {
namespace {

namespace v1 = contract::v1;
using rules::has_role;
using rules::reaches;
using rules::reaches_everything;

bool satisfied(ReadTx& tx, const v1::Allow& rule, const Caller& caller, const Scope* scope) {
  switch (rule.when()) {
    case v1::WHEN_ALWAYS:
      return has_role(rule, caller);
    case v1::WHEN_ON_WHOLE_DEPLOYMENT:
      return reaches_everything(rule, caller);
    case v1::WHEN_WITHIN_UNIT:
      return scope != nullptr && reaches(tx, rule, caller, scope->unit_id);
    case v1::WHEN_WITHIN_RECEIVING_UNIT:
      return scope != nullptr && reaches(tx, rule, caller, scope->receiving_unit_id);
    case v1::WHEN_WITHIN_INVOLVED_UNIT:
      return scope != nullptr &&
             std::any_of(scope->involved_unit_ids.begin(), scope->involved_unit_ids.end(),
                         [&](const std::string& unit_id) { return reaches(tx, rule, caller, unit_id); });
    case v1::WHEN_SELF:
      // A key may have what it started itself: its jobs.
      return scope != nullptr && caller.signed_in() && scope->user_id == caller.id && has_role(rule, caller);
    case v1::WHEN_PUBLISHED:
      return scope != nullptr && scope->published && has_role(rule, caller);
    case v1::WHEN_RELATED:
      if (scope == nullptr) return false;
      return (names_relation_of_units(rule) && reaches_everything(rule, caller)) ||
             is_related(tx, rule, caller, *scope);
    default:
      return false;
  }
}

[[noreturn]] void refuse(const contract::Method& method, const Caller& caller) {
  if (!caller.signed_in()) throw Refusal(v1::PROBLEM_NOT_SIGNED_IN);
  const auto& rules = method.rule.allow();
  const bool holds_a_role = std::any_of(rules.begin(), rules.end(), [&](const v1::Allow& rule) {
    return contract::asks_for_scope(rule.when()) && has_role(rule, caller);
  });
  // With the right role in the wrong place, the resource is none that this caller may know of; or the unit, where
  // something is to be created under it.
  if (!holds_a_role) throw Refusal(v1::PROBLEM_NOT_ALLOWED);
  if (method.parent_id != nullptr) throw not_found(method.rule.parent());
  throw not_found(method.resource_id != nullptr ? method.rule.resource() : "organisation");
}

Caller resolve_key(ReadTx& tx, const std::string& key_hash) {
  Caller caller;
  for (const Row& row : tx.query("SELECT id, role, unit_id FROM api_keys "
                                 "WHERE (key_hash = $1 OR (previous_hash = $1 AND previous_until > $2)) "
                                 "AND expires_at > $2 AND (revoked_at IS NULL OR revoked_at > $2)",
                                 key_hash, tx.now())) {
    caller.id = "key:" + std::string(row.text(0));
    Grant& grant = caller.grants.emplace_back();
    v1::Role_Parse("ROLE_" + std::string(row.text(1)), &grant.role);
    grant.unit_id = row.text(2);
  }
  if (!caller.signed_in()) throw Refusal(v1::PROBLEM_NOT_SIGNED_IN);
  return caller;
}

Caller resolve_user(ReadTx& tx, const Principal& principal) {
  Caller caller{principal.user_id, principal.user_id, {}, principal.session_id};
  // One statement, because every call asks it: whether the session stands, and every grant, or a row without one.
  for (const Row& row : tx.query("SELECT EXISTS (SELECT 1 FROM ended_sessions WHERE session_id = $1) "
                                 "OR EXISTS (SELECT 1 FROM disabled_users WHERE user_id = $2 AND disabled), "
                                 "grants.role, grants.unit_id FROM (SELECT 1) AS caller LEFT JOIN grants "
                                 "ON user_id = $2 AND starts_at <= $3 AND (ends_at IS NULL OR ends_at > $3)",
                                 principal.session_id, principal.user_id, tx.now())) {
    if (row.boolean(0)) throw Refusal(v1::PROBLEM_NOT_SIGNED_IN);
    if (row.is_null(1)) break;
    Grant& grant = caller.grants.emplace_back();
    v1::Role_Parse("ROLE_" + std::string(row.text(1)), &grant.role);
    grant.unit_id = row.text(2);
  }
  return caller;
}

void sort_once(std::vector<std::string>& roots) {
  std::sort(roots.begin(), roots.end());
  roots.erase(std::unique(roots.begin(), roots.end()), roots.end());
}

}  // namespace

Visibility::Gift Visibility::grant(ReadTx& tx, const v1::Allow& rule, const Caller& caller) {
  const auto shown_if = [](bool shown) { return shown ? Gift::Rows : Gift::Nothing; };
  if (rule.when() == v1::WHEN_RELATED) return grant_related(tx, rule, caller);
  if (rule.when() == v1::WHEN_PUBLISHED) return shown_if(published_ = true);
  if (rule.when() == v1::WHEN_SELF) {
    user_id_ = caller.user_id;
    return shown_if(!user_id_.empty());
  }
  if (rule.when() == v1::WHEN_ALWAYS || reaches_everything(rule, caller)) return shown_if(all_ = true);
  if (rule.when() == v1::WHEN_ON_WHOLE_DEPLOYMENT) return Gift::Nothing;
  if (rule.when() == v1::WHEN_WITHIN_INVOLVED_UNIT)
    return Gift::Rows;  // those of a resource that has been judged; by themselves rows show nothing
  const std::vector<std::string> roots = rules::roots_of(rule, caller);
  auto& seen = rule.when() == v1::WHEN_WITHIN_UNIT ? unit_roots_ : receiving_unit_roots_;
  seen.insert(seen.end(), roots.begin(), roots.end());
  return shown_if(!roots.empty());
}

/// Whoever may hold a relation is admitted: that none leads anywhere today makes a list empty, not forbidden.
Visibility::Gift Visibility::grant_related(ReadTx& tx, const v1::Allow& rule, const Caller& caller) {
  if (names_relation_of_units(rule) && reaches_everything(rule, caller)) {
    all_ = true;
    return Gift::Rows;
  }
  if (!related_) related_.emplace();
  Related here;
  here.add(tx, rule, caller, unit_roots_);
  related_->add(here);
  return here.empty() ? Gift::EmptyList : Gift::Rows;
}

Visibility Visibility::of(ReadTx& tx, const contract::Method& method, const Caller& caller) {
  Visibility visibility;
  bool all_unmasked = false;       // rules that unmask give everything by themselves
  bool every_rule_unmasks = true;  // nothing is seen by a rule that does not
  bool anything = false;
  const auto take = [&](const v1::Allow& rule) {
    if (!has_role(rule, caller)) return;
    const bool saw_all = std::exchange(visibility.all_, false);
    const Gift gift = visibility.grant(tx, rule, caller);
    all_unmasked = all_unmasked || (visibility.all_ && rule.unmasked());
    visibility.all_ = visibility.all_ || saw_all;
    anything = anything || gift != Gift::Nothing;
    every_rule_unmasks = every_rule_unmasks && (rule.unmasked() || gift != Gift::Rows);
  };
  // Relations last: what the caller's own subtrees show is left out of them.
  for (const v1::Allow& rule : method.rule.allow())
    if (rule.when() != v1::WHEN_RELATED) take(rule);
  sort_once(visibility.unit_roots_);
  sort_once(visibility.receiving_unit_roots_);
  for (const v1::Allow& rule : method.rule.allow())
    if (rule.when() == v1::WHEN_RELATED) take(rule);
  if (!anything) {
    throw Refusal(caller.signed_in() ? v1::PROBLEM_NOT_ALLOWED : v1::PROBLEM_NOT_SIGNED_IN);
  }
  // One list is masked or clear as a whole: a row that is seen only by a masking rule must not show through.
  visibility.unmasked_ = all_unmasked || every_rule_unmasks;
  return visibility;
}

Visibility Visibility::everything() {
  Visibility visibility;
  visibility.all_ = true;
  visibility.unmasked_ = true;
  return visibility;
}

Caller resolve(ReadTx& tx, const Principal& principal) {
  if (!principal.key_hash.empty()) return resolve_key(tx, principal.key_hash);
  if (!principal.user_id.empty()) return resolve_user(tx, principal);
  return {};
}

bool authorise(ReadTx& tx, const contract::Method& method, const Caller& caller, const Scope* scope) {
  bool allowed = false;
  for (const v1::Allow& rule : method.rule.allow()) {
    // Once allowed, only a rule that unmasks can add anything.
    if ((allowed && !rule.unmasked()) || !satisfied(tx, rule, caller, scope)) continue;
    if (rule.unmasked()) return true;
    allowed = true;
  }
  if (!allowed) refuse(method, caller);
  return false;
}

bool holds_role(ReadTx& tx, const Caller& caller, std::initializer_list<v1::Role> roles, std::string_view unit_id) {
  return std::any_of(caller.grants.begin(), caller.grants.end(), [&](const Grant& grant) {
    if (std::find(roles.begin(), roles.end(), grant.role) == roles.end()) return false;
    return grant.unit_id.empty() || is_within(tx, unit_id, grant.unit_id);
  });
}

bool is_within(ReadTx& tx, std::string_view unit_id, std::string_view root) {
  return tx
      .value<std::int64_t>(
          "SELECT 1 FROM organisation_ancestors "
          "WHERE unit_id = $1 AND ancestor_id = $2 AND valid_from <= $3 AND valid_to > $3",
          unit_id, root, core::to_text(tx.today()))
      .has_value();
}

}  // namespace wenming::domain
