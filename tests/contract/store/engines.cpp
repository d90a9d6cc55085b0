#include "engines.h"

#include <ostream>

#include "store/sqlite/engine.h"

namespace wenming::store {

std::vector<EngineKind> engine_kinds() {
  return {{"Sqlite", [](const testing::TemporaryFolder& folder) {
             return std::make_unique<SqliteEngine>((folder.path() / "contract.sqlite").string(), false);
           }}};
}

void PrintTo(const EngineKind& kind, std::ostream* out) {
  *out << kind.name;
}

std::string name_of(const ::testing::TestParamInfo<EngineKind>& info) {
  return info.param.name;
}

}  // namespace wenming::store
