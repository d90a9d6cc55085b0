#pragma once

#include <CLI/CLI.hpp>

#include <vector>

#include "runtime/run.h"

namespace wenming::runtime {

/// Adds `backup`, `restore` and `move`: for the program that knows all services, as they concern an installation as a
/// whole.
void add_backup_commands(CLI::App& app, const std::vector<ServiceFactory>& services, int& exit_code);

}  // namespace wenming::runtime
