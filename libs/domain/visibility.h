#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/contract.h"
#include "domain/caller.h"
#include "domain/related.h"
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
  std::string about_id = {};  // the thing within the unit that a relation may be limited to: a point, a task
  std::string body_id = {};   // the body whose work it is
};

/// What a caller may see of a list. A list cannot be written without one: `List::page` asks for it.
class Visibility {
 public:
  /// What the method's `allow` rules give this caller today. Throws `not_signed_in` or `not_allowed` if they give
  /// nothing.
  static Visibility of(ReadTx& tx, const contract::Method& method, const Caller& caller);
  /// Everything; for reads inside the system (tests, recounts), not for methods.
  static Visibility everything();

  [[nodiscard]] bool all() const { return all_; }
  [[nodiscard]] const std::vector<std::string>& unit_roots() const { return unit_roots_; }
  [[nodiscard]] const std::vector<std::string>& receiving_unit_roots() const { return receiving_unit_roots_; }
  [[nodiscard]] const std::string& user_id() const { return user_id_; }  // empty: none by relation to a person
  [[nodiscard]] bool published() const { return published_; }            // what was published, whosever it is
  /// What relations lead to; absent where no rule asks for any. It may be empty: then they show nothing today.
  [[nodiscard]] const std::optional<Related>& related() const { return related_; }
  [[nodiscard]] bool unmasked() const { return unmasked_; }

 private:
  /// What a rule does for a caller who has its role: it does not admit them at all, admits them to a list in which it
  /// shows nothing today, or shows something.
  enum class Gift { Nothing, EmptyList, Rows };
  Gift grant(ReadTx& tx, const contract::v1::Allow& rule, const Caller& caller);
  Gift grant_related(ReadTx& tx, const contract::v1::Allow& rule, const Caller& caller);

  bool all_ = false;
  bool published_ = false;
  bool unmasked_ = false;
  std::vector<std::string> unit_roots_, receiving_unit_roots_;  // subtrees
  std::string user_id_;
  std::optional<Related> related_;
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
