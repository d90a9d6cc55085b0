#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "store/engine.h"
#include "testing/temporary_folder.h"

namespace wenming::store {

/// One kind of database to run the contract on.
struct EngineKind {
  std::string name;
  /// Opens a database; the same folder is the same database again.
  std::function<std::unique_ptr<Engine>(const testing::TemporaryFolder&)> open;
};

void PrintTo(const EngineKind& kind, std::ostream* out);

std::vector<EngineKind> engine_kinds();
/// Names the kind in the names of tests.
std::string name_of(const ::testing::TestParamInfo<EngineKind>& info);

}  // namespace wenming::store
