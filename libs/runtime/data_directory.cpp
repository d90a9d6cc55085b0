#include "runtime/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "runtime/durable_files.h"
#include "store/sqlite/archive.h"
#include "store/sqlite/engine.h"

namespace wenming::runtime {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMovedTo = "moved-to";

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

[[noreturn]] void fail(const fs::path& path, const char* doing) {
  throw std::runtime_error(fmt::format("{} {}: {}", doing, path.string(), std::generic_category().message(errno)));
}

}  // namespace

DataDirectory::DataDirectory(fs::path folder, Use use) : folder_(std::move(folder)), use_(use) {
  if (use == Use::Serve || use == Use::ServeInTest) refuse_if_moved();
  if (use == Use::Serve || use == Use::ServeInTest || use == Use::Leave) take();
}

std::string DataDirectory::moved_to() const {
  return first_line(folder_ / kMovedTo);
}

void DataDirectory::mark_as_moved(const std::string& place) const {
  write_durably(folder_ / kMovedTo, place + '\n');
  sync_folder(folder_);
}

void DataDirectory::refuse_if_moved() const {
  const std::string place = moved_to();
  if (place.empty()) return;
  throw std::runtime_error(
      fmt::format("{} has moved to {}, and goes on there; to give that up and serve from here again, remove {}",
                  folder_.string(), place, (folder_ / kMovedTo).string()));
}

void DataDirectory::take() {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw std::runtime_error(fmt::format("cannot make the folder {}: {}", folder_.string(), error.message()));
  fs::permissions(folder_, fs::perms::group_write | fs::perms::others_all, fs::perm_options::remove, error);

  const fs::path lock_file = folder_ / "lock";
  lock_ = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) fail(lock_file, "cannot open");
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const std::string holder = first_line(lock_file);
    ::close(lock_);
    throw std::runtime_error(
        fmt::format("{} is in use by process {}: stop it, or choose another folder", folder_.string(), holder));
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock_, 0) != 0 || ::pwrite(lock_, pid.data(), pid.size(), 0) < 0) fail(lock_file, "cannot write");
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

std::string DataDirectory::generation(const std::string& service) const {
  const fs::path current = folder_ / (service + ".current");
  const std::string named = fs::exists(current) ? first_line(current) : std::string();
  return named.empty() ? service + ".sqlite" : named;
}

std::unique_ptr<store::Engine> DataDirectory::open(const std::string& /*service*/,
                                                   const std::string& generation) const {
  if (use_ == Use::Archive) return std::make_unique<store::SqliteArchive>((folder_ / generation).string());
  return std::make_unique<store::SqliteEngine>((folder_ / generation).string(), use_ != Use::ServeInTest);
}

std::unique_ptr<store::Engine> DataDirectory::open_existing(const std::string& service) const {
  const std::string now = generation(service);
  return fs::exists(folder_ / now) ? open(service, now) : nullptr;
}

std::unique_ptr<store::Leadership> DataDirectory::try_to_rebuild(const std::string& /*service*/) const {
  return std::make_unique<store::SoleLeadership>();
}

std::string DataDirectory::next_generation(const std::string& service) const {
  const std::string now = generation(service);
  for (int number = 2;; ++number) {
    std::string file = fmt::format("{}.{}.sqlite", service, number);
    if (file == now) continue;
    remove(service, file);
    return file;
  }
}

void DataDirectory::switch_to(const std::string& service, const std::string& generation) const {
  const fs::path current = folder_ / (service + ".current");
  const fs::path fresh = folder_ / (service + ".current.new");
  write_durably(fresh, generation + '\n');
  fs::rename(fresh, current);
  sync_folder(folder_);
}

bool DataDirectory::remove(const std::string& /*service*/, const std::string& generation) const {
  for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(folder_ / (generation + suffix));
  return true;
}

}  // namespace wenming::runtime
