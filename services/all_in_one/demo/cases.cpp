#include <fmt/format.h>

#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "all_in_one/demo/scene.h"
#include "core/csv.h"
#include "runtime/api_job.h"
#include "runtime/progress.h"

namespace wenming::all_in_one {

using runtime::ApiClient;
using runtime::Progress;
using runtime::text_of;

namespace {

/// Cases of the last two weeks are still open, so only those before are settled enough to be imported.
constexpr int kSettledDays = 14;

}  // namespace

void import_cases(Scene& scene) {
  std::map<std::size_t, std::string> files;  // by unit
  std::size_t count = 0;
  for (int back = kDays; back >= kSettledDays; --back)
    for (int i = 0; i < 12; ++i) {
      Dice dice(scene.options.seed, "case unit", day_number(scene.day(back)), i);
      std::string& file =
          files[static_cast<std::size_t>(dice.roll(static_cast<std::int64_t>(scene.county.units.size())))];
      if (file.empty())
        core::append_csv_record(file,
                                {"message_id", "user_id", "subject", "received_at", "detail", "reply", "replied_at"});
      const DemoCase made = demo_case(scene.options.seed, scene.day(back), i, scene.offset);
      core::append_csv_record(
          file,
          {made.message_id, made.user_id, made.subject, core::to_rfc3339(made.received_at, scene.offset), made.detail,
           made.reply, made.reply.empty() ? std::string() : core::to_rfc3339(made.replied_at, scene.offset)});
      ++count;
    }
  Progress progress("cases", static_cast<std::int64_t>(count));
  for (const auto& [number, file] : files) {
    std::int64_t told = 0;
    const auto job =
        runtime::run_job(scene.office,
                         fmt::format("/v1/cases:import?unit_id={}&receiving_unit_id={}&source=demo-{}",
                                     scene.unit(number).id, scene.county.nodes.front().id, scene.options.seed),
                         "text/csv", file, [&](std::int64_t done, std::int64_t) {
                           progress.advance(done - told);
                           told = done;
                         });
    if (runtime::number_of(job, "refused") > 0)
      throw std::runtime_error("a case was refused: " + runtime::job_errors(scene.office, job));
  }
}

void open_cases(Scene& scene, ApiClient& unit_client) {
  constexpr int kCases = 60;
  std::set<std::string, std::less<>> there;
  each(scene.office, "/v1/cases?channel=PHONE", "cases", [&](const auto& c) { there.emplace(text_of(c, "place")); });
  Progress progress("open cases", kCases);
  for (int i = 0; i < kCases; ++i, progress.advance()) {
    Dice dice(scene.options.seed, "open case", i);
    const std::string place = fmt::format("演示路{}号", i + 1);
    if (there.contains(place)) continue;
    const County::Node& handler = scene.unit(static_cast<std::size_t>(dice.roll(1000)));
    const auto made = scene.office.post(
        "/v1/cases",
        fmt::format(R"({{"receiving_unit_id":"{}","channel":"PHONE","kind":"COMPLAINT","subject":"{}","place":"{}"}})",
                    scene.county.nodes.front().id, demo_subject(dice), place),
        scene.key("case", place));
    const std::string base = fmt::format("/v1/cases/{}:", text_of(made, "id"));
    const auto act = [&](ApiClient& client, const char* action, const std::string& body) {
      client.post(base + action, body, scene.key(action, place));
    };
    const std::int64_t steps = dice.roll(7);
    if (steps >= 1) act(scene.office, "accept", "{}");
    if (steps >= 2) act(scene.office, "dispatch", fmt::format(R"({{"unit_id":"{}"}})", handler.id));
    if (steps >= 3) act(unit_client, "sign", "{}");
    if (steps >= 4) act(unit_client, "reply", R"({"text":"已现场处理，感谢反映。"})");
    if (steps >= 5) act(scene.office, "call-back", fmt::format(R"({{"satisfied":{}}})", dice.chance(85)));
  }
}

}  // namespace wenming::all_in_one
