#pragma once

#include <memory>
#include <string>

#include "domain/tx.h"
#include "identity/passwords.h"
#include "identity/signing_keys.h"

namespace wenming::identity {

/// The first start of an empty store: makes the key that signs tokens and the user `admin`, who is admin and office of
/// the whole deployment. Owned by the service's table; used while the store is opened, on one thread.
class FirstStart {
 public:
  /// `password_file` holds the first password of `admin`; where it is not named, one is made.
  FirstStart(std::shared_ptr<const Passwords> passwords, std::shared_ptr<const SigningKeys> keys,
             std::string password_file)
      : passwords_(std::move(passwords)), keys_(std::move(keys)), password_file_(std::move(password_file)) {}

  /// Throws std::runtime_error where the file cannot be read or holds no fit password.
  void run(domain::Tx& tx);

  /// The password that was made, for the operator's terminal; empty after the first call, or where none was made.
  std::string notice();

 private:
  [[nodiscard]] std::string password_from_file() const;

  std::shared_ptr<const Passwords> passwords_;
  std::shared_ptr<const SigningKeys> keys_;
  std::string password_file_;
  std::string made_password_;
};

}  // namespace wenming::identity
