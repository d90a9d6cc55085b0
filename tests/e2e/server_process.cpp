#include "e2e/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace wenming::e2e {
namespace {

namespace fs = std::filesystem;

/// Set by the build: where the executables are.
const char* const kWenming = WENMING_BINARY;

/// A port that was free a moment ago.
std::uint16_t free_port() {
  const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(s, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(s, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(s);
  if (!bound) throw std::runtime_error("no free port on loopback");
  return ntohs(address.sin_port);
}

/// Starts the program with its output in the file; the child dies with this process.
pid_t spawn(const std::vector<std::string>& arguments, const fs::path& output) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error(fmt::format("cannot write {}", output.string()));
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(file);
  if (pid < 0) throw std::runtime_error("cannot fork");
  return pid;
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return std::move(content).str();
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "wenming-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

ServerProcess::ServerProcess(fs::path data, std::vector<std::string> settings, FirstPassword first_password,
                             std::string store_url)
    : data_(std::move(data)),
      settings_(std::move(settings)),
      first_password_(first_password),
      store_url_(store_url.empty() ? "sqlite:" + data_.string() : std::move(store_url)),
      port_(free_port()) {
  if (first_password_ == FirstPassword::FromFile && !fs::exists(password_file()))
    std::ofstream(password_file()) << "correct horse battery\n";
  start();
}

ServerProcess::~ServerProcess() {
  kill();
}

void ServerProcess::start() {
  launch();
  wait_until_ready();
}

void ServerProcess::launch() {
  std::vector<std::string> arguments{kWenming,  "serve",   "--listen", fmt::format("127.0.0.1:{}", port_),
                                     "--store", store_url_};
  if (first_password_ == FirstPassword::FromFile) {
    arguments.emplace_back("--admin-password-file");
    arguments.push_back(password_file().string());
  }
  for (const auto& setting : settings_) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  pid_ = spawn(arguments, data_.string() + ".log");
}

void ServerProcess::wait_until_ready() {
  const bool ready = eventually(
      [&] {
        reap();
        if (!running()) return true;
        try {
          http::Client client(url(), {.timeout = std::chrono::milliseconds(1000), .ca_file = {}});
          return client.request("GET", "/readyz").status == 200;
        } catch (const std::exception&) {
          return false;
        }
      },
      std::chrono::seconds(60));
  if (ready && running()) return;
  kill();
  throw std::runtime_error("the server did not come up:\n" + log());
}

void ServerProcess::reap() {
  int status = 0;
  if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    exit_code_ = exit_code_of(status);
    pid_ = -1;
  }
}

void ServerProcess::request_stop() const {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

int ServerProcess::stop(std::chrono::seconds at_most) {
  request_stop();
  const bool gone = eventually(
      [&] {
        reap();
        return !running();
      },
      at_most);
  if (!gone) {
    kill();
    throw std::runtime_error("the server did not stop:\n" + log());
  }
  return exit_code_;
}

void ServerProcess::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  exit_code_ = exit_code_of(status);
  pid_ = -1;
}

std::string ServerProcess::log() const {
  return content_of(data_.string() + ".log");
}

runtime::ApiClient ServerProcess::admin() const {
  runtime::Access access;
  access.url = url();
  access.account = "admin";
  access.password_file = password_file().string();
  return runtime::ApiClient(access);
}

runtime::ApiClient ServerProcess::with_token(const std::string& token) const {
  runtime::Access access;
  access.url = url();
  access.token = token;
  return runtime::ApiClient(access);
}

CommandResult run_wenming(const std::vector<std::string>& arguments) {
  return run_wenming_until(arguments, nullptr);
}

CommandResult run_wenming_until(const std::vector<std::string>& arguments, const std::function<bool()>& condition) {
  const TemporaryFolder folder;
  const fs::path output = folder.path() / "output";
  std::vector<std::string> all{kWenming};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const pid_t pid = spawn(all, output);
  int status = 0;
  bool killed = condition == nullptr;
  while (::waitpid(pid, &status, killed ? 0 : WNOHANG) != pid) {
    if (killed) continue;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    killed = condition();
    if (killed) ::kill(pid, SIGKILL);
  }
  return {exit_code_of(status), content_of(output)};
}

CommandResult run_as_admin(const ServerProcess& server, std::vector<std::string> arguments) {
  for (const auto& argument : {std::string("--url"), server.url(), std::string("--account"), std::string("admin"),
                               std::string("--password-file"), server.password_file().string()})
    arguments.push_back(argument);
  return run_wenming(arguments);
}

fs::path samples() {
  const char* folder = std::getenv("WENMING_SAMPLES");
  return folder == nullptr ? fs::path() : fs::path(folder);
}

bool all_events_applied(const ServerProcess& server, std::chrono::milliseconds at_most) {
  http::Client client(server.url());
  return eventually(
      [&] {
        const std::string report = client.request("GET", "/readyz?verbose").body;
        std::istringstream lines(report);
        for (std::string line; std::getline(lines, line);)
          if (const auto lag = line.find(", lag "); lag != std::string::npos && line.compare(lag, 7, ", lag 0") != 0)
            return false;
        return !report.empty();
      },
      at_most);
}

}  // namespace wenming::e2e
