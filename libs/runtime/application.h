#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "core/settings.h"
#include "runtime/run.h"
#include "runtime/server_settings.h"

namespace wenming::runtime {

/// The contract of these services and of the operations that every process has.
class Program {
 public:
  /// Makes the services' tables and checks them against the contract and the settings against what was declared. Throws
  /// std::runtime_error naming every fault.
  Program(core::Settings& settings, const std::vector<ServiceFactory>& factories);

  [[nodiscard]] const contract::Contract& contract() const { return *contract_; }
  [[nodiscard]] const std::vector<domain::Service>& services() const { return services_; }

 private:
  std::vector<domain::Service> services_;
  std::unique_ptr<contract::Contract> contract_;
};

/// All services of this process, wired and running: stores, consumers, live streams, HTTP. Lives from start to stop on
/// the main thread.
class Application {
 public:
  /// Opens the databases (those that no other process can share are migrated), starts everything, and answers requests
  /// before it returns. Throws std::runtime_error with what to do.
  Application(const Program& program, const ServerSettings& settings);
  /// Stops at once whatever `stop` has not stopped.
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  [[nodiscard]] std::uint16_t port() const;

  /// Answers what has been asked, takes nothing new, writes what has been taken, closes. True if nothing was cut off.
  bool stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wenming::runtime
