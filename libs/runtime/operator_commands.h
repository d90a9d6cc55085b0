#pragma once

#include <CLI/CLI.hpp>

namespace wenming::runtime {

/// Adds the commands that ask a running server: `ready`, `dead-letters list|show|replay|discard`, `rebuild`.
void add_operator_commands(CLI::App& app, int& exit_code);

}  // namespace wenming::runtime
