#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/caller.h"
#include "domain/tx.h"

namespace wenming::domain {

struct Scope;

/// What the relations of a caller lead to today, beside the subtrees of their own roles. A value; made for one call.
///
/// The relations stand in the reference facts (`relations`, `body_members`), with days: they open a way on the local
/// day on which they begin and close it after the last one, without anything having to run at midnight. A relation of
/// units (guarantor, co-unit) is held by whoever has a role of the rule on a subtree that holds the unit; one of a body
/// by its members, that is by the users linked to members who are in office, as long as they are on the roster.
class Related {
 public:
  /// A subtree, or only what is about one thing in it: a point, a task.
  struct Place {
    std::string unit_id;
    std::string about_id;  // empty: everything there

    friend auto operator<=>(const Place&, const Place&) = default;
  };

  [[nodiscard]] const std::vector<Place>& places() const { return places_; }
  [[nodiscard]] const std::vector<std::string>& bodies() const { return bodies_; }
  [[nodiscard]] bool empty() const { return places_.empty() && bodies_.empty(); }

  /// Adds what a rule with WHEN_RELATED leads the caller to, but for what lies in the subtrees of `own`, which the
  /// caller sees anyway: so a county's head, below whom thousands of relations end, is left with a handful of places.
  void add(ReadTx& tx, const contract::v1::Allow& rule, const Caller& caller, const std::vector<std::string>& own);
  void add(const Related& other);

 private:
  std::vector<Place> places_;
  std::vector<std::string> bodies_;
};

/// Whether a relation that the rule names leads the caller to this resource today.
bool is_related(ReadTx& tx, const contract::v1::Allow& rule, const Caller& caller, const Scope& scope);

/// Whether the rule names a kind of relation that units hold: then a role on the whole deployment, which holds every
/// unit, reaches everything.
bool names_relation_of_units(const contract::v1::Allow& rule);

}  // namespace wenming::domain
