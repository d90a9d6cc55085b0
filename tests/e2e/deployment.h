#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "e2e/server_process.h"

namespace wenming::e2e {

/// A fresh server with the organisations of a real district, for tests on real records. Says how long each step takes.
class Deployment {
 public:
  /// Starts the server and imports the divisions twice.
  explicit Deployment(const std::filesystem::path& samples);

  [[nodiscard]] ServerProcess& server() { return server_; }
  [[nodiscard]] runtime::ApiClient& admin() { return admin_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  /// Official codes with those of the organisations above, as the file states them and `add_unit` added.
  [[nodiscard]] const std::map<std::string, std::string>& parents() const { return parents_; }
  /// The ids by code.
  [[nodiscard]] const std::map<std::string, std::string>& ids() const { return ids_; }

  void add_unit(const std::string& code, const std::string& name, const std::string& parent_code,
                const std::string& level);
  /// Runs a client command as `admin`. Fails the test where its exit code is not 0.
  std::string command(std::vector<std::string> arguments);
  /// Waits until every service has heard of everything.
  void settle();
  /// Stops the server and lets the audit trail be verified.
  void stop_and_verify();

 private:
  void import_divisions(const std::filesystem::path& file);
  void read_ids();

  TemporaryFolder folder_;
  ServerProcess server_;
  runtime::ApiClient admin_;
  std::map<std::string, std::string> parents_, ids_;
};

/// Does a step and prints how long it took.
void timed(std::string_view step, const std::function<void()>& work);

/// Runs `job(client, i)` for every i below `count` on several connections. Throws what a job throws.
void in_parallel(const runtime::ApiClient& client, std::size_t count,
                 const std::function<void(runtime::ApiClient&, std::size_t)>& job);

/// Calls back with every item of a list, page by page.
void each_item(runtime::ApiClient& client, const std::string& target, const char* items,
               const std::function<void(const rapidjson::Value&)>& visit);

/// How many items a list has in all.
std::int64_t total_of(runtime::ApiClient& client, const std::string& target);

}  // namespace wenming::e2e
