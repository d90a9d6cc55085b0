#include "all_in_one/demo.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "all_in_one/demo_county.h"
#include "all_in_one/progress.h"
#include "core/clock.h"
#include "core/csv.h"
#include "runtime/api_client.h"

namespace wenming::all_in_one {
namespace {

using runtime::ApiClient;
using runtime::json_string;
using runtime::text_of;

constexpr int kDays = 182;
/// Cases of the last two weeks are still open, so only those before are settled enough to be imported.
constexpr int kSettledDays = 14;
/// Hours of the last ten days wait for their decision.
constexpr int kUndecidedDays = 10;
constexpr int kOrderDays = 5;  // younger inspections issue rectification orders

struct DemoOptions {
  runtime::Access access;
  std::uint64_t seed = 1;
  int volunteers = 2000;
  int connections = 8;
};

std::int64_t day_number(core::Date day) {
  return day.days().time_since_epoch().count();
}

/// Runs `job(client, i)` for every i below `count`, on several connections. The first exception ends all and is thrown.
class Crew {
 public:
  Crew(const ApiClient& client, int size) {
    for (int i = 0; i < size; ++i) clients_.push_back(client.another());
  }

  void run(const std::string& label, std::size_t count, const std::function<void(ApiClient&, std::size_t)>& job) {
    Progress progress(label, static_cast<std::int64_t>(count));
    std::atomic<std::size_t> next = 0;
    std::exception_ptr failure;
    std::mutex mutex;
    {
      std::vector<std::jthread> workers;
      for (ApiClient& client : clients_)
        workers.emplace_back([&] {
          try {
            for (std::size_t i = next++; i < count; i = next++) {
              job(client, i);
              progress.advance();
            }
          } catch (...) {
            const std::lock_guard lock(mutex);
            if (!failure) failure = std::current_exception();
            next = count;
          }
        });
    }
    if (failure) std::rethrow_exception(failure);
  }

 private:
  std::vector<ApiClient> clients_;
};

/// Calls back with every item of a list, page by page.
void each(ApiClient& client, const std::string& target, const char* items,
          const std::function<void(const rapidjson::Value&)>& visit) {
  std::string token;
  const char* joint = target.find('?') == std::string::npos ? "?" : "&";
  do {
    const auto page = client.get(fmt::format("{}{}page_size=500&page_token={}", target, joint, token));
    for (const auto& item : page[items].GetArray()) visit(item);
    token = text_of(page, "next_page_token");
  } while (!token.empty());
}

/// Runs the request; a refusal of this code means that the fact is there already.
void unless_there(std::string_view code, const std::function<void()>& request) {
  try {
    request();
  } catch (const runtime::ApiRefused& refused) {
    if (refused.code() != code) throw;
  }
}

std::string position_json(double longitude, double latitude) {
  return fmt::format(R"({{"datum":"WGS84","longitude":{:.6f},"latitude":{:.6f}}})", longitude, latitude);
}

/// The whole demonstration, step by step.
class Demo {
 public:
  explicit Demo(const DemoOptions& options)
      : options_(options), office_(options.access), today_(offset_.date_of(core::SystemClock().now())) {}

  void run() {
    make_county();
    const Key liaison = make_liaison_key();
    runtime::Access access = options_.access;
    access.token = liaison.secret;
    access.account.clear();
    ApiClient unit(access);
    Crew office(office_, options_.connections);
    Crew units(unit, options_.connections);

    find_or_register_volunteers(office);
    hold_activities();
    log_hours(units);
    decide_hours(office);
    make_points(office);
    inspect(office);
    work_on_orders(units, office);
    import_cases();
    open_cases(unit);
    place_publicity(office);
    send_briefs(office);
    office_.post(fmt::format("/v1/api-keys/{}:revoke", liaison.id), "{}", key("revoke", liaison.id));
  }

 private:
  struct Key {
    std::string id, secret;
  };

  [[nodiscard]] std::string key(std::string_view kind, std::string_view what) const {
    return fmt::format("demo-{}-{}-{}", options_.seed, kind, what);
  }
  [[nodiscard]] const County::Node& unit(std::size_t i) const {
    return county_.nodes[county_.units[i % county_.units.size()]];
  }
  [[nodiscard]] core::Date day(int back) const { return today_ - std::chrono::days(back); }

