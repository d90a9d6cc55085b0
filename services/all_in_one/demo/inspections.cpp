#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "all_in_one/demo/scene.h"

namespace wenming::all_in_one {

using runtime::ApiClient;
using runtime::text_of;

namespace {

constexpr int kOrderDays = 5;  // younger inspections issue rectification orders

}  // namespace

std::vector<std::string> make_points(Scene& scene, Crew& crew) {
  std::map<std::string, std::string, std::less<>> there;
  const auto look = [&] {
    each(scene.office, "/v1/points", "points",
         [&](const auto& p) { there.emplace(text_of(p, "code"), text_of(p, "id")); });
  };
  look();
  constexpr std::size_t kPoints = 400;
  const auto code = [](std::size_t i) { return fmt::format("DEMO-P{:03}", i + 1); };
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < kPoints; ++i)
    if (!there.contains(code(i))) missing.push_back(i);
  crew.run("points", missing.size(), [&](ApiClient& client, std::size_t m) {
    const std::size_t i = missing[m];
    Dice dice(scene.options.seed, "point", static_cast<std::int64_t>(i));
    const County::Node& owner = scene.unit(i);
    const std::string_view type = dice.pick(demo_point_types());
    client.post("/v1/points",
                fmt::format(R"({{"code":"{}","name":"{}{}{}号","type":"{}","position":{},"unit_id":"{}"}})", code(i),
                            owner.name, type, i / scene.county.units.size() + 1, type,
                            position_json(owner.longitude + static_cast<double>(dice.roll(200)) / 10'000,
                                          owner.latitude + static_cast<double>(dice.roll(200)) / 10'000),
                            owner.id),
                scene.key("point", code(i)));
  });
  look();
  std::vector<std::string> points;
  for (std::size_t i = 0; i < kPoints; ++i) points.push_back(there.at(code(i)));
  return points;
}

void inspect(Scene& scene, Crew& crew, const std::vector<std::string>& points) {
  struct Visit {
    core::Date on;
    int number;
  };
  std::vector<Visit> visits;
  for (int back = kDays; back >= 1; --back)
    for (int i = 0; i < 12; ++i) visits.push_back({scene.day(back), i});
  crew.run("inspections", visits.size(), [&](ApiClient& client, std::size_t i) {
    const core::Date on = visits[i].on;
    Dice dice(scene.options.seed, "visit", day_number(on), visits[i].number);
    const std::uint64_t a = dice.next();
    const std::uint64_t b = dice.next();
    const std::string id = fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", a >> 32, (a >> 16) & 0xffff, a & 0xfff,
                                       b >> 52, b & 0xffff'ffff'ffff);
    const std::string& point = dice.pick(points);
    std::string findings;
    std::int64_t score = 100 - dice.roll(6);
    for (std::int64_t f = dice.roll(4); f > 0; --f) {
      const DemoFinding& finding = dice.pick(demo_findings());
      findings += fmt::format(R"({}{{"category":"{}","severity":"{}","description":"{}"}})",
                              findings.empty() ? "" : ",", finding.category, finding.severity, finding.description);
      score -= 3 + dice.roll(6);
    }
    const char* kind = dice.chance(70) ? "ROUTINE" : "SURPRISE";
    const core::Timestamp at = scene.offset.start_of(on) + std::chrono::minutes(540 + dice.roll(480));
    unless_there("inspection_differs", [&] {
      client.put(
          "/v1/inspections/" + id,
          fmt::format(
              R"({{"point_id":"{}","kind":"{}","inspected_at":"{}","score":{},"findings":[{}],"issue_orders":{}}})",
              point, kind, core::to_rfc3339(at, scene.offset), score, findings, on >= scene.day(kOrderDays)));
    });
  });
}

void work_on_orders(Scene& scene, Crew& units, Crew& office) {
  const auto advance = [&](Crew& crew, const char* label, const char* state, const char* action, int percent) {
    std::vector<std::string> chosen;
    each(scene.office, fmt::format("/v1/rectification-orders?state={}", state), "rectification_orders",
         [&](const auto& order) {
           Dice dice(scene.options.seed, std::string(action) + std::string(text_of(order, "inspection_id")), 0);
           if (dice.chance(percent)) chosen.emplace_back(text_of(order, "id"));
         });
    crew.run(label, chosen.size(), [&](ApiClient& client, std::size_t i) {
      client.post(fmt::format("/v1/rectification-orders/{}:{}", chosen[i], action),
                  std::string_view(action) == "submit" ? R"({"note":"已整改到位"})" : "{}",
                  scene.key(action, chosen[i]));
    });
  };
  advance(units, "orders signed", "ISSUED", "sign", 80);
  advance(units, "orders answered", "SIGNED", "submit", 70);
  advance(office, "orders verified", "SUBMITTED", "verify", 75);
}

}  // namespace wenming::all_in_one
