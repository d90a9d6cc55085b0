#pragma once

#include <CLI/CLI.hpp>

namespace wenming::all_in_one {

/// `wenming demo`: fills a running server, through its API, with a made county: 27 townships with their communities, 40
/// units, 2,000 volunteers and what happened in the last six months. Nobody in it exists.
///
/// Every fact is computed from the seed and the day it belongs to, and carries a natural key or is looked for before it
/// is made. So the command may be run again, or broken off and run again: it adds what is missing and doubles nothing.
void add_demo_command(CLI::App& app, int& exit_code);

}  // namespace wenming::all_in_one
