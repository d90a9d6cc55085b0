#pragma once

#include <string_view>

#include "core/time.h"
#include "domain/tx.h"

/// What keeps passwords from being guessed: after the n-th failure in a row an account takes no further attempt for
/// 2^(n-1) seconds, at most 15 minutes, not even with the right password. Stored, so a restart forgives nothing; the
/// same for accounts that do not exist. An hour without a failure is forgiven. All functions are free of state.
namespace wenming::identity::sign_in_delays {

/// Refuses (`too_many`, with the seconds left) an account that takes no attempt now.
void require_none(domain::ReadTx& tx, std::string_view account, core::Timestamp now);
void add_failure(domain::Tx& tx, std::string_view account);
void forgive(domain::Tx& tx, std::string_view account);

}  // namespace wenming::identity::sign_in_delays