  void make_county() {
    office_.upload("/v1/organisations:import", "text/csv", county_.csv(), {});
    std::map<std::string, std::string, std::less<>> ids;
    each(office_, "/v1/organisations", "organisations",
         [&](const auto& node) { ids.emplace(text_of(node, "code"), text_of(node, "id")); });
    for (County::Node& node : county_.nodes) node.id = ids.at(node.code);
  }

  /// Units act through a key of their own: the office may not log hours or answer cases for them.
  Key make_liaison_key() {
    const core::Timestamp now = core::SystemClock().now();
    const auto made =
        office_.post("/v1/api-keys",
                     fmt::format(R"({{"name":"demo","role":"LIAISON","unit_id":"{}","expires_at":"{}"}})",
                                 county_.nodes.front().id, core::to_rfc3339(now + std::chrono::hours(1), offset_)),
                     key("liaison", std::to_string(now.micros())));
    return {std::string(text_of(made["api_key"], "id")), std::string(text_of(made, "secret"))};
  }

  void find_or_register_volunteers(Crew& crew) {
    const std::size_t count = static_cast<std::size_t>(options_.volunteers);
    std::map<std::string, std::vector<std::pair<std::string, std::string>>, std::less<>> there;  // number, id by unit
    const auto look = [&] {
      there.clear();
      each(office_, "/v1/volunteers", "volunteers", [&](const auto& v) {
        there[std::string(text_of(v, "unit_id"))].emplace_back(text_of(v, "number"), text_of(v, "id"));
      });
    };
    look();
    // The n-th volunteer belongs to unit n modulo the units; a unit's are told apart by their numbers.
    std::vector<std::size_t> missing;
    for (std::size_t n = 0; n < count; ++n)
      if (there[unit(n).id].size() <= n / county_.units.size()) missing.push_back(n);
    crew.run("volunteers", missing.size(), [&](ApiClient& client, std::size_t i) {
      const std::size_t n = missing[i];
      client.post("/v1/volunteers",
                  fmt::format(R"({{"display_name":"志愿者{:04}","phone":"1990000{:04}","unit_id":"{}"}})", n + 1, n + 1,
                              unit(n).id),
                  key("volunteer", std::to_string(n)));
    });
    look();
    for (auto& [id, list] : there) std::sort(list.begin(), list.end());
    for (std::size_t n = 0; n < count; ++n)
      volunteers_.push_back(there.at(unit(n).id).at(n / county_.units.size()).second);
  }

  void hold_activities() {
    std::set<std::string, std::less<>> there;
    each(office_, "/v1/activities", "activities", [&](const auto& a) { there.emplace(text_of(a, "title")); });
    for (int week = 0; week < 4; ++week) {
      // Weeks are counted from the epoch, so a later run makes the same ones.
      const core::Date monday = today_ - (today_.weekday() - std::chrono::Monday) + std::chrono::days(7 * (week + 1));
      for (int i = 0; i < 6; ++i) {
        Dice dice(options_.seed, "activity", day_number(monday), i);
        const County::Node& where = unit(static_cast<std::size_t>(dice.roll(1000)));
        const core::Date on = monday + std::chrono::days(dice.roll(7));
        const std::string title = fmt::format("{}·{}·{}", where.name, dice.pick(demo_services()), core::to_text(on));
        if (there.contains(title)) continue;
        const core::Timestamp from = offset_.start_of(on) + std::chrono::hours(9);
        const auto made = office_.post(
            "/v1/activities",
            fmt::format(
                R"({{"unit_id":"{}","title":{},"theme":"{}","place":"{}","position":{},"starts_at":"{}","ends_at":"{}","head_count":{}}})",
                where.id, json_string(title), dice.pick(demo_themes()), where.name,
                position_json(where.longitude, where.latitude), core::to_rfc3339(from, offset_),
                core::to_rfc3339(from + std::chrono::hours(3), offset_), 10 + dice.roll(40)),
            key("activity", title));
        office_.post(fmt::format("/v1/activities/{}:publish", text_of(made, "id")), "{}", key("publish", title));
      }
    }
  }

  struct Service {
    std::size_t volunteer;
    core::Timestamp starts_at;
    std::int64_t minutes;
    std::string_view what;
  };

