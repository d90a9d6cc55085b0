#pragma once

#include <span>

#include "core/time.h"
#include "store/engine.h"
#include "store/options.h"

namespace wenming::store {

/// Brings a database up to the schema of this program: applies the files that it has not seen, each in a transaction of
/// its own, and writes down their checksums. Forward only.
///
/// Throws std::runtime_error, before anything is changed, if a file that was applied has changed since, if the database
/// has files that this program does not know (it was used by a newer one), or if a number is missing or given twice.
void migrate(Connection& connection, std::string_view foreign_ending, std::span<const MigrationSet> sets,
             core::Timestamp now);

}  // namespace wenming::store
