#pragma once

#include <span>

#include "core/time.h"
#include "store/engine.h"
#include "store/options.h"

namespace wenming::store {

/// Brings a database up to the schema of this program: applies the files that it has not seen and writes down their
/// checksums. Forward only: a file adds tables, indexes, and columns that may be left out, and so does no harm to
/// replicas of the version before; one that takes something away comes a version later and is named `….contract.sql`.
/// One transaction around it all: two processes that start at once wait for each other, and of an upgrade that fails
/// nothing stays.
///
/// Throws std::runtime_error if a file that was applied has changed since, if the database has a `.contract.` file that
/// this program does not know (it was used by a newer one), if a number is missing or given twice, or if a file cannot
/// be applied.
void migrate(Connection& connection, std::string_view foreign_ending, std::span<const MigrationSet> sets,
             core::Timestamp now);

}  // namespace wenming::store
