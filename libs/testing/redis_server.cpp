#include "testing/redis_server.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <vector>

#include "testing/child_process.h"

namespace wenming::testing {
namespace {

constexpr const char* kProgram = "/usr/bin/redis-server";

bool takes_connections(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool taken = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return taken;
}

/// One that was free just now.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("no free port for Redis");
  return ntohs(address.sin_port);
}

}  // namespace

RedisServer::RedisServer(std::string password) : password_(std::move(password)) {
  start();
}

RedisServer::RedisServer(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)), tls_port_(free_port()) {
  start();
}

std::string RedisServer::tls_url(const std::string& host) const {
  return "rediss://" + host + ":" + std::to_string(tls_port_);
}

RedisServer::~RedisServer() {
  if (pid_ != 0) kill();
}

void RedisServer::start() {
  const std::string folder = folder_.path().string();
  if (::access(kProgram, X_OK) != 0) throw std::runtime_error("these tests need Redis: scripts/packages test");
  std::vector<std::string> command{kProgram, "--port",       "0",  "--unixsocket", socket(), "--dir",
                                   folder,   "--appendonly", "no", "--save",       ""};
  if (!password_.empty()) command.insert(command.end(), {"--requirepass", password_});
  if (tls_port_ != 0) {
    command.insert(command.end(), {"--bind", "127.0.0.1", "127.0.0.2", "--tls-port", std::to_string(tls_port_),
                                   "--tls-cert-file", certificate_file_, "--tls-key-file", key_file_,
                                   "--tls-ca-cert-file", certificate_file_, "--tls-auth-clients", "no"});
  }
  pid_ = spawn(command, folder + "/log", SIGKILL);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!takes_connections(socket())) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) throw std::runtime_error("Redis did not start; see " + folder + "/log");
    if (std::chrono::steady_clock::now() > until) {
      kill();
      throw std::runtime_error("Redis does not answer");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

void RedisServer::kill() {
  end(pid_, SIGKILL);  // which ends a stopped process too
  pid_ = 0;
}

void RedisServer::pause() {
  ::kill(pid_, SIGSTOP);
  // The signal takes its time; until then the server would still answer.
  ::waitpid(pid_, nullptr, WUNTRACED);
}

void RedisServer::resume() {
  ::kill(pid_, SIGCONT);
}

}  // namespace wenming::testing
