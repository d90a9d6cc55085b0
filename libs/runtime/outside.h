#pragma once

#include <memory>
#include <string>

#include "domain/outside.h"
#include "outgoing/rest_outgoing.h"

namespace wenming::core {
class Settings;
}

namespace wenming::runtime {

/// Where a process keeps its blobs.
struct BlobSettings {
  /// Declares and reads them. `store_url` has been read: beside a folder of databases lies one of blobs.
  void read(core::Settings& settings, const std::string& store_url);

  std::string folder;          // empty: not in a folder
  std::string bucket, prefix;  // empty: not in an S3 store
  std::string endpoint, region, key_file, ca_file;
  bool path_style = true;

  [[nodiscard]] bool in_folder() const { return !folder.empty(); }
  [[nodiscard]] bool in_s3() const { return !bucket.empty(); }
  /// For people: where that is; empty where there is no place for them.
  [[nodiscard]] std::string place() const;
};

/// Declares and reads how other systems are called.
outgoing::OutgoingOptions read_outgoing(core::Settings& settings);

/// Throws std::runtime_error where the folder cannot be made or the file with the key not be read; whether an S3 store
/// answers shows when it is first asked. Where no place is set, all that is tried fails saying so.
std::unique_ptr<domain::Blobs> open_blobs(const BlobSettings& settings);

/// What a process has outside of its databases: blobs by the settings, the program `wenming-picture` that lies beside
/// its own, and the client for other systems. Throws as above, and std::runtime_error naming what is wrong with the
/// options.
std::shared_ptr<domain::Outside> open_outside(const BlobSettings& blobs, const outgoing::OutgoingOptions& options);

}  // namespace wenming::runtime
