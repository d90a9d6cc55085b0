#pragma once

#include <span>

#include "core/embedded_file.h"

namespace wenming::store {

/// The tables of the store itself.
std::span<const core::EmbeddedFile> schema();
/// The tables of the reference facts, by which callers are judged in every database.
std::span<const core::EmbeddedFile> reference_schema();

}  // namespace wenming::store
