#include "store/epochs.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/id.h"

namespace wenming::store {
namespace {

using domain::Row;
using domain::Rows;
using domain::to_value;
using domain::Value;

std::vector<Epochs::Epoch> rows_of(Connection& connection) {
  std::vector<Epochs::Epoch> epochs;
  for (const Row& row : Rows(connection.query("SELECT epoch, first_sequence FROM epochs ORDER BY number", {})))
    epochs.push_back({std::string(row.text(0)), row.integer(1)});
  return epochs;
}

/// When an epoch was minted: its name is a UUID of version 7, which begins with the milliseconds.
core::Timestamp minted_at(std::string_view epoch) {
  std::string digits(epoch.substr(0, 13));
  std::erase(digits, '-');
  std::int64_t milliseconds = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), milliseconds, 16);
  return core::Timestamp(milliseconds * 1000);
}

}  // namespace

const std::string& Epochs::of(std::int64_t sequence) const {
  const auto later = std::find_if(epochs_.begin() + 1, epochs_.end(),
                                  [sequence](const Epoch& epoch) { return epoch.first_sequence > sequence; });
  return std::prev(later)->name;
}

std::optional<std::int64_t> Epochs::end_of(std::string_view epoch, std::int64_t head) const {
  const auto found =
      std::find_if(epochs_.begin(), epochs_.end(), [epoch](const Epoch& known) { return known.name == epoch; });
  if (found == epochs_.end()) return std::nullopt;
  return std::next(found) == epochs_.end() ? head : std::next(found)->first_sequence - 1;
}

Epochs read_epochs(Connection& connection) {
  auto epochs = rows_of(connection);
  if (epochs.empty()) throw EngineError(EngineError::Kind::Mistake, "the database was never opened: it has no epoch");
  return Epochs(std::move(epochs));
}

Epochs open_epochs(Connection& connection, core::RandomSource& random, core::Timestamp now) {
  core::IdGenerator ids(random);
  const std::string fresh = ids.next(now);
  const std::array<Value, 1> values{to_value(fresh)};
  connection.execute(
      "INSERT INTO epochs (number, epoch, first_sequence) SELECT 1, CAST($1 AS TEXT), 1 "
      "WHERE NOT EXISTS (SELECT 1 FROM epochs) ON CONFLICT DO NOTHING",
      values);
  return read_epochs(connection);
}

void begin_epoch(Connection& connection, core::RandomSource& random, core::Timestamp now) {
  // Whatever the clock says, the name is greater than those before it.
  const core::Timestamp last = minted_at(read_epochs(connection).current());
  core::IdGenerator ids(random);
  const std::string fresh = ids.next(std::max(now, last + std::chrono::milliseconds(1)));
  const std::array<Value, 1> values{to_value(fresh)};
  connection.execute(
      "INSERT INTO epochs (number, epoch, first_sequence) SELECT MAX(number) + 1, CAST($1 AS TEXT), "
      "(SELECT COALESCE(MAX(sequence), 0) + 1 FROM journal) FROM epochs",
      values);
}

}  // namespace wenming::store
