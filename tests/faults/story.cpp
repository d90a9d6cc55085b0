#include "faults/story.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "core/clock.h"
#include "core/time.h"

namespace wenming::faults {
namespace {

using std::chrono::minutes;

constexpr core::UtcOffset kOffset;

/// Services begin on the hour and a half, so those of 23:30 run over midnight; 18 hours a day are many, but allowed.
constexpr minutes kPitch{60};
constexpr minutes kLength{45};

std::string hours_body(core::Timestamp starts_at, const std::string& description) {
  return fmt::format(R"({{"starts_at":"{}","minutes":{},"description":"{}"}})", core::to_rfc3339(starts_at, kOffset),
                     kLength.count(), description);
}

std::string uuid(std::mt19937_64& random) {
  const std::uint64_t a = random();
  const std::uint64_t b = random();
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", a >> 32, (a >> 16) & 0xffff, a & 0xfff, b >> 52,
                     b & 0xffff'ffff'ffff);
}

core::Date today() {
  return kOffset.date_of(core::SystemClock().now());
}

}  // namespace

std::string Story::target(std::size_t step) const {
  std::string target = steps[step].target;
  if (const auto place = target.find("{id}"); place != std::string::npos) target.replace(place, 4, id);
  return target;
}

std::int64_t Story::version_after(std::size_t steps_taken) const {
  std::int64_t version = 0;
  for (std::size_t i = 0; i < steps_taken; ++i) version += steps[i].forbidden ? 0 : 1;
  return version;
}

Storyteller::Storyteller(const County& county, std::uint64_t seed, std::size_t client, std::size_t clients)
    : county_(county), client_(client), random_(seed + client) {
  for (std::size_t i = client; i < county.volunteers.size(); i += clients) volunteers_.push_back(county.volunteers[i]);
}

Story Storyteller::next() {
  const std::size_t kind = roll(10);
  return kind < 4 ? hours() : kind < 7 ? hotline_case() : kind < 9 ? inspection() : placement();
}

Story Storyteller::hours() {
  Story story{.collection = "hours", .marker = fmt::format("h{}-{}", client_, told_++), .steps = {}, .id = {}};
  const std::size_t slot = slots_++;
  const std::string target = "/v1/volunteers/" + volunteers_[slot % volunteers_.size()] + "/hours";
  const auto back = static_cast<std::int64_t>(slot / volunteers_.size() + 1);
  const core::Timestamp starts_at = kOffset.start_of(today() - std::chrono::days(1)) + minutes(30) - back * kPitch;

  const auto act = [&](const char* action, bool forbidden = false) {
    const char* body = std::string_view(action) == "approve" ? "{}" : R"({"reason":"checked"})";
    story.steps.push_back({Hand::Office, "POST", fmt::format("/v1/hours/{{id}}:{}", action), body, forbidden});
  };
  story.steps.push_back({Hand::Unit, "POST", target, hours_body(starts_at, story.marker)});
  if (chance(20))
    story.steps.push_back({Hand::Unit, "POST", target, hours_body(starts_at + minutes(5), "overlaps"), true});
  if (chance(10)) {
    act("reject");
  } else if (chance(70)) {
    act("approve");
    if (chance(20)) act("approve", true);
    if (chance(20)) act("revoke");
  }
  return story;
}

Story Storyteller::hotline_case() {
  Story story{.collection = "cases", .marker = fmt::format("c{}-{}", client_, told_++), .steps = {}, .id = {}};
  const bool by_citizen = chance(30);
  story.steps.push_back(
      {by_citizen ? Hand::Citizen : Hand::Office, "POST", "/v1/cases",
       fmt::format(R"({{"receiving_unit_id":"{}","channel":"{}","kind":"COMPLAINT","subject":"{}","anonymous":{}}})",
                   county_.units.front().id, by_citizen ? "WEB_MAILBOX" : "PHONE", story.marker, by_citizen)});
  const auto act = [&](Hand hand, const char* action, std::string body, bool forbidden = false) {
    story.steps.push_back({hand, "POST", fmt::format("/v1/cases/{{id}}:{}", action), std::move(body), forbidden});
  };
  if (chance(15)) {
    act(Hand::Office, "decline", R"({"reason":"not ours"})");
    return story;
  }
  const std::size_t length = roll(7);
  if (length >= 1) act(Hand::Office, "accept", "{}");
  if (chance(20)) act(Hand::Unit, "sign", "{}", true);
  if (length >= 2) act(Hand::Office, "dispatch", fmt::format(R"({{"unit_id":"{}"}})", any_unit().id));
  if (length >= 3) act(Hand::Unit, "sign", "{}");
  if (length >= 4) act(Hand::Unit, "reply", R"({"text":"done"})");
  if (length >= 5) act(Hand::Office, "call-back", R"({"satisfied":true})");
  if (length >= 6) act(Hand::Office, "close", "{}");
  return story;
}

Story Storyteller::inspection() {
  static constexpr std::array kSeverities = {"LOW", "MODERATE", "HIGH"};
  Story story{.collection = "inspections", .marker = fmt::format("i{}-{}", client_, told_++), .steps = {}, .id = {}};
  const std::string id = uuid(random_);
  const std::string& point = county_.points[roll(county_.points.size())];
  const core::Timestamp at =
      kOffset.start_of(today() - std::chrono::days(1 + roll(40))) + minutes(600 + static_cast<int>(roll(400)));
  std::string findings;
  for (std::size_t i = roll(3); i > 0; --i)
    findings += fmt::format(R"({}{{"category":"order","severity":"{}"}})", findings.empty() ? "" : ",",
                            kSeverities[roll(kSeverities.size())]);
  const auto report = [&](const std::string& remarks) {
    return fmt::format(
        R"({{"point_id":"{}","kind":"ROUTINE","inspected_at":"{}","findings":[{}],"issue_orders":true,"remarks":"{}"}})",
        point, core::to_rfc3339(at, kOffset), findings, remarks);
  };
  const std::string target = "/v1/inspections/" + id;
  story.steps.push_back({Hand::Office, "PUT", target, report(story.marker)});
  if (chance(20)) story.steps.push_back({Hand::Office, "PUT", target, report("something else"), true});
  return story;
}

Story Storyteller::placement() {
  static constexpr std::array kConditions = {"GOOD", "FADED", "DAMAGED", "MISPRINT", "OFF", "OUTDATED"};
  Story story{.collection = "placements", .marker = fmt::format("p{}-{}", client_, told_++), .steps = {}, .id = {}};
  const auto placed_on = [&](core::Date installed_on) {
    return fmt::format(R"({{"unit_id":"{}","medium":"BILLBOARD","theme":"CIVILITY","place":"{}","installed_on":"{}"}})",
                       any_unit().id, story.marker, core::to_text(installed_on));
  };
  if (chance(20))
    story.steps.push_back({Hand::Office, "POST", "/v1/placements", placed_on(today() + std::chrono::days(9)), true});
  story.steps.push_back({Hand::Office, "POST", "/v1/placements", placed_on(today() - std::chrono::days(roll(40)))});
  for (std::size_t reports = roll(3); reports > 0; --reports)
    story.steps.push_back({Hand::Office, "POST", "/v1/placements/{id}:report-condition",
                           fmt::format(R"({{"condition":"{}"}})", kConditions[roll(kConditions.size())])});
  return story;
}

}  // namespace wenming::faults
