#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "store/journal.h"
#include "store/transaction.h"

namespace wenming::store {

/// What the commands of one batch leave behind until it is sealed: their journal rows, in order, and the live keys that
/// they changed.
struct Batch {
  std::vector<JournalEntry> entries;
  std::unordered_set<std::string> changed;
  bool touched_timers = false;
  bool sent_on_errands = false;
  std::size_t size = 0;  // tasks that ran

  /// The place of an entry of this batch under an idempotency key: a call may be repeated before the first is
  /// committed.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view idempotency_hash) const {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].idempotency_hash == idempotency_hash) return i;
    }
    return std::nullopt;
  }
};

/// Something for the writer to do: a command, a piece of work, a timer. All functions are called on the writer's
/// thread.
///
/// `run` is called inside a savepoint, perhaps more than once if batches are lost; only the last run counts. Afterwards
/// exactly one of `committed` and `failed` is called, once, outside of any transaction.
class Task {
 public:
  virtual ~Task() = default;

  /// Does it; returns the journal row that it leaves, if any. What it throws undoes what it did.
  virtual std::optional<JournalEntry> run(Transaction& tx, const Batch& batch) = 0;
  /// Runs as far as it comes, to find out what `run` will ask; throws what it throws.
  virtual void rehearse(domain::Tx& /*tx*/) {}
  /// In the same batch, after `run` has thrown and was undone.
  virtual void undone(Transaction& /*tx*/) {}

  /// The number of the aggregate that it stays within; absent where it may touch anything.
  [[nodiscard]] virtual std::optional<std::int32_t> aggregate() const { return std::nullopt; }
  /// Whether running it (or failing to) moves the moment of the next timer.
  [[nodiscard]] virtual bool is_timer() const { return false; }

  /// The batch is on disk. `run` has returned.
  virtual void committed(const Batch& batch, std::optional<std::size_t> entry) = 0;
  /// `run` threw this, or the batch could not be committed.
  virtual void failed(const std::exception_ptr& reason) = 0;
};
using TaskPtr = std::unique_ptr<Task>;

}  // namespace wenming::store
