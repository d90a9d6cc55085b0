#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "events/bell.h"

namespace wenming::events {

/// A place in one partition of a log: everything up to and including `number` has been read. The epoch says in which
/// life of the publishing database; an empty epoch is the beginning of the log.
struct Position {
  std::string epoch;
  std::int64_t number = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

/// One event as a log keeps it. `source` and `epoch` are borrowed from the EventSource and live as long as it does.
struct Record {
  std::int64_t position = 0;  // in its partition; events of one command may share one
  std::string_view source;    // the service that published it
  std::string_view epoch;     // of the database that published it
  std::int64_t sequence = 0;  // of the command, in the order of commits
  int index = 0;              // among the events of that command
  int hops = 0;               // how many reactions lie between this event and the command of a person
  std::string type;           // full name of the message, `wenming.volunteer.v1.HoursApproved`
  std::string key;            // the aggregate
  std::string payload;        // the message, serialised
  core::Timestamp time;       // of the command
  std::string traceparent;
};

/// The log of one service, in the shape that Kafka gives it: partitions, each a sequence of records that only grows,
/// and in each the events of one key in the order of their commits. A record may come twice (a relay that died in
/// between sends again), but never before one that it followed the first time.
///
/// Thread-safe: one source may be read by many consumers.
class EventSource {
 public:
  /// What was read, and where to read on. `position` may lie beyond the last record: what follows it held no events.
  struct Page {
    std::vector<Record> records;
    Position position;
    bool pending = false;  // whether there is anything is not known yet; the bell rings when it is
  };

  using Clock = std::chrono::steady_clock;

  virtual ~EventSource() = default;

  [[nodiscard]] virtual const std::string& service() const = 0;
  /// Fixed for the life of the log.
  [[nodiscard]] virtual int partitions() const = 0;

  /// About `limit` records after the position, never only a part of those that share a position. Throws PositionLost if
  /// the position is none of this log, std::exception if the log cannot be read now.
  virtual Page read(int partition, const Position& after, std::size_t limit) = 0;
  /// The number of the newest record at a moment not before `since`: what a consumer's lag is measured against. Nullopt
  /// where that cannot be learnt now.
  [[nodiscard]] virtual std::optional<std::int64_t> head(int partition, Clock::time_point since) = 0;

  /// Where several processes share the partitions out among themselves: 0 while another one applies this partition,
  /// else a number that is new whenever the partition has come to this process. Where one process has them all: always
  /// the same.
  [[nodiscard]] virtual std::int64_t tenure(int /*partition*/) const { return 1; }

  /// Why nothing can be read at the moment, or whose the partitions are is not known; empty where all is well.
  [[nodiscard]] virtual std::string error() const { return {}; }

  /// Rings the bell whenever there may be new records, for as long as the bell exists.
  virtual void watch(std::weak_ptr<Bell> bell) = 0;
};

/// A consumer stands where this log has never been: beyond its end, or in another life of the database (it was
/// restored). Reading on would lose or double effects, so the consumer stops until an operator has decided.
class PositionLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wenming::events
