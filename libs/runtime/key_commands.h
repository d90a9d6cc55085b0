#pragma once

#include <CLI/CLI.hpp>

namespace wenming::runtime {

/// Adds the commands that look after the key file: `keys make|show|add|use|remove`, which change a file, and
/// `keys rewrap`, which asks a running server.
void add_key_commands(CLI::App& app, int& exit_code);

}  // namespace wenming::runtime
