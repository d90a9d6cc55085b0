#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "all_in_one/demo/scene.h"

namespace wenming::all_in_one {

using runtime::ApiClient;
using runtime::json_string;
using runtime::text_of;

namespace {

/// Hours of the last ten days wait for their decision.
constexpr int kUndecidedDays = 10;

struct Service {
  std::size_t volunteer;
  core::Timestamp starts_at;
  std::int64_t minutes;
  std::string_view what;
};

/// Each volunteer serves about every fourth week, on a day and at an hour of their own.
std::vector<Service> services(const Scene& scene, std::size_t volunteers) {
  std::vector<Service> all;
  const std::int64_t this_week = day_number(scene.today) / 7;
  for (std::size_t v = 0; v < volunteers; ++v)
    for (std::int64_t week = this_week - kDays / 7; week <= this_week; ++week) {
      Dice dice(scene.options.seed, "hours", static_cast<std::int64_t>(v), week);
      if (!dice.chance(25)) continue;
      const core::Date on(std::chrono::local_days(std::chrono::days(week * 7 + dice.roll(7))));
      if (on >= scene.today) continue;
      all.push_back({v, scene.offset.start_of(on) + std::chrono::minutes(480 + 30 * dice.roll(18)),
                     60 + 30 * dice.roll(5), dice.pick(demo_services())});
    }
  return all;
}

}  // namespace

std::vector<std::string> find_or_register_volunteers(Scene& scene, Crew& crew) {
  const std::size_t count = static_cast<std::size_t>(scene.options.volunteers);
  std::map<std::string, std::vector<std::pair<std::string, std::string>>, std::less<>> there;  // number, id by unit
  const auto look = [&] {
    there.clear();
    each(scene.office, "/v1/volunteers", "volunteers", [&](const auto& v) {
      there[std::string(text_of(v, "unit_id"))].emplace_back(text_of(v, "number"), text_of(v, "id"));
    });
  };
  look();
  // The n-th volunteer belongs to unit n modulo the units; a unit's are told apart by their numbers.
  std::vector<std::size_t> missing;
  for (std::size_t n = 0; n < count; ++n)
    if (there[scene.unit(n).id].size() <= n / scene.county.units.size()) missing.push_back(n);
  crew.run("volunteers", missing.size(), [&](ApiClient& client, std::size_t i) {
    const std::size_t n = missing[i];
    client.post("/v1/volunteers",
                fmt::format(R"({{"display_name":"志愿者{:04}","phone":"1990000{:04}","unit_id":"{}"}})", n + 1, n + 1,
                            scene.unit(n).id),
                scene.key("volunteer", std::to_string(n)));
  });
  look();
  for (auto& [id, list] : there) std::sort(list.begin(), list.end());
  std::vector<std::string> volunteers;
  for (std::size_t n = 0; n < count; ++n)
    volunteers.push_back(there.at(scene.unit(n).id).at(n / scene.county.units.size()).second);
  return volunteers;
}

void hold_activities(Scene& scene) {
  std::set<std::string, std::less<>> there;
  each(scene.office, "/v1/activities", "activities", [&](const auto& a) { there.emplace(text_of(a, "title")); });
  for (int week = 0; week < 4; ++week) {
    // Weeks are counted from the epoch, so a later run makes the same ones.
    const core::Date monday =
        scene.today - (scene.today.weekday() - std::chrono::Monday) + std::chrono::days(7 * (week + 1));
    for (int i = 0; i < 6; ++i) {
      Dice dice(scene.options.seed, "activity", day_number(monday), i);
      const County::Node& where = scene.unit(static_cast<std::size_t>(dice.roll(1000)));
      const core::Date on = monday + std::chrono::days(dice.roll(7));
      const std::string title = fmt::format("{}·{}·{}", where.name, dice.pick(demo_services()), core::to_text(on));
      if (there.contains(title)) continue;
      const core::Timestamp from = scene.offset.start_of(on) + std::chrono::hours(9);
      const auto made = scene.office.post(
          "/v1/activities",
          fmt::format(
              R"({{"unit_id":"{}","title":{},"theme":"{}","place":"{}","position":{},"starts_at":"{}","ends_at":"{}","head_count":{}}})",
              where.id, json_string(title), dice.pick(demo_themes()), where.name,
              position_json(where.longitude, where.latitude), core::to_rfc3339(from, scene.offset),
              core::to_rfc3339(from + std::chrono::hours(3), scene.offset), 10 + dice.roll(40)),
          scene.key("activity", title));
      scene.office.post(fmt::format("/v1/activities/{}:publish", text_of(made, "id")), "{}",
                        scene.key("publish", title));
    }
  }
}

void log_hours(Scene& scene, Crew& crew, const std::vector<std::string>& volunteers) {
  std::set<std::pair<std::string, std::string>> there;
  each(scene.office, fmt::format("/v1/hours?from={}", core::to_text(scene.day(kDays + 14))), "hours",
       [&](const auto& h) { there.emplace(text_of(h, "volunteer_id"), text_of(h, "starts_at")); });
  std::vector<Service> missing;
  for (const Service& s : services(scene, volunteers.size()))
    if (!there.contains({volunteers[s.volunteer], core::to_rfc3339(s.starts_at, scene.offset)})) missing.push_back(s);
  crew.run("hours", missing.size(), [&](ApiClient& client, std::size_t i) {
    const Service& s = missing[i];
    const std::string start = core::to_rfc3339(s.starts_at, scene.offset);
    unless_there("hours_overlap", [&] {
      client.post(fmt::format("/v1/volunteers/{}/hours", volunteers[s.volunteer]),
                  fmt::format(R"({{"starts_at":"{}","minutes":{},"description":"{}"}})", start, s.minutes, s.what),
                  scene.key("hours", fmt::format("{}-{}", s.volunteer, start)));
    });
  });
}

void decide_hours(Scene& scene, Crew& crew) {
  std::vector<std::string> pending;
  each(scene.office, fmt::format("/v1/hours?status=PENDING&to={}", core::to_text(scene.day(kUndecidedDays))), "hours",
       [&](const auto& h) { pending.emplace_back(text_of(h, "id")); });
  crew.run("approvals", pending.size(), [&](ApiClient& client, std::size_t i) {
    client.post(fmt::format("/v1/hours/{}:approve", pending[i]), "{}", scene.key("approve", pending[i]));
  });
}

}  // namespace wenming::all_in_one