  /// Each volunteer serves about every fourth week, on a day and at an hour of their own.
  [[nodiscard]] std::vector<Service> services() const {
    std::vector<Service> all;
    const std::int64_t this_week = day_number(today_) / 7;
    for (std::size_t v = 0; v < volunteers_.size(); ++v)
      for (std::int64_t week = this_week - kDays / 7; week <= this_week; ++week) {
        Dice dice(options_.seed, "hours", static_cast<std::int64_t>(v), week);
        if (!dice.chance(25)) continue;
        const core::Date on(std::chrono::local_days(std::chrono::days(week * 7 + dice.roll(7))));
        if (on >= today_) continue;
        all.push_back({v, offset_.start_of(on) + std::chrono::minutes(480 + 30 * dice.roll(18)), 60 + 30 * dice.roll(5),
                       dice.pick(demo_services())});
      }
    return all;
  }

  void log_hours(Crew& crew) {
    std::set<std::pair<std::string, std::string>> there;
    each(office_, fmt::format("/v1/hours?from={}", core::to_text(day(kDays + 14))), "hours",
         [&](const auto& h) { there.emplace(text_of(h, "volunteer_id"), text_of(h, "starts_at")); });
    std::vector<Service> missing;
    for (const Service& s : services())
      if (!there.contains({volunteers_[s.volunteer], core::to_rfc3339(s.starts_at, offset_)})) missing.push_back(s);
    crew.run("hours", missing.size(), [&](ApiClient& client, std::size_t i) {
      const Service& s = missing[i];
      const std::string start = core::to_rfc3339(s.starts_at, offset_);
      unless_there("hours_overlap", [&] {
        client.post(fmt::format("/v1/volunteers/{}/hours", volunteers_[s.volunteer]),
                    fmt::format(R"({{"starts_at":"{}","minutes":{},"description":"{}"}})", start, s.minutes, s.what),
                    key("hours", fmt::format("{}-{}", s.volunteer, start)));
      });
    });
  }

  void decide_hours(Crew& crew) {
    std::vector<std::string> pending;
    each(office_, fmt::format("/v1/hours?status=PENDING&to={}", core::to_text(day(kUndecidedDays))), "hours",
         [&](const auto& h) { pending.emplace_back(text_of(h, "id")); });
    crew.run("approvals", pending.size(), [&](ApiClient& client, std::size_t i) {
      client.post(fmt::format("/v1/hours/{}:approve", pending[i]), "{}", key("approve", pending[i]));
    });
  }

  void make_points(Crew& crew) {
    std::map<std::string, std::string, std::less<>> there;
    const auto look = [&] {
      each(office_, "/v1/points", "points",
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
      Dice dice(options_.seed, "point", static_cast<std::int64_t>(i));
      const County::Node& owner = unit(i);
      const std::string_view type = dice.pick(demo_point_types());
      client.post("/v1/points",
                  fmt::format(R"({{"code":"{}","name":"{}{}{}号","type":"{}","position":{},"unit_id":"{}"}})", code(i),
                              owner.name, type, i / county_.units.size() + 1, type,
                              position_json(owner.longitude + static_cast<double>(dice.roll(200)) / 10'000,
                                            owner.latitude + static_cast<double>(dice.roll(200)) / 10'000),
                              owner.id),
                  key("point", code(i)));
    });
    look();
    for (std::size_t i = 0; i < kPoints; ++i) points_.push_back(there.at(code(i)));
  }

  void inspect(Crew& crew) {
    struct Visit {
      core::Date on;
      int number;
    };
    std::vector<Visit> visits;
    for (int back = kDays; back >= 1; --back)
      for (int i = 0; i < 12; ++i) visits.push_back({day(back), i});
    crew.run("inspections", visits.size(), [&](ApiClient& client, std::size_t i) {
      const auto& [on, number] = visits[i];
      Dice dice(options_.seed, "visit", day_number(on), number);
      const std::uint64_t a = dice.next();
      const std::uint64_t b = dice.next();
      const std::string id = fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", a >> 32, (a >> 16) & 0xffff,
                                         a & 0xfff, b >> 52, b & 0xffff'ffff'ffff);
      const std::string& point = dice.pick(points_);
      std::string findings;
      std::int64_t score = 100 - dice.roll(6);
      for (std::int64_t f = dice.roll(4); f > 0; --f) {
        const DemoFinding& finding = dice.pick(demo_findings());
        findings += fmt::format(R"({}{{"category":"{}","severity":"{}","description":"{}"}})",
                                findings.empty() ? "" : ",", finding.category, finding.severity, finding.description);
        score -= 3 + dice.roll(6);
      }
      const char* kind = dice.chance(70) ? "ROUTINE" : "SURPRISE";
      const core::Timestamp at = offset_.start_of(on) + std::chrono::minutes(540 + dice.roll(480));
      unless_there("inspection_differs", [&] {
        client.put(
            "/v1/inspections/" + id,
            fmt::format(
                R"({{"point_id":"{}","kind":"{}","inspected_at":"{}","score":{},"findings":[{}],"issue_orders":{}}})",
                point, kind, core::to_rfc3339(at, offset_), score, findings, on >= day(kOrderDays)));
      });
    });
  }

