#include "identity/first_start.h"

#include <fstream>
#include <stdexcept>
#include <utility>

#include "auth/secrets.h"
#include "domain/refusal.h"
#include "identity/grants.h"
#include "identity/users.h"

namespace wenming::identity {
namespace {

constexpr std::string_view kAccount = "admin";

}  // namespace

void FirstStart::run(domain::Tx& tx) {
  std::string password;
  if (password_file_.empty()) {
    password = auth::readable_password(tx.random_bytes(auth::kReadablePasswordBytes));
    made_password_ = password;
  } else {
    password = password_from_file();
  }
  keys_->rotate(tx, {});
  const v1::User admin = add_user(tx, kAccount, kAccount, {}, passwords_->hash(password));
  grants::give(tx, admin.id(), contract::v1::ROLE_ADMIN, {}, std::nullopt);
  grants::give(tx, admin.id(), contract::v1::ROLE_OFFICE, {}, std::nullopt);
}

std::string FirstStart::notice() {
  if (made_password_.empty()) return {};
  return "First sign-in: account admin, password " + std::exchange(made_password_, {});
}

std::string FirstStart::password_from_file() const {
  std::ifstream file(password_file_);
  std::string password;
  if (!std::getline(file, password))
    throw std::runtime_error("cannot read the admin's password from " + password_file_);
  if (password.ends_with('\r')) password.pop_back();
  try {
    passwords_->require_fit(password, kAccount);
  } catch (const domain::Refusal& refusal) {
    throw std::runtime_error("the admin's password in " + password_file_ + " is not fit: " + refusal.code());
  }
  return password;
}

}  // namespace wenming::identity
