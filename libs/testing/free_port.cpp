#include "testing/free_port.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace wenming::testing {
namespace {

template <class Try>
bool on_loopback(std::uint16_t port, Try attempt) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool succeeded = attempt(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return succeeded;
}

}  // namespace

std::uint16_t free_port_pair() {
  for (unsigned i = 0; i < 500; ++i) {
    const auto port = static_cast<std::uint16_t>(20'000 + (static_cast<unsigned>(::getpid()) * 2 + 2 * i) % 10'000);
    if (on_loopback(port, ::bind) && on_loopback(static_cast<std::uint16_t>(port + 1), ::bind)) return port;
  }
  throw std::runtime_error("no free port");
}

bool is_listening(std::uint16_t port) {
  return on_loopback(port, ::connect);
}

}  // namespace wenming::testing
