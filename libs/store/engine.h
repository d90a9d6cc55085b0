#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "domain/rows.h"
#include "domain/value.h"
#include "store/leadership.h"
#include "store/read_ahead.h"

namespace wenming::store {

/// The database could not do what it was asked.
class EngineError : public std::runtime_error {
 public:
  enum class Kind {
    Storage,      // no space, or the medium fails: every later write is likely to fail too
    Unreachable,  // the connection to the database is lost, or cannot be made
    Busy,         // another process holds the database
    Interrupted,  // ended from outside
    Constraint,   // the data break a rule of the schema
    Mistake,      // SQL, types or calls that cannot be right
  };
  EngineError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

/// A table as the database describes it.
struct Table {
  struct Column {
    std::string name;
    bool boolean = false;  // and the database tells booleans from numbers
  };
  std::string name;
  std::vector<Column> columns;
  /// What tells its rows apart: the columns of the primary key in their order, or all where there is none.
  std::vector<Column> key;
};

/// One connection to a database: statements, transactions, savepoints. Statements are prepared once per text and kept.
/// Owned by whoever opened it; one thread at a time. Everything throws EngineError.
///
/// After an error a database may have rolled the whole transaction back by itself: ask `in_transaction` before going
/// on.
class Connection {
 public:
  virtual ~Connection() = default;

  /// The cursor must be gone before the transaction ends; values are copied.
  virtual std::unique_ptr<domain::Cursor> query(std::string_view sql, std::span<const domain::Value> values) = 0;
  /// A statement that gives no rows. A database at the other end of a network may do it later, together with what comes
  /// next; a failure then shows in a later call, at the latest in `confirm` or `commit`.
  virtual void execute(std::string_view sql, std::span<const domain::Value> values) = 0;
  /// How many rows the last `execute` touched.
  virtual std::int64_t touched() = 0;
  /// Waits until all that was handed in is done; throws what went wrong with it.
  virtual void confirm() = 0;
  /// Several statements without parameters: a migration, in the portable form in which schema files are written.
  virtual void migrate(std::string_view script) = 0;
  /// All tables, in the order in which they were made: one comes after those that it refers to.
  virtual std::vector<Table> tables() = 0;

  /// Begins a transaction that writes: from here on no other writes. Whether it is our turn may be known with the next
  /// answer only.
  virtual void begin() = 0;
  /// Begins one that may run beside others begun so, but not beside one of `begin`: those that name a common aggregate
  /// wait for each other. Only where the engine says `takes_lanes`.
  virtual void begin_beside(std::span<const std::int32_t> aggregates);
  /// In a transaction of `begin_beside`: from here to its end no other one appends to the journal.
  virtual void take_journal();
  /// Begins a transaction that sees one state of the database, that of its first query. A query that runs beyond the
  /// bound, counted from here, ends in the refusal `read_too_long`.
  virtual void begin_read(std::chrono::milliseconds bound) = 0;
  /// Where this throws `Unreachable`, nobody knows whether the transaction was committed.
  virtual void commit() = 0;
  virtual void rollback() = 0;
  [[nodiscard]] virtual bool in_transaction() const = 0;
  /// Whether the database is still at the other end, as far as can be told without asking it.
  [[nodiscard]] virtual bool alive() = 0;

  /// Null where the database answers at once.
  [[nodiscard]] virtual ReadAhead* read_ahead() { return nullptr; }

  /// One savepoint at a time: set it, then keep what was done since (`release`) or undo it (`undo`).
  virtual void savepoint() = 0;
  virtual void release() = 0;
  virtual void undo() = 0;
};

/// Tells when the database may have changed through another process. Ends with the object.
class Watch {
 public:
  virtual ~Watch() = default;
};

inline void Connection::begin_beside(std::span<const std::int32_t> /*aggregates*/) {
  throw EngineError(EngineError::Kind::Mistake, "this database has one writer");
}
inline void Connection::take_journal() {
  throw EngineError(EngineError::Kind::Mistake, "this database has one writer");
}

/// One database. Any thread may open connections; the engine outlives them all.
class Engine {
 public:
  virtual ~Engine() = default;
  /// The connection of the writer. There is one at a time, or, if the database is shared, one a process, which take
  /// turns: `begin` waits for the turn.
  virtual std::unique_ptr<Connection> open_writer() = 0;
  virtual std::unique_ptr<Connection> open_reader() = 0;
  /// The ending of schema files that are meant for other databases than this one, as `.postgres.sql`.
  [[nodiscard]] virtual std::string_view foreign_ending() const = 0;
  /// Null while another process leads. Throws EngineError.
  virtual std::unique_ptr<Leadership> try_to_lead() = 0;
  /// Calls `changed`, on a thread of its own, soon after each commit of another process, and now and then besides: a
  /// notice may get lost. Null where no other process writes.
  virtual std::unique_ptr<Watch> watch(std::function<void()> changed) = 0;
  /// Whether other processes may write to this database too.
  [[nodiscard]] virtual bool shared() const = 0;
  /// Whether transactions can write beside each other (`Connection::begin_beside`).
  [[nodiscard]] virtual bool takes_lanes() const { return false; }
};

}  // namespace wenming::store
