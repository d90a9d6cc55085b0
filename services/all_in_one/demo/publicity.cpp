#include <fmt/format.h>

#include <array>
#include <map>
#include <set>
#include <string>

#include "all_in_one/demo/scene.h"

namespace wenming::all_in_one {

using runtime::ApiClient;
using runtime::text_of;

void place_publicity(Scene& scene, Crew& crew) {
  std::set<std::string, std::less<>> there;
  std::map<std::string, std::string, std::less<>> ids;
  each(scene.office, "/v1/placements", "placements", [&](const auto& p) { there.emplace(text_of(p, "place")); });
  constexpr std::size_t kPlacements = 300;
  static constexpr std::array kMedia = {"NOTICE_BOARD", "BILLBOARD", "LED_SCREEN", "CORRIDOR", "PERMANENT_SIGN"};
  static constexpr std::array kThemes = {"CORE_VALUES", "VALUES_IN_PICTURES", "CIVILITY"};
  static constexpr std::array kConditions = {"FADED", "DAMAGED", "MISPRINT", "OFF"};
  crew.run("placements", kPlacements, [&](ApiClient& client, std::size_t i) {
    Dice dice(scene.options.seed, "placement", static_cast<std::int64_t>(i));
    const County::Node& owner = scene.unit(i);
    const std::string place = fmt::format("{}公益广告{}", owner.name, i / scene.county.units.size() + 1);
    if (there.contains(place)) return;
    const auto made =
        client.post("/v1/placements",
                    fmt::format(R"({{"unit_id":"{}","medium":"{}","theme":"{}","place":"{}","installed_on":"{}"}})",
                                owner.id, dice.pick(kMedia), dice.pick(kThemes), place,
                                core::to_text(scene.day(static_cast<int>(1 + dice.roll(kDays))))),
                    scene.key("placement", place));
    if (dice.chance(12))
      client.post(fmt::format("/v1/placements/{}:report-condition", text_of(made, "id")),
                  fmt::format(R"({{"condition":"{}"}})", dice.pick(kConditions)), scene.key("condition", place));
  });
}

void send_briefs(Scene& scene, Crew& crew) {
  std::set<std::string, std::less<>> there;
  each(scene.office, "/v1/briefs", "briefs", [&](const auto& b) { there.emplace(text_of(b, "title")); });
  constexpr std::size_t kBriefs = 160;
  static constexpr std::array kLevels = {"COUNTY", "COUNTY", "COUNTY", "CITY", "CITY", "PROVINCE"};
  crew.run("briefs", kBriefs, [&](ApiClient& client, std::size_t i) {
    Dice dice(scene.options.seed, "brief", static_cast<std::int64_t>(i));
    const County::Node& sender = scene.unit(i);
    const std::string title =
        fmt::format("{}开展{}（第{}期）", sender.name, dice.pick(demo_services()), i / scene.county.units.size() + 1);
    if (there.contains(title)) return;
    const auto made = client.post(
        "/v1/briefs",
        fmt::format(
            R"({{"unit_id":"{}","kind":"NEWS","title":"{}","progress":"按照创建工作安排，组织人员开展专项行动。"}})",
            sender.id, title),
        scene.key("brief", title));
    const std::string base = fmt::format("/v1/briefs/{}:", text_of(made, "id"));
    if (dice.chance(60))
      client.post(base + "adopt", fmt::format(R"({{"level":"{}"}})", dice.pick(kLevels)), scene.key("adopt", title));
    else if (dice.chance(40))
      client.post(base + "decline", R"({"reason":"内容与上期重复"})", scene.key("decline", title));
  });
}

}  // namespace wenming::all_in_one
