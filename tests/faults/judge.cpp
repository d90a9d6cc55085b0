#include "faults/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <unordered_map>

namespace wenming::faults {
namespace {

using runtime::number_of;

constexpr std::size_t kMostComplaints = 30;
/// How many of the newest resources are looked at one by one: their history is a request each.
constexpr std::size_t kLookedAtClosely = 20;
/// What the dashboard shows is at most this much behind.
constexpr std::chrono::seconds kDashboardPatience{60};

/// The lists that stories appear in, and the field in which they carry their marker.
constexpr std::pair<const char*, const char*> kMarkers[] = {
    {"hours", "description"}, {"cases", "subject"}, {"inspections", "remarks"}, {"placements", "place"}};

struct Seen {
  std::string id;
  std::int64_t version = 0;
  int times = 0;
};
using SeenByMarker = std::unordered_map<std::string, Seen>;

SeenByMarker seen_in(const Facts& facts) {
  SeenByMarker all;
  for (const auto& [list, field] : kMarkers)
    facts.each(list, [&, field = field](const auto& item) {
      Seen& seen = all[std::string(runtime::text_of(item, field))];
      seen.id = runtime::text_of(item, "id");
      seen.version = number_of(item, "version");
      ++seen.times;
    });
  return all;
}

void append(Complaints& to, const Complaints& more) {
  to.insert(to.end(), more.begin(), more.end());
}

/// As many entries in the history of a resource as steps were taken.
Complaints compare_histories(runtime::ApiClient& client, const Facts& facts) {
  Complaints complaints;
  const auto look = [&](const char* list, const char* history, const char* entries, std::int64_t at_first) {
    std::size_t looked_at = 0;
    facts.each(list, [&](const auto& item) {
      if (looked_at++ >= kLookedAtClosely) return;
      const auto answer =
          client.get(fmt::format("/v1/{}/{}/{}?page_size=500", list, runtime::text_of(item, "id"), history));
      const std::int64_t expected = number_of(item, "version") - at_first;
      if (answer[entries].Size() != static_cast<std::size_t>(expected))
        complaints.push_back(fmt::format("{} {} has {} entries in its {}, not {}", list, runtime::text_of(item, "id"),
                                         answer[entries].Size(), history, expected));
    });
  };
  look("cases", "history", "entries", 0);
  look("placements", "condition-reports", "condition_reports", 1);
  return complaints;
}

/// Every finding has one order.
Complaints compare_orders(const Facts& facts) {
  std::map<std::string, std::int64_t> open;
  facts.each("inspections", [&](const auto& inspection) {
    open[std::string(runtime::text_of(inspection, "id"))] += number_of(inspection, "low_findings") +
                                                             number_of(inspection, "moderate_findings") +
                                                             number_of(inspection, "high_findings");
  });
  facts.each("rectification_orders",
             [&](const auto& order) { --open[std::string(runtime::text_of(order, "inspection_id"))]; });
  Complaints complaints;
  for (const auto& [id, missing] : open)
    if (missing != 0) complaints.push_back(fmt::format("inspection {} lacks {} orders", id, missing));
  return complaints;
}

Complaints count_dead_letters(runtime::ApiClient& client) {
  Complaints complaints;
  for (const char* service : {"identity", "volunteer", "inspection", "hotline", "publicity", "dashboard"}) {
    const auto letters = client.get(fmt::format("/v1/operations/{}/dead-letters?include_total=true", service));
    if (const auto total = number_of(letters, "total"); total != 0)
      complaints.push_back(fmt::format("{} has {} dead letters", service, total));
  }
  return complaints;
}

Complaints compare_dashboard(const e2e::ServerProcess& server, runtime::ApiClient& client, const Facts& facts,
                             const County& county) {
  if (!e2e::all_events_applied(server, kDashboardPatience)) return {"the consumers do not catch up"};
  const Recount recount(facts, county);
  Complaints differences;
  // What a consumer has just published may still be on its way to the next.
  e2e::eventually(
      [&] {
        differences = recount.differences(client);
        return differences.empty();
      },
      std::chrono::seconds(5));
  return differences;
}

}  // namespace

Complaints compare_with_stories(const Facts& facts, const Load& load) {
  SeenByMarker seen = seen_in(facts);
  Complaints complaints = load.surprises();
  load.each_story([&](const Story& story) {
    const auto found = seen.find(story.marker);
    const Seen there = found == seen.end() ? Seen() : found->second;
    if (found != seen.end()) seen.erase(found);
    const std::int64_t told = story.version_after(story.answered);
    const std::int64_t at_most = story.in_doubt ? story.version_after(story.answered + 1) : told;
    if (there.times > 1) complaints.push_back(fmt::format("{} is there {} times", story.marker, there.times));
    if (!story.abandoned && (there.version < told || there.version > at_most))
      complaints.push_back(fmt::format("{} {}: {} steps acknowledged{}, {} applied", story.marker, story.id, told,
                                       at_most > told ? ", one in doubt" : "", there.version));
    if (there.times > 0 && !story.id.empty() && there.id != story.id)
      complaints.push_back(fmt::format("{} is {}, acknowledged as {}", story.marker, there.id, story.id));
  });
  for (const auto& [marker, stranger] : seen)
    complaints.push_back(fmt::format("{} \"{}\" is there, but was refused or never sent", stranger.id, marker));
  return complaints;
}

Complaints judge(const e2e::ServerProcess& server, const County& county, const Load& load) {
  runtime::ApiClient client = server.admin();
  const Facts facts(client);
  Complaints complaints = compare_with_stories(facts, load);
  append(complaints, compare_orders(facts));
  append(complaints, compare_histories(client, facts));
  append(complaints, compare_dashboard(server, client, facts, county));
  append(complaints, count_dead_letters(client));
  return complaints;
}

Complaints judge_journals(const std::filesystem::path& data) {
  const auto result = e2e::run_wenming({"audit", "verify", "--store", "sqlite:" + data.string()});
  return result.exit_code == 0 ? Complaints() : Complaints{result.output};
}

std::string text_of(const Complaints& complaints) {
  const std::size_t shown = std::min(complaints.size(), kMostComplaints);
  std::string text =
      fmt::format("{}", fmt::join(complaints.begin(), complaints.begin() + static_cast<std::ptrdiff_t>(shown), "\n"));
  if (shown < complaints.size()) text += fmt::format("\nand {} more", complaints.size() - shown);
  return text;
}

}  // namespace wenming::faults