  /// Some units have acted on their orders, some of that was looked at. Decided by the inspection, so a later run
  /// decides alike.
  void work_on_orders(Crew& units, Crew& office) {
    const auto advance = [&](Crew& crew, const char* label, const char* state, const char* action, int percent) {
      std::vector<std::string> chosen;
      each(office_, fmt::format("/v1/rectification-orders?state={}", state), "rectification_orders",
           [&](const auto& order) {
             Dice dice(options_.seed, std::string(action) + std::string(text_of(order, "inspection_id")), 0);
             if (dice.chance(percent)) chosen.emplace_back(text_of(order, "id"));
           });
      crew.run(label, chosen.size(), [&](ApiClient& client, std::size_t i) {
        client.post(fmt::format("/v1/rectification-orders/{}:{}", chosen[i], action),
                    std::string_view(action) == "submit" ? R"({"note":"已整改到位"})" : "{}", key(action, chosen[i]));
      });
    };
    advance(units, "orders signed", "ISSUED", "sign", 80);
    advance(units, "orders answered", "SIGNED", "submit", 70);
    advance(office, "orders verified", "SUBMITTED", "verify", 75);
  }

  void import_cases() {
    std::map<std::size_t, std::string> files;  // by unit
    std::size_t count = 0;
    for (int back = kDays; back >= kSettledDays; --back)
      for (int i = 0; i < 12; ++i) {
        Dice dice(options_.seed, "case unit", day_number(day(back)), i);
        std::string& file = files[static_cast<std::size_t>(dice.roll(static_cast<std::int64_t>(county_.units.size())))];
        if (file.empty())
          core::append_csv_record(file,
                                  {"message_id", "user_id", "subject", "received_at", "detail", "reply", "replied_at"});
        const DemoCase made = demo_case(options_.seed, day(back), i, offset_);
        core::append_csv_record(
            file,
            {made.message_id, made.user_id, made.subject, core::to_rfc3339(made.received_at, offset_), made.detail,
             made.reply, made.reply.empty() ? std::string() : core::to_rfc3339(made.replied_at, offset_)});
        ++count;
      }
    Progress progress("cases", static_cast<std::int64_t>(count));
    for (const auto& [number, file] : files) {
      const auto answer = office_.upload(fmt::format("/v1/cases:import?unit_id={}&receiving_unit_id={}&source=demo-{}",
                                                     unit(number).id, county_.nodes.front().id, options_.seed),
                                         "text/csv", file, {});
      if (!answer["refused"].Empty())
        throw std::runtime_error(fmt::format("a case was refused: {}", text_of(answer["refused"][0], "reason")));
      progress.advance(runtime::number_of(answer, "created") + runtime::number_of(answer, "unchanged"));
    }
  }

  /// Cases that are under way now, in every state.
  void open_cases(ApiClient& unit_client) {
    constexpr int kCases = 60;
    std::set<std::string, std::less<>> there;
    each(office_, "/v1/cases?channel=PHONE", "cases", [&](const auto& c) { there.emplace(text_of(c, "place")); });
    Progress progress("open cases", kCases);
    for (int i = 0; i < kCases; ++i, progress.advance()) {
      Dice dice(options_.seed, "open case", i);
      const std::string place = fmt::format("演示路{}号", i + 1);
      if (there.contains(place)) continue;
      const County::Node& handler = unit(static_cast<std::size_t>(dice.roll(1000)));
      const auto made = office_.post(
          "/v1/cases",
          fmt::format(
              R"({{"receiving_unit_id":"{}","channel":"PHONE","kind":"COMPLAINT","subject":"{}","place":"{}"}})",
              county_.nodes.front().id, demo_subject(dice), place),
          key("case", place));
      const std::string base = fmt::format("/v1/cases/{}:", text_of(made, "id"));
      const auto act = [&](ApiClient& client, const char* action, const std::string& body) {
        client.post(base + action, body, key(action, place));
      };
      const std::int64_t steps = dice.roll(7);
      if (steps >= 1) act(office_, "accept", "{}");
      if (steps >= 2) act(office_, "dispatch", fmt::format(R"({{"unit_id":"{}"}})", handler.id));
      if (steps >= 3) act(unit_client, "sign", "{}");
      if (steps >= 4) act(unit_client, "reply", R"({"text":"已现场处理，感谢反映。"})");
      if (steps >= 5) act(office_, "call-back", fmt::format(R"({{"satisfied":{}}})", dice.chance(85)));
    }
  }

