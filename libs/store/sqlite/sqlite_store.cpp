#include "store/sqlite/sqlite_store.h"

#include "store/service_store.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/engine.h"

namespace wenming::store {

std::unique_ptr<Store> open_sqlite(const domain::Service& service, const contract::Contract& contract,
                                   StoreOptions options) {
  auto engine = std::make_unique<SqliteEngine>(options.path, options.durable);
  return open_store(std::move(engine), service, contract, std::move(options));
}

AuditReport verify_sqlite(const std::string& path) {
  SqliteConnection connection(path, SqliteConnection::Role::Reader, true);
  return verify(connection);
}

}  // namespace wenming::store
