#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/aead.h"
#include "domain/tx.h"

/// The keys of persons in their table, each encrypted with a key of the key file. For what seals and opens (sealed.h),
/// and for those who look after the keys of the file.
namespace wenming::domain {

/// The person's key; absent where they have none. Throws std::runtime_error where the key file does not open it.
std::optional<core::SecretBytes> find_person_key(ReadTx& tx, std::string_view person_id);
/// A row of `SELECT person_id, key_id, wrapped FROM person_keys`.
core::SecretBytes person_key_of(ReadTx& tx, const Row& row);
/// For a person who has none yet.
core::SecretBytes make_person_key(Tx& tx, std::string_view person_id);

/// The keys of the file that this database needs, in order.
std::vector<std::string> keys_in_use(ReadTx& tx);

struct Rewrapped {
  std::int64_t rewrapped = 0;
  bool all = false;  // nothing is under another key any more
};
/// Encrypts the next of those that are under another key than the one in use anew, at most so many. What was sealed for
/// the persons stays as it is.
Rewrapped rewrap_person_keys(Tx& tx, int most);
/// How many are still under another key.
std::int64_t person_keys_to_rewrap(ReadTx& tx);

}  // namespace wenming::domain
