#include "faults/county.h"

#include <fmt/format.h>

#include <map>
#include <stdexcept>

#include "core/clock.h"
#include "core/time.h"
#include "runtime/api_job.h"

namespace wenming::faults {
namespace {

using runtime::text_of;

constexpr int kPointsPerUnit = 2;

/// A district, three townships, two communities in each.
std::string organisations_csv() {
  std::string csv = "code,name,parent_code,level\nD,District,,district\n";
  for (int township = 1; township <= 3; ++township) {
    csv += fmt::format("D-{0},Township {0},D,township\n", township);
    for (int community = 1; community <= 2; ++community)
      csv += fmt::format("D-{0}-{1},Community {0}-{1},D-{0},community\n", township, community);
  }
  return csv;
}

std::vector<County::Unit> make_units(runtime::ApiClient& admin) {
  runtime::run_job(admin, "/v1/organisations:import", "text/csv", organisations_csv(),
                   [](std::int64_t, std::int64_t) {});
  const auto list = admin.get("/v1/organisations?page_size=500");
  std::map<std::string, County::Unit> by_code;  // codes sort parents before children
  for (const auto& node : list["organisations"].GetArray())
    by_code[std::string(text_of(node, "code"))] = {std::string(text_of(node, "id")),
                                                   std::string(text_of(node, "parent_id"))};
  std::vector<County::Unit> units;
  for (auto& [code, unit] : by_code) units.push_back(std::move(unit));
  return units;
}

std::string make_key(runtime::ApiClient& admin, const char* role) {
  const core::Timestamp expires_at = core::SystemClock().now() + std::chrono::hours(24);
  const auto made = admin.post("/v1/api-keys",
                               fmt::format(R"({{"name":"{0}","role":"{0}","expires_at":"{1}"}})", role,
                                           core::to_rfc3339(expires_at, core::UtcOffset())),
                               role);
  return std::string(text_of(made, "secret"));
}

}  // namespace

County make_county(const e2e::ServerProcess& server, int volunteers) {
  runtime::ApiClient admin = server.admin();
  County county;
  county.units = make_units(admin);
  county.office_key = make_key(admin, "OFFICE");
  county.unit_key = make_key(admin, "LIAISON");
  const auto wait_for_all = [&] {
    if (!e2e::all_events_applied(server)) throw std::runtime_error("the services do not catch up:\n" + server.log());
  };
  wait_for_all();

  runtime::ApiClient office = server.with_token(county.office_key);
  const auto id_of_new = [&](const std::string& collection, const std::string& body, int number) {
    return std::string(text_of(office.post("/v1/" + collection, body, fmt::format("{}-{}", collection, number)), "id"));
  };
  for (int i = 0; i < volunteers; ++i) {
    const County::Unit& unit = county.units[static_cast<std::size_t>(i) % county.units.size()];
    const std::string body =
        fmt::format(R"({{"display_name":"Volunteer","phone":"1990000{:04}","unit_id":"{}"}})", i, unit.id);
    county.volunteers.push_back(id_of_new("volunteers", body, i));
  }
  for (int i = 0; i < kPointsPerUnit * static_cast<int>(county.units.size()); ++i) {
    const County::Unit& unit = county.units[static_cast<std::size_t>(i) % county.units.size()];
    const std::string body = fmt::format(R"({{"name":"Point {}","unit_id":"{}"}})", i, unit.id);
    county.points.push_back(id_of_new("points", body, i));
  }
  wait_for_all();
  return county;
}

}  // namespace wenming::faults
