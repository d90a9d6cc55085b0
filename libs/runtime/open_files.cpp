#include "runtime/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace wenming::runtime {
namespace {

/// Log, lock, listening socket, event queues, and requests to elsewhere.
constexpr std::size_t kFilesOfProcess = 64;
/// Connections of a store beside its reader threads: writer, checkpoints, prepared methods, consumers.
constexpr std::size_t kFurtherConnections = 10;
/// Database and write-ahead log.
constexpr std::size_t kFilesPerConnection = 2;
/// A read model that is rebuilt is there twice.
constexpr std::size_t kCopies = 2;
/// Where not even the databases fit, connections still get this part: some answers are better than none.
constexpr std::size_t kLeastPart = 4;

}  // namespace

std::size_t raise_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::numeric_limits<std::size_t>::max();
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

std::size_t connections_within(std::size_t open_files, std::size_t wanted, std::size_t own_files) {
  const std::size_t beside = open_files > own_files ? open_files - own_files : 0;
  return std::min(wanted, std::max(beside, open_files / kLeastPart));
}

std::size_t own_files(std::size_t services, std::size_t reader_threads) {
  return kFilesOfProcess + services * kCopies * kFilesPerConnection * (reader_threads + kFurtherConnections);
}

}  // namespace wenming::runtime
