#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "core/time.h"
#include "store/engine.h"

namespace wenming::store {

/// The lives of a database: it begins one when it is made and another each time it is restored. A row of the journal
/// belongs for ever to the one in which it was written. Names of later epochs are greater than those of earlier ones.
class Epochs {
 public:
  struct Epoch {
    std::string name;
    std::int64_t first_sequence = 1;
  };
  /// In their order; at least one.
  explicit Epochs(std::vector<Epoch> epochs) : epochs_(std::move(epochs)) {}

  [[nodiscard]] const std::string& first() const { return epochs_.front().name; }
  [[nodiscard]] const std::string& current() const { return epochs_.back().name; }
  /// The one that a row of the journal belongs to. The text lives as long as this object.
  [[nodiscard]] const std::string& of(std::int64_t sequence) const;
  /// The last row of an epoch, in a journal that ends at `head`. Nullopt: none of this database.
  [[nodiscard]] std::optional<std::int64_t> end_of(std::string_view epoch, std::int64_t head) const;

 private:
  std::vector<Epoch> epochs_;
};

/// The epochs of a database that has been opened before. Throws EngineError, also where it has none.
Epochs read_epochs(Connection& connection);
/// The same, after the first was minted where there is none.
Epochs open_epochs(Connection& connection, core::RandomSource& random, core::Timestamp now);
/// Begins another life behind the last row of the journal. In a transaction of the caller's.
void begin_epoch(Connection& connection, core::RandomSource& random, core::Timestamp now);

}  // namespace wenming::store
