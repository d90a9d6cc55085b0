#include "all_in_one/demo/demo.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "all_in_one/demo/scene.h"
#include "core/clock.h"
#include "runtime/api_job.h"

namespace wenming::all_in_one {
namespace {

using runtime::ApiClient;
using runtime::text_of;

constexpr std::chrono::milliseconds kBetweenLooks{20};

void make_county(Scene& scene) {
  const auto nobody = [](std::int64_t, std::int64_t) {};
  runtime::run_job(scene.office, "/v1/organisations:import", "text/csv", scene.county.csv(), nobody);
  std::map<std::string, std::string, std::less<>> ids;
  each(scene.office, "/v1/organisations", "organisations",
       [&](const auto& node) { ids.emplace(text_of(node, "code"), text_of(node, "id")); });
  for (County::Node& node : scene.county.nodes) node.id = ids.at(node.code);
}

struct Key {
  std::string id, secret;
};

/// Units act through a key of their own: the office may not log hours or answer cases for them.
Key make_liaison_key(Scene& scene) {
  const core::Timestamp now = core::SystemClock().now();
  const auto made = scene.office.post(
      "/v1/api-keys",
      fmt::format(R"({{"name":"demo","role":"LIAISON","unit_id":"{}","expires_at":"{}"}})",
                  scene.county.nodes.front().id, core::to_rfc3339(now + std::chrono::hours(1), scene.offset)),
      scene.key("liaison", std::to_string(now.micros())));
  return {std::string(text_of(made["api_key"], "id")), std::string(text_of(made, "secret"))};
}

/// Where services are processes of their own, they hear of organisations and keys a moment later.
void wait_until_all_know(const std::string& url) {
  http::Client client(url);
  constexpr int kInARow = 3;  // what was just sent may be on its way to whoever is asked
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  for (int settled = 0; settled < kInARow;) {
    settled = client.request("GET", "/readyz?all&settled").status == 200 ? settled + 1 : 0;
    if (std::chrono::steady_clock::now() > until)
      throw std::runtime_error("the services do not hear of each other: look at /readyz?all&verbose");
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

void run(const DemoOptions& options) {
  ApiClient office_client(options.access);
  const core::UtcOffset offset;
  Scene scene{options, office_client, offset, offset.date_of(core::SystemClock().now()), {}};
  make_county(scene);

  const Key liaison = make_liaison_key(scene);
  runtime::Access access = options.access;
  access.token = liaison.secret;
  access.account.clear();
  ApiClient unit_client(access);
  wait_until_all_know(options.access.url);
  Crew office(office_client, options.connections);
  Crew units(unit_client, options.connections);

  const auto volunteers = find_or_register_volunteers(scene, office);
  hold_activities(scene);
  log_hours(scene, units, volunteers);
  decide_hours(scene, office);
  const auto points = make_points(scene, office);
  inspect(scene, office, points);
  work_on_orders(scene, units, office);
  import_cases(scene);
  open_cases(scene, unit_client);
  place_publicity(scene, office);
  send_briefs(scene, office);
  office_client.post(fmt::format("/v1/api-keys/{}:revoke", liaison.id), "{}", scene.key("revoke", liaison.id));
}

}  // namespace

void add_demo_command(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<DemoOptions>();
  auto* demo = app.add_subcommand("demo", "Fills a running server with a made county");
  options->access.add_to(*demo);
  demo->add_option("--seed", options->seed, "The same seed makes the same county")->capture_default_str();
  demo->add_option("--volunteers", options->volunteers, "How many")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  demo->add_option("--connections", options->connections, "Requests at the same time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  demo->callback([options, &exit_code] {
    const auto start = std::chrono::steady_clock::now();
    run(*options);
    fmt::print("The demonstration county is there ({:.1f} s).\n",
               std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    exit_code = 0;
  });
}

}  // namespace wenming::all_in_one
