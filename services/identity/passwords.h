#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "auth/password_hasher.h"
#include "domain/service.h"
#include "domain/tx.h"

namespace wenming::identity {

/// Account names are compared in small letters.
std::string normal_account(std::string_view account);

/// Somebody's try to prove that an account is theirs: judged slowly outside a transaction, then counted inside one,
/// where account and password are looked at again.
struct Attempt {
  std::string account;      // normal
  std::string user_id;      // empty where there is no such account
  std::string proved_hash;  // the hash that the password was held against; empty where there was none
  bool right = false;
};

/// Which passwords are taken, and whether one is right. Immutable; any thread may call.
class Passwords {
 public:
  Passwords(auth::PasswordCost cost, std::size_t min_length) : hasher_(cost), min_length_(min_length) {}

  /// Refuses (`password_too_short`, `password_is_account`) what is no password for this account.
  void require_fit(std::string_view password, std::string_view account) const;

  /// Slow, on purpose.
  [[nodiscard]] std::string hash(std::string_view password) const;

  /// Holds the password against that of the account: equally slow whether there is such an account or not. Refuses
  /// (`too_many`) where the account takes no attempt now.
  [[nodiscard]] Attempt attempt(domain::Reader& reader, std::string_view account, std::string_view password) const;

  /// Counts the attempt. Whether it holds still: the password is right and has not been changed meanwhile, the user is
  /// not disabled. Refuses (`too_many`) where a neighbour failed first.
  [[nodiscard]] bool settle(domain::Tx& tx, const Attempt& attempt) const;

 private:
  auth::PasswordHasher hasher_;
  std::size_t min_length_;
};

}  // namespace wenming::identity
