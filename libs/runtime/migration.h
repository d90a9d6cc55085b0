#pragma once

#include <span>
#include <vector>

#include "domain/service.h"
#include "runtime/databases.h"
#include "store/options.h"

namespace wenming::runtime {

/// All schemas of a service's database: those of the store, of the events, and its own.
std::vector<store::MigrationSet> schemas_of(const domain::Service& service);

/// Brings the databases of these services to the schema of this program. Nothing else happens: nothing is started, and
/// what a service does when it starts for the first time is left to that start. Throws std::runtime_error saying which
/// database could not be migrated and why.
void migrate(std::span<const domain::Service> services, const Databases& databases);

/// Throws std::runtime_error unless all of them are at that schema. Where several processes share a database, none
/// changes its schema by starting: the others may not be ready for that.
void require_migrated(std::span<const domain::Service> services, const Databases& databases);

}  // namespace wenming::runtime
