#include "runtime/restore.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "blobs/directory/directory_blobs.h"
#include "core/clock.h"
#include "core/random.h"
#include "events/kafka/client.h"
#include "events/positions.h"
#include "runtime/backup.h"
#include "runtime/blob_copy.h"
#include "runtime/data_directory.h"
#include "runtime/databases.h"
#include "runtime/installation_copy.h"
#include "runtime/key_file.h"
#include "store/epochs.h"

namespace wenming::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSqlite = "sqlite:";
/// For so long a process counts as a member of its group that was stopped.
constexpr std::chrono::seconds kStoppedAndCounted{15};
constexpr std::chrono::milliseconds kLookAgain{500};
constexpr std::string_view kBefore =
    "This was done before, and nothing was changed now. To do it again, empty the destination first.\n";

std::vector<std::string> topics_of(std::span<const domain::Service> services, const events::KafkaOptions& options) {
  std::vector<std::string> topics;
  for (const auto& service : services)
    if (!service.is_read_model()) topics.push_back(events::topic_of(options, service.name()));
  return topics;
}

/// What an old process still sends would come behind the deletion, and be applied. Throws where one is found: each that
/// sends reads as well.
void refuse_while_processes_run(std::span<const domain::Service> services, const events::KafkaOptions& options) {
  std::vector<std::string> groups;
  for (const auto& service : services) groups.push_back(events::group_of(options, service.name()));
  const auto until = std::chrono::steady_clock::now() + kStoppedAndCounted;
  std::vector<std::string> at_work = events::kafka::groups_at_work(options, groups);
  while (!at_work.empty() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kLookAgain);
    at_work = events::kafka::groups_at_work(options, groups);
  }
  if (at_work.empty()) return;
  throw std::runtime_error(fmt::format(
      "processes of this installation still run: the Kafka group{} {} {} members. Stop all of them, on every host, and "
      "begin again",
      at_work.size() == 1 ? "" : "s", fmt::join(at_work, ", "), at_work.size() == 1 ? "has" : "have"));
}

void check_partitions(const Manifest& manifest, const ServerSettings& settings) {
  const int now = settings.kafka ? settings.kafka->partitions : 1;
  if (manifest.partitions == 1 || manifest.partitions == now) return;
  throw std::runtime_error(
      fmt::format("the consumers of this backup read Kafka topics with {} partitions, and what they have applied of "
                  "those says nothing about other ones: restore it with events.url = \"kafka://…\" and "
                  "events.partitions = {}",
                  manifest.partitions, manifest.partitions));
}

/// Before the copies can be served, which speak of them.
void copy_blobs_from(const fs::path& folder, const ServerSettings& settings) {
  if (!fs::is_directory(folder)) return;
  blobs::DirectoryBlobs from(folder);
  if (from.list("", "", 1).empty()) return;
  if (settings.blobs.in_folder() && fs::weakly_canonical(settings.blobs.folder) == fs::weakly_canonical(folder)) return;
  const auto to = open_blobs(settings.blobs);
  fmt::print("{} files are in {}\n", copy_blobs(from, *to), settings.blobs.place());
}

fs::path folder_of(const std::string& url) {
  if (!url.starts_with(kSqlite) || url.size() == kSqlite.size())
    throw std::runtime_error("--from must be an embedded installation, sqlite:FOLDER");
  fs::path folder = url.substr(kSqlite.size());
  if (!fs::is_directory(folder)) throw std::runtime_error(folder.string() + " is no folder");
  return folder;
}

}  // namespace

void restore(std::span<const domain::Service> services, const ServerSettings& settings, const fs::path& backup) {
  const Manifest manifest = check_backup(services, backup);
  check_partitions(manifest, settings);
  const auto databases = open_databases(settings.store_url);
  const DataDirectory archive(backup, DataDirectory::Use::Archive);
  auto states = states_of(services, archive);
  InstallationCopy copy(states, *databases);
  if (copy.ended()) return fmt::print("{}", kBefore);
  if (settings.kafka) refuse_while_processes_run(services, *settings.kafka);
  copy.run();
  copy_blobs_from(backup / kBlobFolder, settings);
  if (settings.kafka && !copy.begun_to_end())
    events::kafka::delete_records(*settings.kafka, topics_of(services, *settings.kafka));
  core::SystemRandom random;
  copy.end([&](const std::string&, store::Connection& connection) {
    store::begin_epoch(connection, random, core::SystemClock().now());
    if (settings.kafka) events::begin_logs_anew(connection, manifest.partitions, settings.kafka->partitions);
  });
  copy.print_counts();
  fmt::print("The backup is restored. The services may be started.\n{}", reminder_of_keys(services));
}

void move(std::span<const domain::Service> services, const ServerSettings& settings, const std::string& from) {
  const DataDirectory source(folder_of(from), DataDirectory::Use::Leave);
  if (settings.store_url.starts_with(kSqlite))
    throw std::runtime_error("--to must be postgresql://…; a folder is moved by moving it");
  const auto databases = open_databases(settings.store_url);
  if (const std::string place = source.moved_to(); !place.empty() && place != databases->place())
    throw std::runtime_error(fmt::format("{} has moved to {} before", source.place(), place));
  auto states = states_of(services, source);
  InstallationCopy copy(states, *databases);
  if (copy.ended()) {
    source.mark_as_moved(databases->place());  // that attempt may have ended just before it did so
    return fmt::print("{}", kBefore);
  }
  if (settings.kafka && !copy.begun_to_end() &&
      events::kafka::hold_records(*settings.kafka, topics_of(services, *settings.kafka))) {
    throw std::runtime_error(
        "the topics hold events of another installation: choose another events.prefix, or delete them");
  }
  copy.run();
  copy_blobs_from(fs::path(source.place()) / kBlobFolder, settings);
  copy.end([&](const std::string&, store::Connection& connection) {
    if (settings.kafka) events::begin_logs_anew(connection, 1, settings.kafka->partitions);
  });
  source.mark_as_moved(databases->place());
  copy.print_counts();
  fmt::print("All of it has moved. The services may be started on the new databases, and never again on the old.\n{}",
             reminder_of_keys(services));
}

}  // namespace wenming::runtime
