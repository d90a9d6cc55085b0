#include "runtime/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "core/log.h"
#include "core/random.h"
#include "runtime/durable_files.h"
#include "store/store.h"

namespace wenming::runtime {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefaultName = "personal-data.keys";

bool keep_personal_data(std::span<const domain::Service> services) {
  return std::any_of(services.begin(), services.end(), [](const auto& s) { return s.has_personal_data(); });
}

/// Whether a database was filled with the help of a key file.
bool know_a_key_file(std::span<const domain::Service> services, const Databases& databases) {
  return std::any_of(services.begin(), services.end(), [&](const domain::Service& service) {
    const auto engine = service.has_personal_data() ? databases.open_existing(service.name()) : nullptr;
    if (!engine) return false;
    const std::array<domain::Value, 1> name{domain::to_value(store::kLookupKey)};
    const auto connection = engine->open_reader();
    return connection->query("SELECT 1 FROM store_facts WHERE name = $1", name)->next();
  });
}

void warn_if_others_read(const fs::path& file) {
  const fs::perms others = fs::perms::others_read | fs::perms::others_write;
  if ((fs::status(file).permissions() & others) != fs::perms::none)
    core::log::warning("everybody on this machine may read the key file: take the permission away",
                       {{"file", file.string()}});
}

fs::path file_of(const ServerSettings& settings, const Databases& databases) {
  if (!settings.key_file.empty()) return settings.key_file;
  if (databases.shared())
    throw std::runtime_error(
        "keys.file must name the key file of this installation, with which personal data are sealed; "
        "`wenming keys make FILE` makes one, once for all processes");
  return fs::path(databases.place()) / kDefaultName;
}

/// With its owner's permissions from the first byte on.
void write_privately(const fs::path& file, const std::string& text, int flags) {
  const auto fail = [&](const char* doing) {
    throw std::runtime_error(
        fmt::format("cannot {} {}: {}", doing, file.string(), std::generic_category().message(errno)));
  };
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
  if (descriptor < 0) fail("make");
  const bool written = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool synced = written && ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (!synced) fail("write");
  sync_folder(fs::absolute(file).parent_path());
}

}  // namespace

domain::KeyRing read_key_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw std::runtime_error(fmt::format("cannot read the key file {}", file.string()));
  try {
    return domain::KeyRing::parse(std::move(text).str());
  } catch (const std::runtime_error& fault) {
    throw std::runtime_error(fmt::format("the key file {}: {}", file.string(), fault.what()));
  }
}

void write_key_file(const fs::path& file, const domain::KeyRing& ring) {
  const fs::path fresh = file.string() + ".new";
  write_privately(fresh, ring.text(), O_TRUNC);
  fs::rename(fresh, file);
  sync_folder(fs::absolute(file).parent_path());
}

void make_key_file(const fs::path& file) {
  core::SystemRandom random;
  write_privately(file, domain::KeyRing::make(random).text(), O_EXCL);
}

std::shared_ptr<domain::Keys> open_keys(std::span<const domain::Service> services, const ServerSettings& settings,
                                        const Databases& databases) {
  if (!keep_personal_data(services)) return nullptr;
  const fs::path file = file_of(settings, databases);
  if (!fs::exists(file)) {
    if (!settings.key_file.empty())
      throw std::runtime_error(
          fmt::format("keys.file names {}, which does not exist: put it back, or make it with `wenming keys make` if "
                      "this installation never had one",
                      file.string()));
    if (know_a_key_file(services, databases))
      throw std::runtime_error(
          fmt::format("the key file {} is missing, without which names and phones in {} cannot be read: put it back; "
                      "backups of the databases do not hold it",
                      file.string(), databases.place()));
    make_key_file(file);
    core::log::info("made the key file: keep a copy of it apart from the backups", {{"file", file.string()}});
  }
  warn_if_others_read(file);
  return std::make_shared<domain::Keys>([file] { return read_key_file(file); });
}

std::string reminder_of_keys(std::span<const domain::Service> services) {
  if (!keep_personal_data(services)) return {};
  return "The key file of this installation was not copied: the services need it, at keys.file or as "
         "personal-data.keys in the folder.\n";
}

}  // namespace wenming::runtime
