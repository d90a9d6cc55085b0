#include "identity/passwords.h"

#include <algorithm>

#include "core/random.h"
#include "core/text.h"
#include "domain/refusal.h"
#include "identity/sign_in_delays.h"
#include "wenming/identity/v1/problems.pb.h"

namespace wenming::identity {

std::string normal_account(std::string_view account) {
  std::string normal(account);
  std::transform(normal.begin(), normal.end(), normal.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return normal;
}

void Passwords::require_fit(std::string_view password, std::string_view account) const {
  if (core::code_points(password) < min_length_) {
    throw domain::Refusal(v1::PROBLEM_PASSWORD_TOO_SHORT, {{"limit", std::to_string(min_length_)}});
  }
  if (normal_account(password) == normal_account(account)) throw domain::Refusal(v1::PROBLEM_PASSWORD_IS_ACCOUNT);
}

std::string Passwords::hash(std::string_view password) const {
  return hasher_.hash(password, core::SystemRandom().bytes(auth::PasswordHasher::kSaltBytes));
}

Attempt Passwords::attempt(domain::Reader& reader, std::string_view account, std::string_view password) const {
  Attempt attempt = reader.read([&](domain::ReadTx& tx) {
    Attempt found{normal_account(account), {}, {}, false};
    sign_in_delays::require_none(tx, found.account, tx.now());
    for (const domain::Row& row : tx.query("SELECT id, password_hash FROM users WHERE account = $1", found.account)) {
      found.user_id = row.text(0);
      found.proved_hash = row.text(1);
    }
    return found;
  });
  // Users from a file have none until one is set.
  const bool has_password = !attempt.proved_hash.empty();
  attempt.right = hasher_.matches(password, has_password ? std::optional(attempt.proved_hash) : std::nullopt);
  return attempt;
}

bool Passwords::settle(domain::Tx& tx, const Attempt& attempt) const {
  sign_in_delays::require_none(tx, attempt.account, tx.now());
  const bool stands =
      tx.value<std::int64_t>("SELECT 1 FROM users WHERE id = $1 AND password_hash = $2 AND NOT disabled",
                             attempt.user_id, attempt.proved_hash)
          .has_value();
  const bool holds = attempt.right && stands;
  if (holds) {
    sign_in_delays::forgive(tx, attempt.account);
  } else {
    sign_in_delays::add_failure(tx, attempt.account);
  }
  return holds;
}

}  // namespace wenming::identity
