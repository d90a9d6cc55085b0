#pragma once

#include <span>

#include "core/embedded_file.h"

namespace wenming::contract {

/// The descriptors of all contracts with their comments, as protoc writes them: one file, carried inside the binary
/// (see proto/CMakeLists.txt).
std::span<const core::EmbeddedFile> descriptors();

}  // namespace wenming::contract
