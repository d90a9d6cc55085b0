#include "domain/person_keys.h"

#include <optional>
#include <stdexcept>
#include <utility>

#include "domain/key_ring.h"

namespace wenming::domain {
namespace {

namespace aead = core::aead;

/// A key is bound to the person: it opens nothing in another row.
std::string context_of(std::string_view person_id) {
  return std::string("person_keys\0", 12).append(person_id);
}

/// A nonce, and the encrypted key with its tag.
std::string wrap(Tx& tx, const KeyRing& ring, std::string_view person_id, std::string_view key) {
  const std::string nonce = tx.random_bytes(aead::kNonceSize);
  return nonce + aead::seal(ring.key(ring.current()), nonce, key, context_of(person_id));
}

core::SecretBytes unwrap(Keys& keys, std::string_view person_id, std::string_view key_id, std::string_view wrapped) {
  const auto ring = keys.holding(key_id);
  std::optional<std::string> key;
  if (wrapped.size() > aead::kNonceSize)
    key = aead::open(ring->key(key_id), wrapped.substr(0, aead::kNonceSize), wrapped.substr(aead::kNonceSize),
                     context_of(person_id));
  if (!key)
    throw std::runtime_error(
        std::string("the key of person ").append(person_id).append(" was changed outside of the program"));
  return core::SecretBytes(*std::move(key));
}

}  // namespace

core::SecretBytes person_key_of(ReadTx& tx, const Row& row) {
  return unwrap(tx.keys(), row.text(0), row.text(1), row.blob(2));
}

std::optional<core::SecretBytes> find_person_key(ReadTx& tx, std::string_view person_id) {
  for (const Row& row : tx.query("SELECT person_id, key_id, wrapped FROM person_keys WHERE person_id = $1", person_id))
    return person_key_of(tx, row);
  return std::nullopt;
}

core::SecretBytes make_person_key(Tx& tx, std::string_view person_id) {
  core::SecretBytes key(tx.random_bytes(aead::kKeySize));
  const auto ring = tx.keys().ring();
  tx.run("INSERT INTO person_keys (person_id, key_id, wrapped) VALUES ($1, $2, $3)", person_id, ring->current(),
         Blob{wrap(tx, *ring, person_id, key.view())});
  return key;
}

std::vector<std::string> keys_in_use(ReadTx& tx) {
  std::vector<std::string> ids;
  // From one to the next: the index holds as many entries as there are persons.
  while (auto next = tx.value<std::string>("SELECT key_id FROM person_keys WHERE key_id > $1 ORDER BY key_id LIMIT 1",
                                           ids.empty() ? std::string() : ids.back()))
    ids.push_back(*std::move(next));
  return ids;
}

Rewrapped rewrap_person_keys(Tx& tx, int most) {
  const auto ring = tx.keys().ring();
  std::vector<std::pair<std::string, std::string>> fresh;
  for (const std::string& key_id : keys_in_use(tx)) {
    if (key_id == ring->current()) continue;
    for (const Row& row : tx.query("SELECT person_id, key_id, wrapped FROM person_keys WHERE key_id = $1 "
                                   "ORDER BY person_id LIMIT $2",
                                   key_id, most - static_cast<int>(fresh.size())))
      fresh.emplace_back(row.text(0), wrap(tx, *ring, row.text(0), person_key_of(tx, row).view()));
    if (static_cast<int>(fresh.size()) >= most) break;
  }
  for (const auto& [person_id, wrapped] : fresh)
    tx.run("UPDATE person_keys SET key_id = $2, wrapped = $3 WHERE person_id = $1", person_id, ring->current(),
           Blob{wrapped});
  return {static_cast<std::int64_t>(fresh.size()), static_cast<int>(fresh.size()) < most};
}

std::int64_t person_keys_to_rewrap(ReadTx& tx) {
  const auto ring = tx.keys().ring();
  std::int64_t count = 0;
  for (const std::string& key_id : keys_in_use(tx)) {
    if (key_id != ring->current())
      count += tx.value<std::int64_t>("SELECT COUNT(*) FROM person_keys WHERE key_id = $1", key_id).value_or(0);
  }
  return count;
}

}  // namespace wenming::domain
