#include "runtime/backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "blobs/directory/directory_blobs.h"
#include "core/clock.h"
#include "runtime/blob_copy.h"
#include "runtime/data_directory.h"
#include "runtime/databases.h"
#include "runtime/durable_files.h"
#include "runtime/version.h"

namespace wenming::runtime {
namespace {

namespace fs = std::filesystem;

/// How often states are taken anew that do not belong together. Each takes some milliseconds.
constexpr int kMostAttempts = 1'000;

/// How far the services have applied what this one published in its present life.
std::int64_t furthest_applied(std::span<ServiceState> states, const ServiceState& source) {
  const std::string& epoch = source.snapshot->epochs().current();
  std::int64_t furthest = 0;
  for (const ServiceState& state : states) {
    for (const auto& [name, partition, mark] : events::stored_marks(state.snapshot->connection())) {
      if (name != source.name()) continue;
      if (mark.epoch == epoch) furthest = std::max(furthest, mark.sequence);
      if (mark.position.epoch == epoch) furthest = std::max(furthest, mark.position.number);
    }
  }
  return furthest;
}

/// Takes the states of sources anew that are older than what others have heard of them. Those are consumers themselves
/// and know more then, so this may take a few rounds.
void make_consistent(std::span<ServiceState> states) {
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    bool consistent = true;
    for (const ServiceState& source : states) {
      if (furthest_applied(states, source) <= source.snapshot->head().sequence) continue;
      source.snapshot->renew();
      consistent = false;
    }
    if (consistent) return;
  }
  throw std::runtime_error(
      "the services go on too fast for a state in which they agree: try again when there is less "
      "to do, or stop them");
}

/// Marks do not say of what log they are: those of a journal name one of its epochs.
void check_log(std::span<ServiceState> states, bool kafka) {
  for (const ServiceState& source : states) {
    const auto& epochs = source.snapshot->epochs();
    for (const ServiceState& state : states) {
      for (const auto& [name, partition, mark] : events::stored_marks(state.snapshot->connection())) {
        if (name != source.name() || mark.position.epoch.empty()) continue;
        const bool of_journal = partition == 0 && epochs.end_of(mark.position.epoch, 0).has_value();
        if (of_journal == kafka) {
          throw std::runtime_error(fmt::format(
              "{} does not read the events of {} from where events.url says: give the configuration that the services "
              "run with (--config)",
              state.name(), source.name()));
        }
      }
    }
  }
}

void copy_all(std::span<ServiceState> states, const Databases& to) {
  InstallationCopy copy(states, to);
  copy.run();
  copy.end([](const std::string&, store::Connection&) {});
  copy.print_counts();
}

void copy_blobs_to(const ServerSettings& settings, const fs::path& folder) {
  if (!settings.blobs.in_folder()) return;
  blobs::DirectoryBlobs to(folder / kBlobFolder);
  copy_blobs(*open_blobs(settings.blobs), to);
}

void write_manifest(std::span<const domain::Service> services, const ServerSettings& settings, core::Timestamp taken_at,
                    const fs::path& folder) {
  Manifest manifest;
  manifest.program = kVersion;
  manifest.taken_at = core::to_rfc3339(taken_at, settings.offset);
  manifest.partitions = settings.kafka ? settings.kafka->partitions : 1;
  manifest.databases = databases_in(folder, services);
  if (settings.blobs.in_folder()) manifest.blobs = list_blobs(folder);
  for (const auto& [service, database] : manifest.databases) sync_file(folder / database.file);
  write_durably(folder / kManifestFile, to_json(manifest));
}

/// A folder beside the final one, which is locked while it is filled. What lies there was left by an attempt that did
/// not come to its end.
class UnfinishedFolder {
 public:
  explicit UnfinishedFolder(fs::path path) : path_(std::move(path)), directory_(path_) {
    for (const auto& entry : fs::directory_iterator(path_))
      if (entry.path().filename() != "lock") fs::remove_all(entry.path());
  }
  ~UnfinishedFolder() {
    std::error_code ignored;
    if (!finished_) fs::remove_all(path_, ignored);
  }
  UnfinishedFolder(const UnfinishedFolder&) = delete;
  UnfinishedFolder& operator=(const UnfinishedFolder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] const Databases& databases() const { return directory_; }

