#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "all_in_one/demo/county.h"
#include "core/time.h"
#include "runtime/api_client.h"

namespace wenming::all_in_one {

struct DemoOptions {
  runtime::Access access;
  std::uint64_t seed = 1;
  int volunteers = 2000;
  int connections = 8;
};

/// How far back the made facts go.
constexpr int kDays = 182;

/// What all steps of the demonstration share.
struct Scene {
  /// The key under which a fact is sent: the same however often it is sent.
  [[nodiscard]] std::string key(std::string_view kind, std::string_view what) const;
  /// The units in turn, over and over.
  [[nodiscard]] const County::Node& unit(std::size_t i) const;
  [[nodiscard]] core::Date day(int back) const { return today - std::chrono::days(back); }

  const DemoOptions& options;
  runtime::ApiClient& office;  // signed in as whoever runs the demonstration
  const core::UtcOffset offset;
  const core::Date today;
  County county;
};

/// Connections that work side by side.
class Crew {
 public:
  Crew(const runtime::ApiClient& client, int size);
  /// Runs `job(client, i)` for every i below `count`, with a progress bar. The first exception ends all and is thrown.
  void run(const std::string& label, std::size_t count,
           const std::function<void(runtime::ApiClient&, std::size_t)>& job);

 private:
  std::vector<runtime::ApiClient> clients_;
};

// The steps, each in the file of its service. Every one adds what is missing and doubles nothing.

/// Their ids.
std::vector<std::string> find_or_register_volunteers(Scene& scene, Crew& office);
void hold_activities(Scene& scene);
void log_hours(Scene& scene, Crew& units, const std::vector<std::string>& volunteers);
void decide_hours(Scene& scene, Crew& office);
/// Their ids.
std::vector<std::string> make_points(Scene& scene, Crew& office);
void inspect(Scene& scene, Crew& office, const std::vector<std::string>& points);
/// Some units have acted on their orders, some of that was looked at. Decided by the inspection, so a later run decides
/// alike.
void work_on_orders(Scene& scene, Crew& units, Crew& office);
void import_cases(Scene& scene);
/// Cases that are under way now, in every state.
void open_cases(Scene& scene, runtime::ApiClient& unit_client);
void place_publicity(Scene& scene, Crew& office);
void send_briefs(Scene& scene, Crew& office);

// What several steps need.

/// Calls back with every item of a list, page by page.
void each(runtime::ApiClient& client, const std::string& target, const char* items,
          const std::function<void(const rapidjson::Value&)>& visit);
/// Runs the request; a refusal of this code means that the fact is there already.
void unless_there(std::string_view code, const std::function<void()>& request);
std::string position_json(double longitude, double latitude);
std::int64_t day_number(core::Date day);

}  // namespace wenming::all_in_one
