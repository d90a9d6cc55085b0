#pragma once

#include <CLI/CLI.hpp>

namespace wenming::all_in_one {

/// `wenming import organisations|users|staff|calendar|cases FILE`: sends a file to a running server, with progress,
/// every refused row, a summary, and exit code 1 where anything was refused.
void add_import_command(CLI::App& app, int& exit_code);

}  // namespace wenming::all_in_one
