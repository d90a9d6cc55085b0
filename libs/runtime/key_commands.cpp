#include "runtime/key_commands.h"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "core/random.h"
#include "runtime/api_client.h"
#include "runtime/key_file.h"

namespace wenming::runtime {
namespace {

struct KeyOptions {
  std::string file, id, service;
  bool use = false;
  Access access;
};

void show(const KeyOptions& options) {
  const domain::KeyRing ring = read_key_file(options.file);
  for (const std::string& id : ring.ids()) fmt::print("{}{}\n", id, id == ring.current() ? "  in use" : "");
}

void add(const KeyOptions& options) {
  domain::KeyRing ring = read_key_file(options.file);
  core::SystemRandom random;
  const std::string id = ring.add(random);
  if (options.use) ring.use(id);
  write_key_file(options.file, ring);
  fmt::print("{}\n", id);
}

void use(const KeyOptions& options) {
  domain::KeyRing ring = read_key_file(options.file);
  ring.use(options.id);
  write_key_file(options.file, ring);
}

void remove(const KeyOptions& options) {
  domain::KeyRing ring = read_key_file(options.file);
  ring.remove(options.id);
  write_key_file(options.file, ring);
}

/// The server takes a bounded number at a time; whoever is interrupted begins again and goes on.
void rewrap(const KeyOptions& options) {
  ApiClient client(options.access);
  std::int64_t done = 0;
  while (true) {
    const auto step = client.post(fmt::format("/v1/operations/{}/keys:rewrap", options.service), "{}", {});
    done += number_of(step, "rewrapped");
    const std::int64_t left = number_of(step, "remaining");
    fmt::print(stderr, "\r{} done, {} left   ", done, left);
    if (left == 0) {
      fmt::print(stderr, "\n");
      fmt::print("All keys of persons of {} are under {}.\n", options.service, text_of(step, "key_id"));
      return;
    }
  }
}

}  // namespace

void add_key_commands(CLI::App& app, int& /*exit_code*/) {
  const auto options = std::make_shared<KeyOptions>();
  auto* keys = app.add_subcommand("keys", "Looks after the keys of personal data");
  keys->require_subcommand(1);
  const auto add_file_command = [&](const char* name, const char* help, void (*action)(const KeyOptions&)) {
    auto* command = keys->add_subcommand(name, help);
    command->add_option("file", options->file, "The key file (keys.file)")->required();
    command->callback([options, action] { action(*options); });
    return command;
  };
  add_file_command("make", "Makes a key file for a new installation",
                   [](const KeyOptions& o) { make_key_file(o.file); });
  add_file_command("show", "Shows the ids of the keys, and which is in use", show);
  add_file_command("add", "Adds a key and prints its id", add)
      ->add_flag("--use", options->use, "And use it for what is new: only where one process reads the file");
  add_file_command("use", "Has a key used for what is new", use)
      ->add_option("id", options->id, "Which one")
      ->required();
  add_file_command("remove", "Removes a key under which nothing is any more", remove)
      ->add_option("id", options->id, "Which one")
      ->required();

  auto* rewrap_command =
      keys->add_subcommand("rewrap", "Has a service encrypt its keys of persons with the key that is in use");
  options->access.add_to(*rewrap_command);
  rewrap_command->add_option("service", options->service, "The service, such as hotline")->required();
  rewrap_command->callback([options] { rewrap(*options); });
}

}  // namespace wenming::runtime
