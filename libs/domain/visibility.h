#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "contract/contract.h"
#include "domain/caller.h"
#include "domain/tx.h"

namespace wenming::domain {

/// Whose a resource is: what the conditions of `allow` rules are judged by, and its version for `If-Match`.
struct Scope {
  std::string unit_id;  // empty: belongs to no unit (only grants on the whole deployment reach it)
  std::string user_id;  // the user it belongs to; empty: to none
  std::int64_t version = 0;
  std::string receiving_unit_id = {};  // that received it, where another unit may handle it
  bool published = false;
  std::vector<std::string> involved_unit_ids = {};  // that take part beside it
};

/// What a caller may see of a list. A list cannot be written without one: `List::page` asks for it.
class Visibility {
 public:
  /// What the method's `allow` rules give this caller. Throws `not_signed_in` or `not_allowed` if they give nothing.
  static Visibility of(const contract::Method& method, const Caller& caller);
  /// Everything; for reads inside the system (tests, recounts), not for methods.
  static Visibility everything();

  [[nodiscard]] bool all() const { return all_; }
  [[nodiscard]] const std::vector<std::string>& unit_roots() const { return unit_roots_; }
  [[nodiscard]] const std::vector<std::string>& receiving_unit_roots() const { return receiving_unit_roots_; }
  [[nodiscard]] const std::string& user_id() const { return user_id_; }  // empty: none by relation to a person
  [[nodiscard]] bool published() const { return published_; }            // what was published, whosever it is
  [[nodiscard]] bool unmasked() const { return unmasked_; }

 private:
  /// Adds what the rule shows this caller, who has its role; false where that is nothing.
  bool grant(const contract::v1::Allow& rule, const Caller& caller);

  bool all_ = false;
  bool published_ = false;
  bool unmasked_ = false;
  std::vector<std::string> unit_roots_, receiving_unit_roots_;  // subtrees
  std::string user_id_;
};

/// Reads the caller's grants and proves that session, user or key still stand. Throws `not_signed_in`.
Caller resolve(ReadTx& tx, const Principal& principal);

/// Decides whether the caller may do this to the resource of this scope (null: the request names none). Throws
/// `not_signed_in`, `not_allowed`, or `not_found` where the caller may not even see it. Returns whether personal fields
/// are shown in the clear.
bool authorise(ReadTx& tx, const contract::Method& method, const Caller& caller, const Scope* scope);

/// Whether one of these roles was granted to the caller on a subtree that holds the unit. For rules that a method's
/// `allow` cannot say, because they look at a second unit or at what the request holds.
bool holds_role(ReadTx& tx, const Caller& caller, std::initializer_list<contract::v1::Role> roles,
                std::string_view unit_id);

/// Whether the unit lies in the subtree of `root` today (a unit lies in its own subtree).
bool is_within(ReadTx& tx, std::string_view unit_id, std::string_view root);

}  // namespace wenming::domain
