#include "faults/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/clock.h"
#include "core/time.h"

namespace wenming::faults {
namespace {

using runtime::number_of;
using runtime::text_of;

constexpr core::UtcOffset kOffset;

/// Lists and their paths.
constexpr std::pair<const char*, const char*> kLists[] = {{"volunteers", "volunteers"},
                                                          {"hours", "hours"},
                                                          {"points", "points"},
                                                          {"inspections", "inspections"},
                                                          {"cases", "cases"},
                                                          {"placements", "placements"},
                                                          {"rectification_orders", "rectification-orders"}};

/// The local day of a moment: answers give moments in the deployment's offset.
std::string_view day_of(const rapidjson::Value& fact, const char* moment) {
  return text_of(fact, moment).substr(0, std::string_view("2026-03-05").size());
}

bool is_true(const rapidjson::Value& fact, const char* member) {
  const auto found = fact.FindMember(member);
  return found != fact.MemberEnd() && found->value.IsBool() && found->value.GetBool();
}

bool is_given(const rapidjson::Value& fact, const char* member) {
  const auto found = fact.FindMember(member);
  return found != fact.MemberEnd() && !found->value.IsNull();
}

std::string figure_of(const char* things, std::string_view state) {
  std::string figure = fmt::format("{}_{}", things, state);
  std::transform(figure.begin(), figure.end(), figure.begin(), [](unsigned char c) { return std::tolower(c); });
  return figure;
}

}  // namespace

Facts::Facts(runtime::ApiClient& client) {
  for (const auto& [list, path] : kLists) {
    std::string token;
    do {
      auto page = client.get(fmt::format("/v1/{}?page_size=500&page_token={}", path, token));
      token = text_of(page, "next_page_token");
      pages_[list].push_back(std::move(page));
    } while (!token.empty());
  }
}

void Facts::each(const std::string& list, const std::function<void(const rapidjson::Value&)>& visit) const {
  for (const auto& page : pages_.at(list))
    for (const auto& item : page[list.c_str()].GetArray()) visit(item);
}

Recount::Recount(const Facts& facts, const County& county) : county_(county) {
  count_volunteering(facts);
  count_inspecting(facts);
  count_cases(facts);
  count_placements(facts);
}

void Recount::count(const rapidjson::Value& fact, std::string_view day, const char* figure, std::int64_t amount) {
  amounts_[Place(text_of(fact, "unit_id"), day, figure)] += amount;
}

void Recount::count_volunteering(const Facts& facts) {
  facts.each("volunteers", [&](const auto& v) { count(v, day_of(v, "registered_at"), "volunteers"); });
  facts.each("hours", [&](const auto& entry) {
    const std::string_view day = day_of(entry, "starts_at");
    const bool pending = text_of(entry, "status") == "PENDING";
    const bool approved = text_of(entry, "status") == "APPROVED";
    if (pending) count(entry, day, "hour_entries_pending");
    if (approved) count(entry, day, "hour_entries_approved");
    if (is_true(entry, "flagged") && (pending || approved)) count(entry, day, "hour_entries_flagged");
    if (approved) count_minutes(entry);
  });
}

/// Minutes belong to the local day on which they were served.
void Recount::count_minutes(const rapidjson::Value& entry) {
  const core::Timestamp end = core::parse_rfc3339(text_of(entry, "ends_at")).value();
  for (core::Timestamp at = core::parse_rfc3339(text_of(entry, "starts_at")).value(); at < end;) {
    const core::Date day = kOffset.date_of(at);
    const core::Timestamp until = std::min(end, kOffset.start_of(day + std::chrono::days(1)));
    count(entry, core::to_text(day), "service_minutes",
          std::chrono::duration_cast<std::chrono::minutes>(until - at).count());
    at = until;
  }
}

void Recount::count_inspecting(const Facts& facts) {
  facts.each("points", [&](const auto& point) { count(point, day_of(point, "created_at"), "points"); });
  facts.each("inspections", [&](const auto& inspection) {
    const std::string_view day = day_of(inspection, "inspected_at");
    count(inspection, day, "inspections");
    for (const char* findings : {"low", "moderate", "high"})
      count(inspection, day, fmt::format("findings_{}", findings).c_str(),
            number_of(inspection, fmt::format("{}_findings", findings).c_str()));
  });
  facts.each("rectification_orders", [&](const auto& order) {
    const std::string_view day = day_of(order, "issued_at");
    count(order, day, "orders");
    count(order, day, figure_of("orders", text_of(order, "state")).c_str());
    if (is_true(order, "overdue") && text_of(order, "state") != "VERIFIED") count(order, day, "orders_overdue");
  });
}

void Recount::count_cases(const Facts& facts) {
  facts.each("cases", [&](const auto& c) {
    const std::string_view day = day_of(c, "received_at");
    const std::string_view state = text_of(c, "state");
    const bool replied = is_given(c, "replied_at");
    const auto count_if = [&](bool counts, const char* figure) {
      if (counts) count(c, day, figure);
    };
    count(c, day, "cases_received");
    count_if(state != "DECLINED" && state != "CLOSED", "cases_open");
    count_if(state == "DECLINED", "cases_declined");
    count_if(state == "CLOSED", "cases_closed");
    count_if(replied, "cases_replied");
    count_if(is_true(c, "overdue") && !replied, "cases_overdue");
    count_if(is_given(c, "on_time"), "cases_due");
    count_if(is_true(c, "on_time"), "cases_on_time");
    count_if(is_given(c, "satisfied"), "cases_called_back");
    count_if(is_true(c, "satisfied"), "cases_satisfied");
  });
}

void Recount::count_placements(const Facts& facts) {
  facts.each("placements", [&](const auto& placement) {
    if (text_of(placement, "state") == "REPLACED") return;
    const std::string_view day = text_of(placement, "installed_on");
    count(placement, day, "placements");
    count(placement, day, figure_of("placements", text_of(placement, "condition")).c_str());
    if (text_of(placement, "state") == "EXPIRED") count(placement, day, "placements_expired");
  });
}

bool Recount::lies_within(std::string unit_id, const std::string& ancestor) const {
  if (ancestor.empty()) return true;  // the whole deployment
  while (unit_id != ancestor && !unit_id.empty()) {
    const auto unit = std::find_if(county_.units.begin(), county_.units.end(),
                                   [&](const County::Unit& candidate) { return candidate.id == unit_id; });
    unit_id = unit == county_.units.end() ? std::string() : unit->parent_id;
  }
  return unit_id == ancestor;
}

std::vector<std::string> Recount::differences(runtime::ApiClient& client) const {
  const core::Date today = kOffset.date_of(core::SystemClock().now());
  const std::string first = core::to_text(today.first_of_month());
  const std::string last = core::to_text(today.first_of_next_month() - std::chrono::days(1));
  const std::string a_day = core::to_text(today - std::chrono::days(2));
  std::vector<std::string> units{""};
  for (const auto& unit : county_.units) units.push_back(unit.id);
  std::vector<std::string> differences;
  for (const auto& unit : units) {
    compare(client, unit, "", "", differences);
    compare(client, unit, first, last, differences);
    compare(client, unit, a_day, a_day, differences);
  }
  return differences;
}

void Recount::compare(runtime::ApiClient& client, const std::string& unit_id, const std::string& from,
                      const std::string& to, std::vector<std::string>& differences) const {
  std::map<std::string, std::int64_t, std::less<>> counted;
  for (const auto& [place, amount] : amounts_) {
    const auto& [owner, day, figure] = place;
    if (day >= from && (to.empty() || day <= to) && lies_within(owner, unit_id)) counted[figure] += amount;
  }
  const auto overview = client.get(fmt::format("/v1/dashboard/overview?unit_id={}&from={}&to={}", unit_id, from, to));
  for (const auto& figure : overview["figures"].GetObject()) {
    const std::int64_t shown = figure.value.GetInt64();
    const std::int64_t ought = counted[figure.name.GetString()];
    if (shown != ought)
      differences.push_back(fmt::format("{} of unit \"{}\" from \"{}\" to \"{}\": shown {}, counted {}",
                                        figure.name.GetString(), unit_id, from, to, shown, ought));
    counted.erase(figure.name.GetString());
  }
  for (const auto& [figure, amount] : counted)
    if (amount != 0) differences.push_back(fmt::format("{} is not shown, counted {}", figure, amount));
}

}  // namespace wenming::faults
