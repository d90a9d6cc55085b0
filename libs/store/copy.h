#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "core/time.h"
#include "store/engine.h"
#include "store/options.h"
#include "store/snapshot.h"

namespace wenming::store {

/// Why a database cannot be copied, or why its copy cannot be used: a sentence for people.
class CopyRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Copies one state of a database into another database, of whatever kind, which must be empty: table by table in the
/// order of the primary key, page by page, each page a transaction. A copy that was interrupted and is begun again goes
/// on behind the last row that the destination has. Until `release` no store opens the destination.
///
/// The snapshot and the engine outlive the copy. One thread. Everything throws EngineError too.
class DatabaseCopy {
 public:
  /// Told how many rows of a table are there by now.
  using Progress = std::function<void(const std::string& table, std::int64_t rows)>;

  /// Looks at the destination and changes nothing. Throws CopyRefused where it holds anything but what an earlier
  /// attempt to copy this state has made.
  DatabaseCopy(Snapshot& source, Engine& destination);

  /// Whether an earlier attempt came to the end; then there is nothing left to do.
  [[nodiscard]] bool released() const { return released_; }
  /// Of the source.
  [[nodiscard]] const RowCounts& rows() const { return rows_; }

  /// Makes the tables as the source has them, unless they are there. `sets` are the schemas that the program knows.
  /// Throws std::runtime_error where the source was used by a newer program.
  void begin(std::span<const MigrationSet> sets, core::Timestamp now);
  void run(const Progress& progress);
  /// Counts the rows on both sides and follows the chain of hashes on both. Throws CopyRefused naming what differs.
  /// A chain that is broken in the source is broken in the copy too; that is the report's to say.
  AuditReport check();
  /// Ends the copy with these last changes, in one transaction: from here on stores open it.
  void release(const std::function<void(Connection&)>& last_changes);

 private:
  void look();
  void make_tables(std::span<const MigrationSet> sets, core::Timestamp now);
  bool was_copied_from_here(std::string_view sql);
  void copy(const Table& from, const Table& to, const Progress& progress);
  std::int64_t copy_page(const Table& from, const Table& to, std::int64_t most, std::size_t& bytes);

  Snapshot& source_;
  Engine& destination_;
  const std::unique_ptr<Connection> writer_;
  const RowCounts rows_;
  const std::string fingerprint_;  // of the state that is copied
  bool begun_ = false;
  bool released_ = false;
};

/// Throws CopyRefused saying what to do where a copy into this database was begun and not ended.
void refuse_unfinished_copy(Connection& connection);

}  // namespace wenming::store
