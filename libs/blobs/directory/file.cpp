#include "blobs/directory/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace wenming::blobs {

void fail(std::string_view doing, const std::filesystem::path& path) {
  throw std::runtime_error(std::string(doing) + ' ' + path.string() + ": " + std::generic_category().message(errno));
}

File File::existing(const std::filesystem::path& path) {
  const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (number < 0 && errno != ENOENT && errno != ENOTDIR) fail("cannot open", path);
  struct stat facts {};
  if (number >= 0 && (::fstat(number, &facts) != 0 || !S_ISREG(facts.st_mode))) {  // a folder is no blob
    ::close(number);
    return {-1, path};
  }
  return {number, path};
}

File File::fresh(const std::filesystem::path& path) {
  const int number = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (number < 0) fail("cannot make", path);
  return {number, path};
}

File::File(File&& other) noexcept : number_(std::exchange(other.number_, -1)), path_(std::move(other.path_)) {}

File::~File() {
  if (number_ >= 0) ::close(number_);
}

std::uint64_t File::size() const {
  struct stat facts {};
  if (::fstat(number_, &facts) != 0) fail("cannot look at", path_);
  return static_cast<std::uint64_t>(facts.st_size);
}

std::string File::read(std::uint64_t offset, std::size_t most) const {
  const std::uint64_t all = size();
  std::string bytes(offset >= all ? 0 : std::min<std::uint64_t>(most, all - offset), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::pread(number_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot read", path_);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

void File::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(number_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void File::sync() {
  if (::fsync(number_) != 0) fail("cannot sync", path_);
}

void sync_names_in(const std::filesystem::path& folder) {
  const int number = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (number < 0) fail("cannot open", folder);
  const int result = ::fsync(number);
  ::close(number);
  if (result != 0) fail("cannot sync", folder);
}

}  // namespace wenming::blobs
