#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/audit.h"
#include "store/engine.h"
#include "store/epochs.h"
#include "store/journal.h"

namespace wenming::store {

/// The table that marks a copy as unfinished (copy.h).
inline constexpr std::string_view kUnfinishedCopy = "unfinished_copy";

/// How many rows each table has.
using RowCounts = std::map<std::string, std::int64_t>;

/// One state of a database, for as long as it takes to read it while others write. It holds up what the database would
/// like to clear away, so it is for operators. One thread.
class Snapshot {
 public:
  /// The present state. Throws EngineError.
  explicit Snapshot(Engine& engine);
  /// The present state instead of the one that was taken.
  void renew();

  [[nodiscard]] Connection& connection() { return *connection_; }
  [[nodiscard]] const Epochs& epochs() const { return epochs_; }
  [[nodiscard]] const JournalHead& head() const { return head_; }
  /// Tables in the order in which they were made, but for what every database writes down for itself.
  const std::vector<Table>& tables();
  RowCounts count_rows();
  AuditReport verify() { return verify_in_transaction(*connection_); }

 private:
  std::unique_ptr<Connection> connection_;
  Epochs epochs_;
  JournalHead head_;
  std::vector<Table> tables_;  // empty: not asked for yet
};

}  // namespace wenming::store
