#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <span>
#include <vector>

#include "core/settings.h"
#include "domain/service.h"

namespace wenming::runtime {

/// Makes the table of a service from the settings that it declares.
using ServiceFactory = domain::Service (*)(core::Settings&);

/// Adds one command to the command line; its callback sets the exit code and throws std::runtime_error with a sentence
/// for the user where it fails.
using CommandFactory = std::function<void(CLI::App& commands, int& exit_code)>;

/// The whole of a `main`: reads the command line and runs one of the commands that every executable has (serve,
/// migrate, config, openapi, audit, dead-letters, rebuild, keys, ready, version) or one of `further`. Returns the exit
/// code: 0 done, 1 failed or refused, 2 misused.
int run(const std::vector<ServiceFactory>& services, int argc, char** argv,
        std::span<const CommandFactory> further = {});

}  // namespace wenming::runtime
