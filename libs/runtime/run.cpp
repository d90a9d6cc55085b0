#include "runtime/run.h"

#include <fmt/format.h>
#include <malloc.h>
#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <utility>

#include "contract/descriptors.h"
#include "contract/openapi.h"
#include "core/log.h"
#include "runtime/application.h"
#include "runtime/command_settings.h"
#include "runtime/databases.h"
#include "runtime/key_commands.h"
#include "runtime/migration.h"
#include "runtime/operator_commands.h"
#include "runtime/version.h"
#include "store/audit.h"

namespace wenming::runtime {
namespace {

/// SIGTERM and SIGINT, waited for on the main thread. Blocked before any other thread exists, so that no handler is
/// needed and none can run in the wrong place.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  int wait() const {
    int signal = 0;
    sigwait(&signals_, &signal);
    return signal;
  }

 private:
  sigset_t signals_{};
};

/// A block of this size goes back to the system when it is freed. By itself, glibc takes the first one that is freed
/// for a reason to keep all that are no larger, and each thread that has hashed a password would hold its 19 MiB for
/// good.
constexpr int kLargeBlock = 1 << 20;

int serve(const SettingsOptions& options, const std::vector<ServiceFactory>& factories) {
  const StopSignals signals;
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);  // NOLINT(concurrency-mt-unsafe): there is no other thread yet
  const Prepared prepared(options, factories);
  Application application(prepared.program, prepared.server);
  core::log::info("listening", {{"address", prepared.server.listen_address},
                                {"port", std::to_string(application.port())},
                                {"version", std::string(kVersion)}});
  signals.wait();
  core::log::info("stopping", {});
  const bool whole = application.stop();
  core::log::info("stopped", {{"cut_off", whole ? "no" : "yes"}});
  return whole ? 0 : 1;
}

/// Which service has read furthest in the journal of another one, and up to which row.
std::pair<std::string, std::int64_t> furthest_reader(std::span<const domain::Service> services,
                                                     const Databases& databases, const std::string& source) {
  std::pair<std::string, std::int64_t> furthest;
  for (const auto& reader : services) {
    const auto engine = databases.open_existing(reader.name());
    if (!engine) continue;
    const std::int64_t read = store::furthest_row_read(*engine->open_reader(), source);
    if (read > furthest.second) furthest = {reader.name(), read};
  }
  return furthest;
}

int verify_audit(const SettingsOptions& options, const std::vector<ServiceFactory>& factories) {
  const Prepared prepared(options, factories);
  const auto databases = look_into_databases(prepared.server.store_url);
  int exit_code = 0;
  for (const auto& service : prepared.program.services()) {
    if (service.is_read_model()) continue;
    const auto engine = databases->open_existing(service.name());
    if (!engine) {
      fmt::print("{}: no database in {}\n", service.name(), databases->place());
      exit_code = 1;
      continue;
    }
    store::AuditReport report;
    try {
      // Before the chain is followed to its end: services that run read on meanwhile.
      const auto [reader, read] = furthest_reader(prepared.program.services(), *databases, service.name());
      report = store::verify(*engine->open_reader());
      // Rows cut off at the end leave a chain that holds; but other services may have read them.
      if (!report.broken && read > report.rows)
        report.broken = {report.rows + 1, fmt::format("the row is missing: {} has read up to row {}", reader, read)};
    } catch (const store::EngineError& fault) {
      fmt::print("{}: cannot be read: {}\n", service.name(), fault.what());
      exit_code = 1;
      continue;
    }
    if (report.broken) {
      fmt::print("{}: broken at row {}: {}\n", service.name(), report.broken->sequence, report.broken->reason);
      exit_code = 1;
    } else {
      fmt::print("{}: {} rows, head {}\n", service.name(), report.rows, report.head);
    }
  }
  return exit_code;
}

