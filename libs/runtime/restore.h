#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "domain/service.h"
#include "runtime/server_settings.h"

namespace wenming::runtime {

/// Brings a backup back, into empty databases where the settings say, with all services stopped. Every database begins
/// a new epoch. Where events travel through Kafka, the topics may hold what was told after the backup and never
/// happened now: all records are deleted, the relays send the journals anew, and the consumers pass over what they have
/// applied. Refused while any process of the installation reads there. Throws std::runtime_error with what to do.
/// Interrupted, it is begun again and goes on. Tells on standard output what there is then.
void restore(std::span<const domain::Service> services, const ServerSettings& settings,
             const std::filesystem::path& backup);

/// Takes an embedded installation over to PostgreSQL, into empty databases. The lives of the databases go on; where
/// events will travel through Kafka, the relays send the whole journals. Otherwise as `restore`.
void move(std::span<const domain::Service> services, const ServerSettings& settings, const std::string& from);

}  // namespace wenming::runtime
