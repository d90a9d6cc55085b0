#include "blobs/directory/directory_blobs.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "blobs/directory/file.h"
#include "blobs/directory/listing.h"
#include "blobs/key.h"
#include "core/encoding.h"
#include "core/random.h"

namespace wenming::blobs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCopied = 1 << 20;  // bytes of a blob in memory while blobs are joined
constexpr int kAttempts = 10;             // to name a file in a folder that others remove when it is empty
constexpr std::chrono::hours kForgotten{24};

/// A file on its way; gone with this unless it was renamed.
class FreshFile {
 public:
  explicit FreshFile(const fs::path& folder)
      : path_(folder / ".new" / core::hex(core::SystemRandom().bytes(16))), file_(File::fresh(path_)) {}
  ~FreshFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  FreshFile(const FreshFile&) = delete;
  FreshFile& operator=(const FreshFile&) = delete;

  [[nodiscard]] File& file() { return file_; }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
  File file_;
};

/// Makes the folder and those above it, down from `root`, each name durable.
void make_folders(const fs::path& root, const fs::path& folder) {
  if (folder == root || fs::is_directory(folder)) return;
  make_folders(root, folder.parent_path());
  std::error_code error;
  if (!fs::create_directory(folder, error) && error)
    throw std::runtime_error("cannot make " + folder.string() + ": " + error.message());
  fs::permissions(folder, fs::perms::owner_all, error);
  sync_names_in(folder.parent_path());
}

domain::NoSuchBlob no_such_blob(std::string_view key) {
  return domain::NoSuchBlob("there is no blob " + std::string(key));
}

}  // namespace

DirectoryBlobs::DirectoryBlobs(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  fs::create_directories(folder_ / ".new", error);
  if (error) throw std::runtime_error("cannot make the folder " + folder_.string() + ": " + error.message());
  fs::permissions(folder_, fs::perms::owner_all, error);
  // What a process has left that died in the middle.
  const auto now = fs::file_time_type::clock::now();
  for (const auto& entry : fs::directory_iterator(folder_ / ".new")) {
    const auto written = entry.last_write_time(error);
    if (!error && now - written > kForgotten) fs::remove(entry.path(), error);
  }
}

fs::path DirectoryBlobs::path_of(std::string_view key) const {
  check_key(key);
  fs::path path = folder_;
  while (!key.empty()) {
    const std::string_view part = key.substr(0, key.find('/'));
    if (const std::size_t shard = shard_length(part); shard > 0)
      path /= std::string(part.substr(0, shard)) + kShardMark;
    path /= part;
    key.remove_prefix(std::min(part.size() + 1, key.size()));
  }
  return path;
}

/// Gives the file its name.
void DirectoryBlobs::settle(const fs::path& fresh, std::string_view key) const {
  const fs::path path = path_of(key);
  std::error_code error;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    make_folders(folder_, path.parent_path());
    fs::rename(fresh, path, error);
    if (!error) return sync_names_in(path.parent_path());
    if (error != std::errc::no_such_file_or_directory) break;
  }
  throw std::runtime_error("cannot make " + path.string() + ": " + error.message());
}

void DirectoryBlobs::put(std::string_view key, std::string_view bytes) {
  check_key(key);
  FreshFile fresh(folder_);
  fresh.file().write(bytes);
  fresh.file().sync();
  settle(fresh.path(), key);
}

std::string DirectoryBlobs::read(std::string_view key, std::uint64_t offset, std::size_t most) {
  const File file = File::existing(path_of(key));
  if (!file.is_open()) throw no_such_blob(key);
  return file.read(offset, most);
}

std::optional<std::uint64_t> DirectoryBlobs::size(std::string_view key) {
  const File file = File::existing(path_of(key));
  if (!file.is_open()) return std::nullopt;
  return file.size();
}

void DirectoryBlobs::join(std::string_view key, const std::vector<std::string>& parts) {
  check_key(key);
  FreshFile fresh(folder_);
  for (const std::string& part : parts) {
    const File file = File::existing(path_of(part));
    if (!file.is_open()) throw no_such_blob(part);
    const std::uint64_t all = file.size();
    for (std::uint64_t offset = 0; offset < all; offset += kCopied) fresh.file().write(file.read(offset, kCopied));
  }
  fresh.file().sync();
  settle(fresh.path(), key);
}

/// With the folders that it leaves empty.
void DirectoryBlobs::remove(std::string_view key) {
  const fs::path path = path_of(key);
  std::error_code error;
  fs::remove(path, error);
  if (error && error != std::errc::not_a_directory)
    throw std::runtime_error("cannot remove " + path.string() + ": " + error.message());
  for (fs::path folder = path.parent_path(); folder != folder_; folder = folder.parent_path()) {
    fs::remove(folder, error);  // fails where it holds something
    if (error) return;
  }
}

std::vector<std::string> DirectoryBlobs::list(std::string_view prefix, std::string_view after, std::size_t most) {
  return list_keys(folder_, prefix, after, most);
}

}  // namespace wenming::blobs
