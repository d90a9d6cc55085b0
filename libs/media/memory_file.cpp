#include "media/memory_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace wenming::media {
namespace {

[[noreturn]] void fail(const char* doing) {
  throw std::runtime_error(std::string("cannot ") + doing +
                           " a file in memory: " + std::generic_category().message(errno));
}

}  // namespace

MemoryFile::MemoryFile(std::string_view content) : number_(::memfd_create("wenming", MFD_CLOEXEC)) {
  if (number_ < 0) fail("make");
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t count = ::pwrite(number_, content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      ::close(number_);
      fail("write");
    }
    done += static_cast<std::size_t>(count);
  }
}

MemoryFile::~MemoryFile() {
  ::close(number_);
}

std::string MemoryFile::content() const {
  struct stat facts {};
  if (::fstat(number_, &facts) != 0) fail("look at");
  std::string content(static_cast<std::size_t>(facts.st_size), '\0');
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t count = ::pread(number_, content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("read");
    done += static_cast<std::size_t>(count);
  }
  return content;
}

}  // namespace wenming::media