/// `/v1/calendar` → `identity`, for every first word that paths begin with. The operators' methods name the service
/// themselves.
std::map<std::string, std::string> routes(const contract::Contract& contract) {
  std::map<std::string, std::string> routes;
  for (const auto& method : contract.methods()) {
    const std::string package = method->descriptor->file()->package();  // wenming.<service>.v1
    const std::size_t from = package.find('.') + 1;
    const std::string service = package.substr(from, package.find('.', from) - from);
    if (service == "operations") continue;
    const std::string& path = method->path;
    const std::size_t second = path.find('/', 1);
    const std::string prefix = path.substr(0, path.find_first_of("/:{", second + 1));
    const auto [known, added] = routes.emplace(prefix, service);
    if (known->second != service) throw std::logic_error(prefix + " belongs to two services");
  }
  return routes;
}

void add_server_commands(CLI::App& app, const std::vector<ServiceFactory>& factories, SettingsOptions& options,
                         int& exit_code) {
  auto* serve_command = app.add_subcommand("serve", "Runs the services until SIGTERM or Ctrl-C");
  options.add_to(*serve_command);
  serve_command->callback([&] { exit_code = serve(options, factories); });

  auto* migrate_command = app.add_subcommand("migrate", "Brings the databases to the schema of this version");
  options.add_to(*migrate_command);
  migrate_command->callback([&] {
    const Prepared prepared(options, factories);
    const auto databases = open_databases(prepared.server.store_url);
    migrate(prepared.program.services(), *databases);
    fmt::print("The databases in {} are up to date.\n", databases->place());
  });

  auto* config_command = app.add_subcommand("config", "Looks at the configuration");
  config_command->require_subcommand(1);
  auto* check_command = config_command->add_subcommand("check", "Names every fault of the configuration");
  options.add_to(*check_command);
  check_command->callback([&] {
    const Prepared prepared(options, factories);
    fmt::print("The configuration is sound.\n");
  });
  auto* print_command = config_command->add_subcommand("print", "Prints every setting in force, as TOML");
  options.add_to(*print_command);
  print_command->callback([&] {
    const Prepared prepared(options, factories);
    fmt::print("{}", prepared.settings.print());
  });

  auto* audit_command = app.add_subcommand("audit", "Looks at the journals");
  audit_command->require_subcommand(1);
  auto* verify_command =
      audit_command->add_subcommand("verify", "Checks the chain of hashes and names the first broken row");
  options.add_to(*verify_command);
  verify_command->callback([&] { exit_code = verify_audit(options, factories); });

  auto* openapi_command = app.add_subcommand("openapi", "Prints the contract of all services as OpenAPI 3.1");
  openapi_command->callback(
      [&] { fmt::print("{}\n", contract::openapi(contract::Contract(contract::all_services()), kVersion)); });

  auto* routes_command = app.add_subcommand("routes", "Prints which paths belong to which service, for a proxy");
  routes_command->callback([&] {
    core::Settings settings;
    const Program program(settings, factories);
    for (const auto& [prefix, service] : routes(program.contract())) fmt::print("{} {}\n", prefix, service);
  });

  auto* version_command = app.add_subcommand("version", "Prints the version");
  version_command->callback([] { fmt::print("wenming {}\n", kVersion); });
}

}  // namespace

int run(const std::vector<ServiceFactory>& services, int argc, char** argv, std::span<const CommandFactory> further) {
  CLI::App app("Wenming, the backend of a civilised-city campaign");
  app.require_subcommand(1);
  int exit_code = 0;
  SettingsOptions options;
  add_server_commands(app, services, options, exit_code);
  add_operator_commands(app, exit_code);
  add_key_commands(app, exit_code);
  for (const auto& add : further) add(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const auto unknown = app.remaining(true);  // what a required command was not found among
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError) && !unknown.empty())
      fmt::print(stderr, "wenming: there is no command {}\n", unknown.front());
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& fault) {
    fmt::print(stderr, "wenming: {}\n", fault.what());
    return 1;
  }
  return exit_code;
}

}  // namespace wenming::runtime
