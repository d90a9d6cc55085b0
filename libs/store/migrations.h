#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

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
/// Waits a moment only for whoever reads a table that is changed, because all others would wait behind it.
///
/// Throws std::runtime_error if a file that was applied has changed since, if the database has a `.contract.` file that
/// this program does not know (it was used by a newer one), if a number is missing or given twice, or if a file cannot
/// be applied.
void migrate(Connection& connection, std::string_view foreign_ending, std::span<const MigrationSet> sets,
             core::Timestamp now);
/// The same in a transaction of the caller's.
void migrate_in_transaction(Connection& connection, std::string_view foreign_ending, std::span<const MigrationSet> sets,
                            core::Timestamp now);

/// The files of this program that `migrate` would apply. Changes nothing, and throws what `migrate` would of those that
/// were applied.
std::vector<std::string> unapplied(Connection& connection, std::string_view foreign_ending,
                                   std::span<const MigrationSet> sets);

/// The number of the last file applied, by the name of its schema.
using SchemaVersions = std::map<std::string, int>;
SchemaVersions schema_versions(Connection& connection);
/// The files that make a database as it was at these versions. Throws std::runtime_error if there are none such: it was
/// used by a newer program.
std::vector<MigrationSet> up_to(std::span<const MigrationSet> sets, SchemaVersions versions);

/// Where a database writes down what was applied to it. It does so for itself, so a copy has its own.
inline constexpr std::string_view kAppliedMigrations = "applied_migrations";

}  // namespace wenming::store
