#pragma once

#include <filesystem>
#include <span>

#include "domain/service.h"
#include "runtime/manifest.h"
#include "runtime/server_settings.h"

namespace wenming::runtime {

/// Takes a backup into a folder that does not exist yet: an embedded installation, one file per service, with a
/// manifest. The services may run. Nothing lies under the folder's name before all of it is written.
///
/// The states of the services are taken one after the other and belong together all the same: in none of them has a
/// consumer applied an event that its source does not have. Throws std::runtime_error with what to do.
void take_backup(std::span<const domain::Service> services, const ServerSettings& settings,
                 const std::filesystem::path& folder);

/// Reads everything in the folder and compares it with the manifest. Throws std::runtime_error naming what differs.
Manifest check_backup(std::span<const domain::Service> services, const std::filesystem::path& folder);

/// The same, and follows the chains of hashes; tells on standard output. Returns whether all of them hold.
bool verify_backup(std::span<const domain::Service> services, const std::filesystem::path& folder);

}  // namespace wenming::runtime
