#include "testing/s3_server.h"

#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "testing/child_process.h"
#include "testing/free_port.h"

namespace wenming::testing {
namespace {

constexpr std::chrono::seconds kPatience{90};  // the first start may have to fetch the server

}  // namespace

S3Server& S3Server::shared() {
  static S3Server server;
  return server;
}

S3Server::S3Server() : port_(free_port_pair()) {
  const std::string folder = folder_.path().string();
  pid_ = spawn(
      {"/bin/bash", std::string(WENMING_SOURCE_DIR) + "/tests/engines/s3", "run", folder, std::to_string(port_),
       kAccessKey, kSecretKey, std::to_string(port_ + 1), certificate_.certificate_file(), certificate_.key_file()},
      folder + "/log", SIGKILL);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!is_listening(static_cast<std::uint16_t>(port_ + 1)) || !is_listening(port_)) {
    if (std::chrono::steady_clock::now() > until || ::waitpid(pid_, nullptr, WNOHANG) != 0)
      throw std::runtime_error("the S3 server did not start; see " + folder);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

S3Server::~S3Server() {
  resume();
  end(pid_, SIGKILL);
}

void S3Server::pause() {
  ::kill(pid_, SIGSTOP);
}
void S3Server::resume() {
  ::kill(pid_, SIGCONT);
}

}  // namespace wenming::testing
