#pragma once

#include <vector>

#include "store/engine.h"

namespace wenming::store {

/// What a database says of its tables, a row per column: table, column, whether it is boolean, its place in the primary
/// key (from 1; 0: none).
std::vector<Table> tables_of(domain::Cursor& cursor);

}  // namespace wenming::store
