#pragma once

#include <memory>

#include "store/engine.h"
#include "testing/temporary_folder.h"

namespace wenming::testing {

/// The database `name` that goes with this folder, made when first asked for: SQLite, or PostgreSQL where the
/// environment says TEST_DATABASE=postgresql. Forgets what it should keep when the machine fails, for the sake
/// of speed.
std::unique_ptr<store::Engine> open_database(const TemporaryFolder& folder, std::string_view name = "test");

}  // namespace wenming::testing