  void finish(const fs::path& final_path) {
    fs::remove(path_ / "lock");
    sync_folder(path_);
    fs::rename(path_, final_path);
    finished_ = true;
    sync_folder(fs::absolute(final_path).parent_path());
  }

 private:
  const fs::path path_;
  const DataDirectory directory_;
  bool finished_ = false;
};

/// `/backup/today/` is `/backup/today`.
fs::path without_slash(const fs::path& folder) {
  return folder.has_filename() ? folder : folder.parent_path();
}

}  // namespace

void take_backup(std::span<const domain::Service> services, const ServerSettings& settings, const fs::path& to) {
  const fs::path folder = without_slash(to);
  if (fs::exists(folder)) throw std::runtime_error(folder.string() + " exists: a backup needs a new folder");
  const auto databases = look_into_databases(settings.store_url);
  UnfinishedFolder unfinished(folder.string() + ".unfinished");
  core::Timestamp taken_at;
  copy_blobs_to(settings, unfinished.path());  // most of them, also those that are removed while the rest is copied
  {
    auto states = states_of(services, *databases);
    make_consistent(states);
    taken_at = core::SystemClock().now();
    check_log(states, settings.kafka.has_value());
    copy_all(states, unfinished.databases());
  }
  copy_blobs_to(settings, unfinished.path());  // so all that the databases speak of are there
  write_manifest(services, settings, taken_at, unfinished.path());
  unfinished.finish(folder);
  if (settings.blobs.in_s3())
    fmt::print("Files are not in it: they stay in {}, which needs a backup of its own.\n", settings.blobs.place());
}

Manifest check_backup(std::span<const domain::Service> services, const fs::path& folder) {
  Manifest manifest = read_manifest(folder);
  const auto found = databases_in(folder, services);
  for (const auto& [service, expected] : manifest.databases) {
    const auto database = found.find(service);
    if (database == found.end())
      throw std::runtime_error(fmt::format("the backup has a service {}, which this program does not know", service));
    if (database->second.bytes != expected.bytes || database->second.sha256 != expected.sha256)
      throw std::runtime_error(
          fmt::format("{} is not what was written when the backup was taken", (folder / expected.file).string()));
    if (database->second != expected)
      throw std::runtime_error(fmt::format("{} does not fit {}", (folder / kManifestFile).string(), expected.file));
  }
  for (const auto& [service, database] : found)
    if (!manifest.databases.contains(service))
      throw std::runtime_error(fmt::format("{} knows no {}", (folder / kManifestFile).string(), service));
  if (manifest.blobs) check_blobs(folder, *manifest.blobs);
  return manifest;
}

bool verify_backup(std::span<const domain::Service> services, const fs::path& folder) {
  const Manifest manifest = check_backup(services, folder);
  fmt::print("taken at {} by version {}\n", manifest.taken_at, manifest.program);
  if (manifest.blobs) fmt::print("{} files, {} bytes\n", manifest.blobs->count, manifest.blobs->bytes);
  bool sound = true;
  const DataDirectory archive(folder, DataDirectory::Use::Archive);
  for (ServiceState& state : states_of(services, archive)) {
    const store::AuditReport report = state.snapshot->verify();
    if (report.broken) {
      fmt::print("{}: broken at row {}: {}\n", state.name(), report.broken->sequence, report.broken->reason);
      sound = false;
    } else {
      fmt::print("{}: {} rows, head {}\n", state.name(), report.rows, report.head);
    }
  }
  return sound;
}

}  // namespace wenming::runtime
