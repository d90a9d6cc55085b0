#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "domain/key_ring.h"
#include "domain/service.h"
#include "runtime/databases.h"
#include "runtime/server_settings.h"

namespace wenming::runtime {

/// The key file of an installation (domain/key_ring.h): outside of the databases, because it opens what is sealed
/// there. All throw std::runtime_error naming the file and what is wrong with it, and never what it holds.

domain::KeyRing read_key_file(const std::filesystem::path& file);
/// Replaces the file as a whole, readable by its owner only.
void write_key_file(const std::filesystem::path& file, const domain::KeyRing& ring);
/// Makes a file that does not exist.
void make_key_file(const std::filesystem::path& file);

/// The keys with which these services open what is personal; null where none of them keeps such. Without a setting that
/// names the file, an embedded installation has it in its folder, made at the first start. Where a file is missing
/// without which facts that are there cannot be read, none is made.
std::shared_ptr<domain::Keys> open_keys(std::span<const domain::Service> services, const ServerSettings& settings,
                                        const Databases& databases);

/// What whoever copied the databases has to be told; empty where nothing in them is sealed.
std::string reminder_of_keys(std::span<const domain::Service> services);

}  // namespace wenming::runtime
