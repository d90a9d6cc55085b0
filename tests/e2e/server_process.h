#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/api_client.h"

namespace wenming::e2e {

/// A folder that is gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Whether WENMING_TEST_DEPLOYMENT says `cluster`: what is tested is then a `scripts/cluster`, one process per service.
bool tests_cluster();

/// The real `wenming serve` on a free port of loopback, with the data folder or the databases it is given. One process
/// at a time; killed with the object if it still runs. Where a cluster is tested, a whole one behind its proxy, which
/// is never killed but told to stop.
class ServerProcess {
 public:
  /// Where the first password of `admin` comes from.
  enum class FirstPassword { FromFile, MadeByServer };

  /// Starts and waits until it is ready. Throws with the end of its log if it does not come up. `settings` are
  /// KEY=VALUE. With a `store_url`, facts are kept there, and log and password file lie beside `data`.
  explicit ServerProcess(std::filesystem::path data, std::vector<std::string> settings = {},
                         FirstPassword first_password = FirstPassword::FromFile, std::string store_url = {});
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// Starts again on the same folder and port after `stop` or `kill`.
  void start();
  /// The same without waiting until it is ready: for those who end it while it comes up.
  void launch();
  /// SIGTERM, then waits for the end; returns the exit code.
  int stop(std::chrono::seconds at_most = std::chrono::seconds(40));
  /// SIGTERM without waiting.
  void request_stop() const;
  /// SIGKILL. Not of a cluster.
  void kill();
  [[nodiscard]] bool running() const { return pid_ > 0; }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// All that the process wrote to standard output and error, over all its lives; of a cluster, all its processes.
  [[nodiscard]] std::string log() const;
  /// What all its processes measure.
  [[nodiscard]] std::string metrics() const;
  /// Of the account `admin`.
  [[nodiscard]] std::filesystem::path password_file() const;
  /// Where the facts are, as `--store` wants it. A cluster's can be read only while it runs.
  [[nodiscard]] std::string store_url() const;

  /// A client signed in as `admin`.
  [[nodiscard]] runtime::ApiClient admin() const;
  /// A client with an API key or token, or nobody's where it is empty.
  [[nodiscard]] runtime::ApiClient with_token(const std::string& token) const;

 private:
  [[nodiscard]] std::vector<std::string> command() const;
  [[nodiscard]] std::vector<std::string> cluster_command() const;
  void wait_until_ready();
  void end(int signal);
  void reap();

  const std::filesystem::path data_;
  const std::vector<std::string> settings_;
  const FirstPassword first_password_;
  const std::string store_url_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

/// Runs the `wenming` command line and returns its exit code and what it wrote to both streams.
struct CommandResult {
  int exit_code = -1;
  std::string output;
};
CommandResult run_wenming(const std::vector<std::string>& arguments);
/// The same, killed as soon as the condition holds, after which the exit code is 137.
CommandResult run_wenming_until(const std::vector<std::string>& arguments, const std::function<bool()>& condition);
/// The same for a client command that signs in to the server as `admin`.
CommandResult run_as_admin(const ServerProcess& server, std::vector<std::string> arguments);

/// The folder of real records, from WENMING_SAMPLES; empty where the variable is not set.
std::filesystem::path samples();

/// Waits until the condition holds. False if it does not within the time.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds at_most = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

/// Waits until every consumer of the deployment has applied all events.
bool all_events_applied(const ServerProcess& server, std::chrono::milliseconds at_most = std::chrono::seconds(60));

}  // namespace wenming::e2e
