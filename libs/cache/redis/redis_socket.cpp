#include "cache/redis/redis_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

namespace wenming::cache {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
  throw RedisFailure(what + std::string(": ") + std::system_category().message(errno));
}

/// Waits until the socket is ready, or throws. Looks at least once, however late it is: a thread that got no processor
/// for a while takes what is there.
void wait(int socket, short events, Deadline deadline) {
  for (;;) {
    const auto left = std::max(deadline - Clock::now(), Clock::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{seconds.count(), std::chrono::nanoseconds(left - seconds).count()};
    pollfd waited{socket, events, 0};
    const int ready = ::ppoll(&waited, 1, &timeout, nullptr);
    if (ready > 0) return;
    if (ready == 0) throw RedisFailure("it does not answer in time");
    if (errno != EINTR) fail("cannot wait for it");
  }
}

}  // namespace

RedisSocket::RedisSocket(const sockaddr* address, socklen_t size, Deadline deadline)
    : descriptor_(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  if (descriptor_ < 0) fail("cannot make a socket");
  try {
    connect(address, size, deadline);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

void RedisSocket::connect(const sockaddr* address, socklen_t size, Deadline deadline) {
  if (::connect(descriptor_, address, size) != 0) {
    if (errno != EINPROGRESS && errno != EINTR) fail("cannot connect");
    wait(descriptor_, POLLOUT, deadline);
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &length) == 0) errno = error;
    if (errno != 0) fail("cannot connect");
  }
  if (address->sa_family != AF_UNIX) {
    const int on = 1;  // a command goes out at once; where that cannot be set, it is only slower
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
}

RedisSocket::~RedisSocket() {
  ::close(descriptor_);
}

void RedisSocket::send(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      wait(descriptor_, POLLOUT, deadline);
    } else if (errno != EINTR) {
      fail("the connection broke");
    }
  }
}

std::size_t RedisSocket::receive(std::span<char> buffer, Deadline deadline) {
  for (;;) {
    const auto size = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (size > 0) return static_cast<std::size_t>(size);
    if (size == 0) throw RedisFailure("it closed the connection");
    if (errno == EAGAIN) {
      wait(descriptor_, POLLIN, deadline);
    } else if (errno != EINTR) {
      fail("the connection broke");
    }
  }
}

bool RedisSocket::is_quiet() {
  char byte = 0;
  return ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

}  // namespace wenming::cache
