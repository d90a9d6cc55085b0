#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "domain/outside.h"
#include "runtime/manifest.h"

namespace wenming::runtime {

/// Copies every blob that is not there yet with the same length: keys name bytes that never change. Returns how many
/// there were in all.
std::int64_t copy_blobs(domain::Blobs& from, domain::Blobs& to);

/// Where a backup keeps them, each a file, beside a list of them all as `sha256sum` writes and checks it.
inline constexpr const char* kBlobFolder = "blobs";
inline constexpr const char* kBlobList = "blobs.sha256";

/// Reads all that lies in the folder of a backup, and writes the list.
Manifest::Blobs list_blobs(const std::filesystem::path& backup);
/// Throws std::runtime_error naming the first blob that is not what the list says, or is missing.
void check_blobs(const std::filesystem::path& backup, const Manifest::Blobs& expected);

}  // namespace wenming::runtime
