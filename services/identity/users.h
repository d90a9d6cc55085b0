#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "domain/caller.h"
#include "domain/service.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "identity/passwords.h"
#include "wenming/identity/v1/users.pb.h"

namespace wenming::identity {

/// People who sign in. Immutable; any thread may call.
class Users {
 public:
  explicit Users(std::shared_ptr<const Passwords> passwords) : passwords_(std::move(passwords)) {}

  std::string hash_first_password(domain::Reader& reader, const domain::Caller& caller,
                                  const v1::CreateUserRequest& request) const;
  v1::User create(domain::Tx& tx, const domain::Caller& caller, const v1::CreateUserRequest& request,
                  const std::string& password_hash) const;

  v1::User get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetUserRequest& request) const;
  v1::ListUsersResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                             const v1::ListUsersRequest& request) const;
  v1::User disable(domain::Tx& tx, const domain::Caller& caller, const v1::DisableUserRequest& request) const;
  v1::User enable(domain::Tx& tx, const domain::Caller& caller, const v1::EnableUserRequest& request) const;
  v1::Me me(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetMeRequest& request) const;

  /// A password that was made, and its hash.
  struct NewPassword {
    std::string password, hash;
  };
  NewPassword make_password(domain::Reader& reader, const domain::Caller& caller,
                            const v1::ResetPasswordRequest& request) const;
  v1::ResetPasswordResponse reset_password(domain::Tx& tx, const domain::Caller& caller,
                                           const v1::ResetPasswordRequest& request, const NewPassword& made) const;

  /// The attempt to prove the present password, and the hash of the next one.
  struct PasswordChange {
    Attempt attempt;
    std::string next_hash;
  };
  PasswordChange prove_password(domain::Reader& reader, const domain::Caller& caller,
                                const v1::ChangePasswordRequest& request) const;
  v1::ChangePasswordResponse change_password(domain::Tx& tx, const domain::Caller& caller,
                                             const v1::ChangePasswordRequest& request,
                                             const PasswordChange& change) const;

  static std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view user_id);

 private:
  std::shared_ptr<const Passwords> passwords_;
};

/// A new user; refuses (`account_taken`). For `Users::create` and the first start.
v1::User add_user(domain::Tx& tx, std::string_view account, std::string_view display_name, std::string_view unit_id,
                  std::string_view password_hash);

}  // namespace wenming::identity
