#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "store/engine.h"

namespace wenming::store {

/// What checking the hash chain of a journal found.
struct AuditReport {
  struct Broken {
    std::int64_t sequence = 0;
    std::string reason;

    friend bool operator==(const Broken&, const Broken&) = default;
  };
  std::int64_t rows = 0;         // that hold
  std::string head;              // hash of the last of them, in hex
  std::optional<Broken> broken;  // the first row that does not hold

  friend bool operator==(const AuditReport&, const AuditReport&) = default;
};

/// The furthest row of `source`'s journal that this database has applied: proof that the journal was that long. 0 where
/// it has heard nothing, or where events come from elsewhere.
std::int64_t furthest_row_read(Connection& connection, std::string_view source);

/// Walks the journal from its first row and reckons every hash anew: a row that was edited, taken out or put in shows
/// as broken. Rows cut off at the end show only against a head that was written down elsewhere. Reads in short
/// transactions, so it may run beside the writer. Throws EngineError.
AuditReport verify(Connection& connection);
/// The same of the one state that the caller's transaction sees.
AuditReport verify_in_transaction(Connection& connection);

}  // namespace wenming::store
