#include "testing/database.h"

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "store/postgres/engine.h"
#include "store/sqlite/engine.h"
#include "testing/postgres_server.h"

namespace wenming::testing {

std::unique_ptr<store::Engine> open_database(const TemporaryFolder& folder, std::string_view name) {
  const char* const asked = std::getenv("TEST_DATABASE");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  const std::string_view kind = asked != nullptr ? asked : "sqlite";
  if (kind == "sqlite") {
    return std::make_unique<store::SqliteEngine>((folder.path() / (std::string(name) + ".sqlite")).string(), false);
  }
  if (kind != "postgresql") throw std::runtime_error("TEST_DATABASE is sqlite or postgresql");
  const std::string database = folder.path().filename().string() + "-" + std::string(name);
  return std::make_unique<store::PostgresEngine>(PostgresServer::shared().database(database));
}

}  // namespace wenming::testing
