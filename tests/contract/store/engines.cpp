#include "engines.h"

#include "store/sqlite/engine.h"

namespace wenming::store {

std::vector<EngineKind> engine_kinds() {
  return {{"Sqlite", [](const testing::TemporaryFolder& folder) {
             return std::make_unique<SqliteEngine>((folder.path() / "contract.sqlite").string(), false);
           }}};
}

std::string name_of(const ::testing::TestParamInfo<EngineKind>& info) { return info.param.name; }

}  // namespace wenming::store
