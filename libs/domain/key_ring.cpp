#include "domain/key_ring.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/encoding.h"
#include "core/hash.h"
#include "core/text.h"

namespace wenming::domain {
namespace {

constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kLookupBytes = 16;
constexpr std::chrono::seconds kBetweenReadings{1};

constexpr std::string_view kHead =
    "# Opens the names and phones in the databases of this installation. Without this file they are lost for ever; "
    "whoever\n"
    "# has it and the databases reads them. Keep a copy, and keep it apart from the backups of the databases. Only\n"
    "# `wenming keys` changes it.\n";

/// A key's id tells nothing of it, and shows a file in which a character was lost.
std::string id_of(std::string_view key) {
  return core::hex(core::bytes_of(core::sha256(std::string("wenming key\n").append(key))).substr(0, kIdBytes));
}

/// `word rest` of a line.
std::pair<std::string_view, std::string_view> split(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return {line, {}};
  return {line.substr(0, space), core::trim(line.substr(space))};
}

std::string secret_in(std::string_view text) {
  std::optional<std::string> bytes = core::from_base64url(text);
  if (!bytes || bytes->size() != core::aead::kKeySize) throw std::runtime_error("holds no whole key");
  return *std::move(bytes);
}

}  // namespace

KeyRing KeyRing::make(core::RandomSource& random) {
  KeyRing ring;
  ring.lookup_key_ = core::SecretBytes(random.bytes(core::aead::kKeySize));
  ring.use(ring.add(random));
  return ring;
}

KeyRing KeyRing::parse(std::string_view text) {
  KeyRing ring;
  int number = 0;
  while (!text.empty()) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), whole.size() + 1));
    ++number;
    const std::string_view line = core::trim(whole);
    if (line.empty() || line.starts_with('#')) continue;
    try {
      const auto [word, rest] = split(line);
      if (word == "lookup") {
        ring.lookup_key_ = core::SecretBytes(secret_in(rest));
      } else if (word == "key") {
        const auto [id, key] = split(rest);
        const std::string bytes = secret_in(key);
        if (id_of(bytes) != id) throw std::runtime_error("holds a key that is not the one of its id");
        ring.insert(bytes);
      } else if (word == "current") {
        ring.current_ = rest;
      } else {
        throw std::runtime_error("begins with none of: key, current, lookup");
      }
    } catch (const std::runtime_error& fault) {
      throw std::runtime_error(fmt::format("line {} {}", number, fault.what()));
    }
  }
  if (ring.lookup_key_.view().empty()) throw std::runtime_error("a line `lookup` is missing");
  if (!ring.holds(ring.current_))
    throw std::runtime_error("a line `current` with the id of one of the keys is missing");
  return ring;
}

std::string KeyRing::text() const {
  std::string text(kHead);
  text += fmt::format("lookup {}\n", core::base64url(lookup_key_.view()));
  for (const auto& [id, key] : keys_) text += fmt::format("key {} {}\n", id, core::base64url(key.view()));
  text += fmt::format("current {}\n", current_);
  return text;
}

void KeyRing::insert(const std::string& key) {
  keys_.insert_or_assign(id_of(key), core::SecretBytes(key));
}

std::string KeyRing::add(core::RandomSource& random) {
  const std::string key = random.bytes(core::aead::kKeySize);
  insert(key);
  return id_of(key);
}

void KeyRing::use(std::string_view id) {
  if (!holds(id)) throw std::runtime_error(fmt::format("there is no key {}", id));
  current_ = id;
}

void KeyRing::remove(std::string_view id) {
  const auto found = keys_.find(id);
  if (found == keys_.end()) throw std::runtime_error(fmt::format("there is no key {}", id));
  if (id == current_) throw std::runtime_error(fmt::format("the key {} is in use", id));
  keys_.erase(found);
}

std::vector<std::string> KeyRing::ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, key] : keys_) ids.push_back(id);
  return ids;
}

std::string_view KeyRing::key(std::string_view id) const {
  const auto found = keys_.find(id);
  if (found == keys_.end()) throw std::runtime_error(fmt::format("the key file holds no key {}", id));
  return found->second.view();
}

std::string KeyRing::lookup(std::string_view place, std::string_view value) const {
  // A key of its own for every place, so that nobody can tell from two tables that the same person stands in both.
  const core::Digest key = core::hmac_sha256(lookup_key_.view(), place);
  return std::string(core::bytes_of(core::hmac_sha256(core::bytes_of(key), value)).substr(0, kLookupBytes));
}

Keys::Keys(Read read) : read_(std::move(read)), ring_(std::make_shared<const KeyRing>(read_())) {}

std::shared_ptr<const KeyRing> Keys::ring() const {
  const std::lock_guard lock(mutex_);
  return ring_;
}

std::shared_ptr<const KeyRing> Keys::holding(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (!ring_->holds(id) && now >= may_read_) {
    may_read_ = now + kBetweenReadings;
    ring_ = std::make_shared<const KeyRing>(read_());
  }
  if (!ring_->holds(id))
    throw std::runtime_error(fmt::format("the key file lacks the key {}, under which keys of persons are kept", id));
  return ring_;
}

void Keys::read_anew() {
  auto fresh = std::make_shared<const KeyRing>(read_());
  const std::lock_guard lock(mutex_);
  ring_ = std::move(fresh);
}

}  // namespace wenming::domain