  void place_publicity(Crew& crew) {
    std::set<std::string, std::less<>> there;
    std::map<std::string, std::string, std::less<>> ids;
    each(office_, "/v1/placements", "placements", [&](const auto& p) { there.emplace(text_of(p, "place")); });
    constexpr std::size_t kPlacements = 300;
    static constexpr std::array kMedia = {"NOTICE_BOARD", "BILLBOARD", "LED_SCREEN", "CORRIDOR", "PERMANENT_SIGN"};
    static constexpr std::array kThemes = {"CORE_VALUES", "VALUES_IN_PICTURES", "CIVILITY"};
    static constexpr std::array kConditions = {"FADED", "DAMAGED", "MISPRINT", "OFF"};
    crew.run("placements", kPlacements, [&](ApiClient& client, std::size_t i) {
      Dice dice(options_.seed, "placement", static_cast<std::int64_t>(i));
      const County::Node& owner = unit(i);
      const std::string place = fmt::format("{}公益广告{}", owner.name, i / county_.units.size() + 1);
      if (there.contains(place)) return;
      const auto made =
          client.post("/v1/placements",
                      fmt::format(R"({{"unit_id":"{}","medium":"{}","theme":"{}","place":"{}","installed_on":"{}"}})",
                                  owner.id, dice.pick(kMedia), dice.pick(kThemes), place,
                                  core::to_text(day(static_cast<int>(1 + dice.roll(kDays))))),
                      key("placement", place));
      if (dice.chance(12))
        client.post(fmt::format("/v1/placements/{}:report-condition", text_of(made, "id")),
                    fmt::format(R"({{"condition":"{}"}})", dice.pick(kConditions)), key("condition", place));
    });
  }

  void send_briefs(Crew& crew) {
    std::set<std::string, std::less<>> there;
    each(office_, "/v1/briefs", "briefs", [&](const auto& b) { there.emplace(text_of(b, "title")); });
    constexpr std::size_t kBriefs = 160;
    static constexpr std::array kLevels = {"COUNTY", "COUNTY", "COUNTY", "CITY", "CITY", "PROVINCE"};
    crew.run("briefs", kBriefs, [&](ApiClient& client, std::size_t i) {
      Dice dice(options_.seed, "brief", static_cast<std::int64_t>(i));
      const County::Node& sender = unit(i);
      const std::string title =
          fmt::format("{}开展{}（第{}期）", sender.name, dice.pick(demo_services()), i / county_.units.size() + 1);
      if (there.contains(title)) return;
      const auto made = client.post(
          "/v1/briefs",
          fmt::format(
              R"({{"unit_id":"{}","kind":"NEWS","title":"{}","progress":"按照创建工作安排，组织人员开展专项行动。"}})",
              sender.id, title),
          key("brief", title));
      const std::string base = fmt::format("/v1/briefs/{}:", text_of(made, "id"));
      if (dice.chance(60))
        client.post(base + "adopt", fmt::format(R"({{"level":"{}"}})", dice.pick(kLevels)), key("adopt", title));
      else if (dice.chance(40))
        client.post(base + "decline", R"({"reason":"内容与上期重复"})", key("decline", title));
    });
  }

  const DemoOptions& options_;
  ApiClient office_;
  const core::UtcOffset offset_;
  const core::Date today_;
  County county_;
  std::vector<std::string> volunteers_, points_;  // ids
};

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
    Demo(*options).run();
    fmt::print("The demonstration county is there ({:.1f} s).\n",
               std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    exit_code = 0;
  });
}

}  // namespace wenming::all_in_one
