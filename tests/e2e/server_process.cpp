#include "e2e/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace wenming::e2e {
namespace {

namespace fs = std::filesystem;

/// Set by the build: where the executables are.
const char* const kWenming = WENMING_BINARY;

/// A cluster takes so many ports from that of its page on, and so many of them are where nobody looks for a free one.
constexpr int kPortsOfCluster = 100;
constexpr int kFirstPort = 20'000, kClusters = 120;

/// How long a cluster may take to be there, with a broker and all databases, and to be gone.
constexpr std::chrono::seconds kPatience{60}, kPatienceWithCluster{180};
/// News may be on their way between two processes, so those of a cluster must say so often in a row that there are
/// none.
constexpr int kSettledInARow = 5;
constexpr std::size_t kPublishers = 5;  // all services but the dashboard

std::size_t occurrences(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// The port asked for, or any for 0, if it is free; else 0.
std::uint16_t bindable(int port) {
  const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  socklen_t size = sizeof address;
  const bool bound = ::bind(s, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(s, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(s);
  return bound ? ntohs(address.sin_port) : 0;
}

bool all_bindable(int first) {
  for (int port = first; port < first + kPortsOfCluster; ++port)
    if (bindable(port) == 0) return false;
  return true;
}

/// A port that was free a moment ago; for a cluster, with those behind it.
std::uint16_t free_port() {
  if (!tests_cluster()) {
    if (const std::uint16_t port = bindable(0); port != 0) return port;
  }
  for (int i = 0; tests_cluster() && i < kClusters; ++i) {
    const int first = kFirstPort + (::getpid() + i) % kClusters * kPortsOfCluster;
    if (all_bindable(first)) return static_cast<std::uint16_t>(first);
  }
  throw std::runtime_error("no free port on loopback");
}

/// Starts the program with its output in the file; the child dies with this process.
pid_t spawn(const std::vector<std::string>& arguments, const fs::path& output) {
  tests_cluster();  // which takes its variable away: the programs would read it as a setting
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error(fmt::format("cannot write {}", output.string()));
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
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

bool tests_cluster() {
  static const bool cluster = [] {
    const char* deployment = std::getenv("WENMING_TEST_DEPLOYMENT");
    const bool named = deployment != nullptr && std::string_view(deployment) == "cluster";
    ::unsetenv("WENMING_TEST_DEPLOYMENT");
    return named;
  }();
  return cluster;
}

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
  if (tests_cluster()) {
    fs::create_directories(data_);
    // Started by root, PostgreSQL runs as a user of its own, who must get there.
    fs::permissions(data_.parent_path(), fs::perms::others_exec, fs::perm_options::add);
  }
  if (first_password_ == FirstPassword::FromFile && !fs::exists(password_file()))
    std::ofstream(password_file()) << "correct horse battery\n";
  start();
}

ServerProcess::~ServerProcess() {
  end(tests_cluster() ? SIGTERM : SIGKILL);
}

void ServerProcess::start() {
  launch();
  wait_until_ready();
}

void ServerProcess::launch() {
  pid_ = spawn(tests_cluster() ? cluster_command() : command(), data_.string() + ".log");
}

std::vector<std::string> ServerProcess::command() const {
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
  return arguments;
}

std::vector<std::string> ServerProcess::cluster_command() const {
  std::vector<std::string> arguments{
      WENMING_SOURCES "/scripts/cluster",       "--port", std::to_string(port_), "--data", data_.string(), "--bin",
      fs::path(kWenming).parent_path().string()};
  for (const auto& setting : settings_) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  return arguments;
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
      tests_cluster() ? kPatienceWithCluster : kPatience);
  if (ready && running()) return;
  end(tests_cluster() ? SIGTERM : SIGKILL);
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
      tests_cluster() ? kPatienceWithCluster : at_most);
  if (!gone) {
    end(SIGKILL);
    throw std::runtime_error("the server did not stop:\n" + log());
  }
  return exit_code_;
}

void ServerProcess::kill() {
  if (tests_cluster()) throw std::logic_error("a cluster cannot be killed as a whole");
  end(SIGKILL);
}

void ServerProcess::end(int signal) {
  if (pid_ <= 0) return;
  ::kill(pid_, signal);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  exit_code_ = exit_code_of(status);
  pid_ = -1;
}

std::string ServerProcess::log() const {
  std::string log = content_of(data_.string() + ".log");
  if (tests_cluster() && fs::exists(data_ / "logs"))
    for (const auto& file : fs::directory_iterator(data_ / "logs")) log += content_of(file.path());
  return log;
}

std::string ServerProcess::metrics() const {
  // A cluster's are on the ports above that of the page: as many as have left a process id like `hotline-2`.
  int processes = 0;
  if (tests_cluster())
    for (const auto& file : fs::directory_iterator(data_ / "pids"))
      processes += file.path().filename().string().find('-') != std::string::npos ? 1 : 0;
  std::string metrics;
  for (int i = tests_cluster() ? 1 : 0; i <= processes; ++i)
    metrics += http::Client(fmt::format("http://127.0.0.1:{}", port_ + i)).request("GET", "/metrics").body;
  return metrics;
}

fs::path ServerProcess::password_file() const {
  return tests_cluster() ? data_ / "admin-password" : fs::path(data_.string() + ".admin-password");
}

std::string ServerProcess::store_url() const {
  constexpr int kPostgres = 50;  // above the port of the page
  return tests_cluster() ? fmt::format("postgresql://wenming@/wenming_{{service}}?host={}&port={}",
                                       (data_ / "postgres").string(), port_ + kPostgres)
                         : "sqlite:" + data_.string();
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
  int in_a_row = 0;
  return eventually(
      [&] {
        const http::Reply reply = client.request("GET", "/readyz?settled&verbose");
        // A process of a cluster that does not send events does not know how many wait: there has to be one that does.
        const bool known = !tests_cluster() || occurrences(reply.body, "to Kafka sending") == kPublishers;
        in_a_row = reply.status == 200 && known ? in_a_row + 1 : 0;
        return in_a_row >= (tests_cluster() ? kSettledInARow : 1);
      },
      at_most);
}

}  // namespace wenming::e2e
