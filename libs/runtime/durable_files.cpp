#include "runtime/durable_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace wenming::runtime {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const char* doing) {
  throw std::runtime_error(fmt::format("{} {}: {}", doing, path.string(), std::generic_category().message(errno)));
}

void sync(const fs::path& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) fail(path, "cannot open");
  const int result = ::fsync(file);
  ::close(file);
  if (result != 0) fail(path, "cannot sync");
}

}  // namespace

void sync_file(const fs::path& file) {
  sync(file, O_RDONLY);
}

void sync_folder(const fs::path& folder) {
  sync(folder, O_RDONLY | O_DIRECTORY);
}

void write_durably(const fs::path& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) fail(file, "cannot write");
  sync_file(file);
}

}  // namespace wenming::runtime
