#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "events/positions.h"
#include "runtime/installation_copy.h"

namespace wenming::runtime {

/// What `manifest.json` says about a backup.
struct Manifest {
  struct Database {
    std::string file;
    std::int64_t bytes = 0;
    std::string sha256;  // of the file, in hex
    std::string epoch;
    std::int64_t journal_rows = 0;
    std::string journal_head;  // hash of the last row, in hex
    store::RowCounts tables;
    std::map<std::string, int> schemas;  // numbers of the last migrations
    std::vector<events::StoredMark> positions;

    friend bool operator==(const Database&, const Database&) = default;
  };

  struct Blobs {
    std::int64_t count = 0, bytes = 0;
    std::string list_sha256;  // of the list of them all, in hex

    friend bool operator==(const Blobs&, const Blobs&) = default;
  };

  std::string program;                        // version that took it
  std::string taken_at;                       // RFC 3339
  int partitions = 1;                         // of the logs that the positions are of; those of the journals have one
  std::map<std::string, Database> databases;  // by service
  std::optional<Blobs> blobs;                 // absent: they are not in the backup
};

/// The databases that lie in the folder of a backup, as they are.
std::map<std::string, Manifest::Database> databases_in(const std::filesystem::path& folder,
                                                       std::span<const domain::Service> services);

std::string to_json(const Manifest& manifest);
/// Throws std::runtime_error where the folder holds none that can be read.
Manifest read_manifest(const std::filesystem::path& folder);
inline constexpr const char* kManifestFile = "manifest.json";

}  // namespace wenming::runtime
