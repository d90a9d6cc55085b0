#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/aead.h"
#include "core/random.h"

namespace wenming::domain {

/// The keys under which the keys of persons are kept (sealed.h): what the key file of an installation holds. Some are
/// there to open what is there, one of them is in use for what is new. Beside them a look-up key, by which rows are
/// found without being opened; it stays when the others are exchanged, because the hashes made with it stand in the
/// rows.
///
/// A value; immutable but for whoever edits a file.
class KeyRing {
 public:
  /// A fresh one with one key.
  static KeyRing make(core::RandomSource& random);
  /// Reads the text of a key file. Throws std::runtime_error saying which line is wrong, and never what it holds.
  static KeyRing parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  /// Adds a key, which is not in use yet, and returns its id.
  std::string add(core::RandomSource& random);
  /// Throws std::runtime_error where there is no such key.
  void use(std::string_view id);
  /// Throws std::runtime_error where there is no such key, or it is in use.
  void remove(std::string_view id);

  /// Of the key that is in use.
  [[nodiscard]] const std::string& current() const { return current_; }
  [[nodiscard]] std::vector<std::string> ids() const;
  [[nodiscard]] bool holds(std::string_view id) const { return keys_.contains(id); }
  /// Throws std::runtime_error where there is no such key.
  [[nodiscard]] std::string_view key(std::string_view id) const;

  /// What stands for the value where rows are looked up by it: equal for equal values in the same place, and nothing
  /// that anybody without the key could guess at. 16 bytes.
  [[nodiscard]] std::string lookup(std::string_view place, std::string_view value) const;

 private:
  KeyRing() = default;
  void insert(const std::string& key);

  std::map<std::string, core::SecretBytes, std::less<>> keys_;
  std::string current_;
  core::SecretBytes lookup_key_{{}};
};

/// The key ring of a running process, read anew where it lacks a key: another process of the service may have begun to
/// use one that was added since. Any thread may call.
class Keys {
 public:
  using Read = std::function<KeyRing()>;
  /// Reads it for the first time; throws what `read` throws.
  explicit Keys(Read read);

  [[nodiscard]] std::shared_ptr<const KeyRing> ring() const;
  /// The ring, with this key in it. Throws std::runtime_error where it has none such even when it is read anew, which
  /// is done once a second at most.
  [[nodiscard]] std::shared_ptr<const KeyRing> holding(std::string_view id);
  /// Throws what `read` throws; the ring stays what it was then.
  void read_anew();

 private:
  const Read read_;
  mutable std::mutex mutex_;
  std::shared_ptr<const KeyRing> ring_;
  std::chrono::steady_clock::time_point may_read_{};
};

}  // namespace wenming::domain
