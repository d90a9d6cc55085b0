#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "core/settings.h"
#include "runtime/application.h"
#include "runtime/run.h"
#include "runtime/server_settings.h"

namespace wenming::runtime {

/// What the command line says about settings; the same for every command that reads them.
struct SettingsOptions {
  std::string config_file, listen, store, blobs, admin_password_file;
  std::vector<std::string> assignments;

  /// All of them, for commands that serve.
  void add_to(CLI::App& command);
  /// Those that say where facts are kept and how events travel.
  void add_storage_to(CLI::App& command);
  /// Where to find settings, and single ones.
  void add_sources_to(CLI::App& command);

  [[nodiscard]] core::Settings read() const;
};

/// Everything that is settled before anything is opened: all settings declared, all checked.
struct Prepared {
  /// Throws std::runtime_error naming every fault.
  Prepared(const SettingsOptions& options, const std::vector<ServiceFactory>& factories);

  core::Settings settings;
  Program program;
  ServerSettings server;
};

}  // namespace wenming::runtime
