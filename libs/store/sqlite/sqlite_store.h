#pragma once

#include <memory>
#include <string>

#include "store/audit.h"
#include "store/options.h"
#include "store/store.h"

namespace wenming::store {

/// Opens the store of a service in the SQLite file that the options name; see `open_store`.
std::unique_ptr<Store> open_sqlite(const domain::Service& service, const contract::Contract& contract,
                                   StoreOptions options);

/// Checks the hash chain of the journal in a SQLite file, which may be in use. Throws EngineError.
AuditReport verify_sqlite(const std::string& path);

}  // namespace wenming::store
