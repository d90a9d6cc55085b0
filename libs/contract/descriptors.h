#pragma once

#include <google/protobuf/descriptor.h>

#include <span>
#include <vector>

#include "core/embedded_file.h"

namespace wenming::contract {

/// The descriptors of all contracts with their comments, as protoc writes them: one file, carried inside the binary
/// (see proto/CMakeLists.txt).
std::span<const core::EmbeddedFile> descriptors();

/// Every file of all contracts.
std::vector<const google::protobuf::FileDescriptor*> all_files();

/// Every service of all contracts, whether this program answers for it or not.
std::vector<const google::protobuf::ServiceDescriptor*> all_services();

}  // namespace wenming::contract
