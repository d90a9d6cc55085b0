#include "engines.h"

#include <ostream>

#include "store/postgres/engine.h"
#include "store/sqlite/engine.h"
#include "testing/postgres_server.h"

namespace wenming::store {

std::vector<EngineKind> engine_kinds() {
  return {{"Sqlite",
           [](const testing::TemporaryFolder& folder) {
             return std::make_unique<SqliteEngine>((folder.path() / "contract.sqlite").string(), false);
           }},
          {"Postgres", [](const testing::TemporaryFolder& folder) {
             return std::make_unique<PostgresEngine>(
                 testing::PostgresServer::shared().database(folder.path().filename().string()));
           }}};
}

void PrintTo(const EngineKind& kind, std::ostream* out) {
  *out << kind.name;
}

std::string name_of(const ::testing::TestParamInfo<EngineKind>& info) {
  return info.param.name;
}

}  // namespace wenming::store
