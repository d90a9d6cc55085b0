#include "runtime/command_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <stdexcept>

#include "core/log.h"

namespace wenming::runtime {

void SettingsOptions::add_sources_to(CLI::App& command) {
  command.add_option("--config", config_file, "TOML file with settings")->check(CLI::ExistingFile);
  command.add_option("--set", assignments, "One setting, KEY=VALUE; may be repeated");
}

void SettingsOptions::add_storage_to(CLI::App& command) {
  add_sources_to(command);
  command.add_option("--store", store, "sqlite:FOLDER or postgresql://HOST/NAME_{service} (store.url)");
  command.add_option("--blobs", blobs, "directory:FOLDER or s3://BUCKET/PREFIX (blobs.url)");
}

void SettingsOptions::add_to(CLI::App& command) {
  add_storage_to(command);
  command.add_option("--listen", listen, "Address and port, HOST:PORT (http.listen)");
  command
      .add_option("--admin-password-file", admin_password_file,
                  "Holds the first password of `admin`; without it one is made and printed once")
      ->check(CLI::ExistingFile);
}

core::Settings SettingsOptions::read() const {
  using Source = core::Settings::Source;
  core::Settings settings;
  if (!config_file.empty()) settings.read_file(config_file);
  settings.read_environment(environ);
  for (const std::string& assignment : assignments) {
    const auto equals = assignment.find('=');
    if (equals == std::string::npos) throw std::runtime_error("--set needs KEY=VALUE");  // it may be a secret
    settings.give(Source::Flag, assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  const auto give = [&](const char* key, const std::string& value) {
    if (!value.empty()) settings.give(Source::Flag, key, value);
  };
  give("http.listen", listen);
  give("store.url", store);
  give("blobs.url", blobs);
  give("identity.admin_password_file", admin_password_file);
  return settings;
}

Prepared::Prepared(const SettingsOptions& options, const std::vector<ServiceFactory>& factories)
    : settings(options.read()), program(settings, factories), server(settings) {
  core::log::Options log = core::log::options(settings);
  log.offset = server.offset;
  core::log::set_up(log);
  if (const auto faults = settings.check(); !faults.empty())
    throw std::runtime_error(fmt::format("the configuration is not sound:\n  {}", fmt::join(faults, "\n  ")));
}

}  // namespace wenming::runtime
