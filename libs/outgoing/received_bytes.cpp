#include "outgoing/received_bytes.h"

// The system's header, and not that of the C library, which lacks the newer fields; the two do not go together.
#include <fcntl.h>
#include <linux/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>

namespace wenming::outgoing {
namespace {

constexpr int kTcpLevel = 6;  // IPPROTO_TCP, whose header would bring in the C library's

std::uint64_t received(int socket) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (getsockopt(socket, kTcpLevel, TCP_INFO, &info, &length) != 0) return 0;
  if (length < offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received) return 0;
  return info.tcpi_bytes_received;
}

}  // namespace

ReceivedBytes::~ReceivedBytes() {
  if (socket_ >= 0) close(socket_);
}

void ReceivedBytes::count(int socket) {
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) close(socket_);
  socket_ = fcntl(socket, F_DUPFD_CLOEXEC, 0);
  before_ = socket_ >= 0 ? received(socket_) : 0;
}

std::uint64_t ReceivedBytes::so_far() {
  const std::lock_guard lock(mutex_);
  return socket_ < 0 ? 0 : received(socket_) - before_;
}

bool ReceivedBytes::may_be_read() {
  const std::lock_guard lock(mutex_);
  pollfd asked{socket_, POLLIN, 0};
  return poll(&asked, 1, 0) != 0;
}

}  // namespace wenming::outgoing
