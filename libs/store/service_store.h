#pragma once

#include <memory>
#include <vector>

#include "store/engine.h"
#include "store/options.h"
#include "store/store.h"

namespace wenming::store {

/// All schemas of a service's database in the order in which they are applied: the store's own, these others, the
/// service's.
std::vector<MigrationSet> schemas_of(const domain::Service& service, std::vector<MigrationSet> others);

/// Opens the store of a service on any engine: checks the table against the contract, migrates, runs the service's
/// first start in an empty database, and starts the threads. The service and the contract outlive the store.
///
/// Throws std::logic_error for a table that does not fit, std::runtime_error for a database that does not.
std::unique_ptr<Store> open_store(std::unique_ptr<Engine> engine, const domain::Service& service,
                                  const contract::Contract& contract, StoreOptions options);

}  // namespace wenming::store
