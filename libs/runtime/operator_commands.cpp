#include "runtime/operator_commands.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "runtime/api_client.h"

namespace wenming::runtime {
namespace {

/// The parts of a command line that the operator's commands share. Kept alive by the callbacks.
struct OperatorOptions {
  Access access;
  std::string service;
  std::int64_t number = 0;
  std::string reason;
};

std::string base(const OperatorOptions& options) {
  return "/v1/operations/" + options.service;
}

void print_letter(const rapidjson::Value& letter) {
  fmt::print("{:>6}  {}  {:<10} {}{}\n        {} of {} in {} at {}\n", number_of(letter, "dead_letter_id"),
             text_of(letter, "laid_down_at"), text_of(letter, "reason"),
             letter["parked"].GetBool() ? "(waits behind an older one) " : "", text_of(letter, "detail"),
             text_of(letter, "type"), text_of(letter, "key"), text_of(letter, "source"), number_of(letter, "position"));
}

/// Calls back with every dead letter until it returns false.
template <class F>
void each_letter(ApiClient& client, const OperatorOptions& options, F visit) {
  std::string token;
  do {
    const auto page = client.get(fmt::format("{}/dead-letters?page_size=500&page_token={}", base(options), token));
    for (const auto& letter : page["dead_letters"].GetArray())
      if (!visit(letter)) return;
    token = text_of(page, "next_page_token");
  } while (!token.empty());
}

int list_letters(const OperatorOptions& options) {
  ApiClient client(options.access);
  std::size_t count = 0;
  each_letter(client, options, [&](const rapidjson::Value& letter) {
    print_letter(letter);
    ++count;
    return true;
  });
  fmt::print("{} dead letters of {}\n", count, options.service);
  return count == 0 ? 0 : 1;
}

int show_letter(const OperatorOptions& options) {
  ApiClient client(options.access);
  bool found = false;
  each_letter(client, options, [&](const rapidjson::Value& letter) {
    if (number_of(letter, "dead_letter_id") != options.number) return true;
    found = true;
    print_letter(letter);
    fmt::print("        tried {} times\n{}\n", number_of(letter, "attempts"), text_of(letter, "payload"));
    return false;
  });
  if (!found) fmt::print(stderr, "{} has no open dead letter {}\n", options.service, options.number);
  return found ? 0 : 1;
}

int replay_letter(const OperatorOptions& options) {
  ApiClient client(options.access);
  const auto done = client.post(fmt::format("{}/dead-letters/{}:replay", base(options), options.number), "{}", {});
  fmt::print("{} applied, {} left\n", number_of(done, "applied"), number_of(done, "remaining"));
  if (!done.HasMember("stuck_id")) return 0;
  fmt::print("stopped at {}: {}\n", number_of(done, "stuck_id"), text_of(done, "reason"));
  return 1;
}

int discard_letter(const OperatorOptions& options) {
  ApiClient client(options.access);
  const auto done = client.post(fmt::format("{}/dead-letters/{}:discard", base(options), options.number),
                                fmt::format("{{\"reason\":{}}}", json_string(options.reason)), {});
  fmt::print("given up, {} left\n", number_of(done, "remaining"));
  return 0;
}

int rebuild(const OperatorOptions& options) {
  ApiClient client(options.access);
  auto state = client.post(base(options) + ":rebuild", "{}", {});
  while (text_of(state, "state") == "RUNNING") {
    fmt::print(stderr, "\r{} events left   ", number_of(state, "lag"));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    state = client.get(base(options) + "/rebuild");
  }
  fmt::print(stderr, "\n");
  if (text_of(state, "state") != "SWITCHED") {
    fmt::print(stderr, "the rebuild failed, the live copy stands as it was: {}\n", text_of(state, "failure"));
    return 1;
  }
  fmt::print("{} was rebuilt and switched\n", options.service);
  return 0;
}

int ready(const OperatorOptions& options) {
  http::Client client(options.access.url, {.timeout = std::chrono::milliseconds(2000), .ca_file = {}});
  const http::Reply reply = client.request("GET", "/readyz?verbose");
  fmt::print("{}", reply.body);
  return reply.status == 200 ? 0 : 1;
}

using Action = int (*)(const OperatorOptions&);

/// A subcommand that names a service.
CLI::App* add_service_command(CLI::App& parent, const char* name, const char* help, Action action, int& exit_code,
                              const std::shared_ptr<OperatorOptions>& options) {
  auto* command = parent.add_subcommand(name, help);
  options->access.add_to(*command);
  command->add_option("service", options->service, "The service, such as dashboard")->required();
  command->callback([options, action, &exit_code] { exit_code = action(*options); });
  return command;
}

}  // namespace

void add_operator_commands(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<OperatorOptions>();

  auto* letters = app.add_subcommand("dead-letters", "Looks after events that a service could not apply");
  letters->require_subcommand(1);
  add_service_command(*letters, "list", "Lists them, the oldest first", list_letters, exit_code, options);
  const auto add_letter_command = [&](const char* name, const char* help, Action action) {
    auto* command = add_service_command(*letters, name, help, action, exit_code, options);
    command->add_option("number", options->number, "Which one, from the list")->required();
    return command;
  };
  add_letter_command("show", "Shows one with its payload", show_letter);
  add_letter_command("replay", "Applies one again, and those that wait behind it", replay_letter);
  add_letter_command("discard", "Gives one up", discard_letter)
      ->add_option("--reason", options->reason, "Why; it is kept")
      ->required();

  add_service_command(app, "rebuild", "Rebuilds what a service derives from events, beside the live copy, and switches",
                      rebuild, exit_code, options);

  auto* ready_command = app.add_subcommand("ready", "Asks a server whether it is ready");
  options->access.add_to(*ready_command);
  ready_command->callback([options, &exit_code] { exit_code = ready(*options); });
}

}  // namespace wenming::runtime
