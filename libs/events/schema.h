#pragma once

#include <span>

#include "core/embedded_file.h"

namespace wenming::events {

/// The tables that every consuming database has: positions, dead letters, spent tickets.
std::span<const core::EmbeddedFile> schema();

}  // namespace wenming::events
