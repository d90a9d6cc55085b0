#include "identity/sign_in_delays.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "auth/secrets.h"
#include "domain/refusal.h"

namespace wenming::identity::sign_in_delays {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kLongestDelay = 15min;
constexpr std::chrono::hours kForgiveAfter{1};

std::chrono::seconds delay_after(std::int64_t failures) {
  constexpr std::int64_t kDoublingsToLongest = 10;  // 2^10 s is longer than the longest delay
  return std::min(std::chrono::seconds(std::int64_t{1} << std::min(failures - 1, kDoublingsToLongest)), kLongestDelay);
}

}  // namespace

void require_none(domain::ReadTx& tx, std::string_view account, core::Timestamp now) {
  const auto until = tx.value<core::Timestamp>("SELECT blocked_until FROM sign_in_failures WHERE account_hash = $1",
                                               auth::hash_of_secret(account));
  if (!until || *until <= now) return;
  const auto left = std::chrono::ceil<std::chrono::seconds>(*until - now);
  throw domain::Refusal(contract::v1::PROBLEM_TOO_MANY, {{"seconds", std::to_string(left.count())}});
}

void add_failure(domain::Tx& tx, std::string_view account) {
  tx.run("DELETE FROM sign_in_failures WHERE failed_at < $1", tx.now() - kForgiveAfter);
  const std::string hash = auth::hash_of_secret(account);
  const auto before = tx.value<std::int64_t>("SELECT failures FROM sign_in_failures WHERE account_hash = $1", hash);
  const std::int64_t failures = before.value_or(0) + 1;
  tx.run(
      "INSERT INTO sign_in_failures (account_hash, failures, failed_at, blocked_until) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (account_hash) DO UPDATE SET failures = excluded.failures, failed_at = excluded.failed_at, "
      "blocked_until = excluded.blocked_until",
      hash, failures, tx.now(), tx.now() + delay_after(failures));
}

void forgive(domain::Tx& tx, std::string_view account) {
  tx.run("DELETE FROM sign_in_failures WHERE account_hash = $1", auth::hash_of_secret(account));
}

}  // namespace wenming::identity::sign_in_delays
