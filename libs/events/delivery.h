#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "domain/tx.h"
#include "events/event_source.h"
#include "events/handlers.h"
#include "store/store.h"

namespace wenming::events {

/// What a row of `consumer_positions` says: where to read on, and the newest event applied.
struct Mark {
  Position position;
  std::string epoch;  // of the newest event applied, as the two that follow
  std::int64_t sequence = 0;
  int index = -1;

  /// Whether the event was applied before.
  [[nodiscard]] bool covers(const Record& record) const {
    // Names of epochs grow. A later life's first event comes behind all that was kept of the earlier ones.
    if (record.epoch != epoch) return record.epoch < epoch;
    return record.sequence != sequence ? record.sequence < sequence : record.index <= index;
  }
  friend bool operator==(const Mark&, const Mark&) = default;
};

/// Reads the mark; nullopt where this database has never listened to the partition.
std::optional<Mark> find_mark(domain::ReadTx& tx, std::string_view source, int partition);

/// Where the mark of a partition stands and where it goes.
struct MarkMove {
  std::string_view source;
  int partition = 0;
  std::optional<Mark> from;
  Mark to;
};

/// Moves the marks. Throws Overtaken if one does not stand where it is expected: another consumer has moved it.
void move_marks(domain::Tx& tx, std::span<const MarkMove> moves);

class Overtaken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Why one event could not be applied, as opposed to a fault of the infrastructure, which says nothing about the event.
struct EventFault {
  std::string reason;  // the refusal's code, `undecodable`, `hop_limit` or `fault`
  std::string detail;
};

/// A reaction to a reaction to … beyond the limit.
class HopLimit : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Nullopt: a fault of the infrastructure (or a refusal with a 5xx status, which means the same).
std::optional<EventFault> event_fault(const std::exception_ptr& exception);

/// Whether any event is parked or failed in this database.
bool any_open_letter(domain::ReadTx& tx);
/// Whether an event of this source and key would have to wait behind one.
bool is_parked(domain::ReadTx& tx, std::string_view source, std::string_view key);
/// Lays an event down; a null fault parks it. Throws std::runtime_error once `limit` letters are open.
void lay_down(domain::Tx& tx, int partition, const Record& record, const EventFault* fault, std::int64_t limit);

/// Hands the work in and waits for its commit; throws what it threw.
void commit(store::Store& store, store::WorkName name, std::function<void(domain::Tx&)> body);

}  // namespace wenming::events
