#include "domain/related.h"

#include <algorithm>
#include <initializer_list>

#include "domain/rules.h"
#include "domain/visibility.h"

namespace wenming::domain {
namespace {

namespace v1 = contract::v1;

bool names(const v1::Allow& rule, v1::RelationKind kind) {
  return std::find(rule.related().begin(), rule.related().end(), kind) != rule.related().end();
}

/// The bodies and teams that the user is a member of today.
std::vector<std::string> bodies_of(ReadTx& tx, const Caller& caller) {
  std::vector<std::string> bodies;
  if (caller.user_id.empty()) return bodies;
  for (const Row& row : tx.query("SELECT DISTINCT bodies.id FROM staff "
                                 "JOIN body_members ON body_members.staff_id = staff.id "
                                 "JOIN bodies ON bodies.id = body_members.body_id "
                                 "WHERE staff.user_id = $1 AND staff.valid_from <= $2 AND staff.valid_to > $2 "
                                 "AND body_members.valid_from <= $2 AND body_members.valid_to > $2 "
                                 "AND bodies.valid_from <= $2 AND bodies.valid_to > $2",
                                 caller.user_id, core::to_text(tx.today()))) {
    bodies.emplace_back(row.text(0));
  }
  return bodies;
}

/// A statement whose lists of values are as long as they happen to be.
class Statement {
 public:
  std::string parameter(std::string_view text) {
    values_.push_back(to_value(text));
    return "$" + std::to_string(values_.size());
  }
  std::string parameters(const std::vector<std::string>& texts) {
    std::string listed;
    for (const std::string& text : texts) listed += (listed.empty() ? "" : ", ") + parameter(text);
    return listed;
  }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  std::vector<Value> values_;
};

std::string holds_on(std::string_view table, const std::string& day) {
  const std::string name(table);
  return name + ".valid_from <= " + day + " AND " + name + ".valid_to > " + day;
}

/// What relations of one kind, held by units in these subtrees or by these holders themselves, lead to.
std::vector<Related::Place> places_of(ReadTx& tx, v1::RelationKind kind, const std::vector<std::string>& holders,
                                      bool with_subtrees, const std::vector<std::string>& own) {
  std::vector<Related::Place> places;
  if (holders.empty()) return places;
  const std::string today = core::to_text(tx.today());
  Statement statement;
  const std::string day = statement.parameter(today);
  const std::string held_by = statement.parameters(holders);
  std::string sql = "SELECT DISTINCT relations.unit_id, relations.about_id FROM ";
  sql += with_subtrees ? "organisation_ancestors AS held JOIN relations ON relations.holder_id = held.unit_id "
                         "WHERE held.ancestor_id IN (" +
                             held_by + ") AND " + holds_on("held", day)
                       : "relations WHERE relations.holder_id IN (" + held_by + ")";
  sql += " AND relations.kind = " + statement.parameter(enum_text(*v1::RelationKind_descriptor(), kind)) + " AND " +
         holds_on("relations", day);
  if (!own.empty()) {
    sql +=
        " AND NOT EXISTS (SELECT 1 FROM organisation_ancestors AS above WHERE above.unit_id = relations.unit_id "
        "AND above.ancestor_id IN (" +
        statement.parameters(own) + ") AND " + holds_on("above", day) + ")";
  }
  for (const Row& row : tx.query_values(sql, statement.values()))
    places.push_back({std::string(row.text(0)), std::string(row.text(1))});
  return places;
}

/// Who holds relations of one kind that lead to the resource today.
std::vector<std::string> holders_of(ReadTx& tx, v1::RelationKind kind, const Scope& scope) {
  std::vector<std::string> holders;
  for (const Row& row : tx.query("SELECT relations.holder_id FROM organisation_ancestors AS above "
                                 "JOIN relations ON relations.unit_id = above.ancestor_id "
                                 "WHERE above.unit_id = $1 AND above.valid_from <= $2 AND above.valid_to > $2 "
                                 "AND relations.kind = $3 AND relations.valid_from <= $2 AND relations.valid_to > $2 "
                                 "AND (relations.about_id = '' OR relations.about_id = $4)",
                                 scope.unit_id, core::to_text(tx.today()), kind, scope.about_id)) {
    holders.emplace_back(row.text(0));
  }
  return holders;
}

template <class T>
void add_once(std::vector<T>& known, std::vector<T> found) {
  known.insert(known.end(), found.begin(), found.end());
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
}

constexpr std::initializer_list<v1::RelationKind> kHeldByUnits = {v1::RELATION_KIND_CO_UNIT,
                                                                  v1::RELATION_KIND_GUARANTOR};

}  // namespace

bool names_relation_of_units(const v1::Allow& rule) {
  return std::any_of(kHeldByUnits.begin(), kHeldByUnits.end(), [&](auto kind) { return names(rule, kind); });
}

void Related::add(ReadTx& tx, const v1::Allow& rule, const Caller& caller, const std::vector<std::string>& own) {
  for (const v1::RelationKind kind : kHeldByUnits) {
    if (names(rule, kind)) add_once(places_, places_of(tx, kind, rules::roots_of(rule, caller), true, own));
  }
  const bool by_membership =
      names(rule, v1::RELATION_KIND_BODY_MEMBER) || names(rule, v1::RELATION_KIND_ASSESSMENT_TEAM);
  if (!by_membership) return;
  const std::vector<std::string> bodies = bodies_of(tx, caller);
  if (names(rule, v1::RELATION_KIND_ASSESSMENT_TEAM))
    add_once(places_, places_of(tx, v1::RELATION_KIND_ASSESSMENT_TEAM, bodies, false, own));
  if (names(rule, v1::RELATION_KIND_BODY_MEMBER)) add_once(bodies_, bodies);
}

void Related::add(const Related& other) {
  add_once(places_, other.places_);
  add_once(bodies_, other.bodies_);
}

bool is_related(ReadTx& tx, const v1::Allow& rule, const Caller& caller, const Scope& scope) {
  if (!rules::has_role(rule, caller)) return false;
  for (const v1::RelationKind kind : kHeldByUnits) {
    if (!names(rule, kind)) continue;
    for (const std::string& holder : holders_of(tx, kind, scope))
      if (rules::reaches(tx, rule, caller, holder)) return true;
  }
  std::vector<std::string> bodies;  // whose members are led here
  if (names(rule, v1::RELATION_KIND_BODY_MEMBER) && !scope.body_id.empty()) bodies.push_back(scope.body_id);
  if (names(rule, v1::RELATION_KIND_ASSESSMENT_TEAM))
    add_once(bodies, holders_of(tx, v1::RELATION_KIND_ASSESSMENT_TEAM, scope));
  if (bodies.empty()) return false;
  const std::vector<std::string> own = bodies_of(tx, caller);
  return std::find_first_of(bodies.begin(), bodies.end(), own.begin(), own.end()) != bodies.end();
}

}  // namespace wenming::domain
