#include "runtime/backup_commands.h"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "runtime/backup.h"
#include "runtime/command_settings.h"
#include "runtime/restore.h"

namespace wenming::runtime {
namespace {

struct Options {
  SettingsOptions settings;
  std::string from, to, folder;
};

void add_backup(CLI::App& app, const std::vector<ServiceFactory>& services, int& exit_code) {
  const auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("backup", "Takes a backup while the services run");
  options->settings.add_storage_to(*command);
  command->add_option("--to", options->to, "The folder that is made for it");

  auto* verify = command->add_subcommand("verify", "Reads a backup and compares it with its manifest");
  verify->add_option("folder", options->folder, "The folder of the backup")->required();
  verify->callback([options, services, &exit_code] {
    const Prepared prepared(options->settings, services);
    exit_code = verify_backup(prepared.program.services(), options->folder) ? 0 : 1;
  });
  command->callback([options, services, command] {
    if (!command->get_subcommands().empty()) return;
    if (options->to.empty()) throw CLI::RequiredError("--to");
    const Prepared prepared(options->settings, services);
    take_backup(prepared.program.services(), prepared.server, options->to);
    fmt::print("The backup is in {}.\n", options->to);
  });
}

void add_restore(CLI::App& app, const std::vector<ServiceFactory>& services) {
  const auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("restore", "Brings a backup back into empty databases; all services are stopped");
  options->settings.add_storage_to(*command);
  command->add_option("--from", options->from, "The folder of the backup")->required();
  command->callback([options, services] {
    const Prepared prepared(options->settings, services);
    restore(prepared.program.services(), prepared.server, options->from);
  });
}

void add_move(CLI::App& app, const std::vector<ServiceFactory>& services) {
  const auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("move", "Takes an embedded installation over to PostgreSQL; it is stopped");
  options->settings.add_sources_to(*command);
  command->add_option("--blobs", options->settings.blobs, "directory:FOLDER or s3://BUCKET/PREFIX (blobs.url)");
  command->add_option("--from", options->from, "sqlite:FOLDER")->required();
  command->add_option("--to", options->settings.store, "postgresql://HOST/NAME_{service}, with empty databases")
      ->required();
  command->callback([options, services] {
    const Prepared prepared(options->settings, services);
    move(prepared.program.services(), prepared.server, options->from);
  });
}

}  // namespace

void add_backup_commands(CLI::App& app, const std::vector<ServiceFactory>& services, int& exit_code) {
  add_backup(app, services, exit_code);
  add_restore(app, services);
  add_move(app, services);
}

}  // namespace wenming::runtime
