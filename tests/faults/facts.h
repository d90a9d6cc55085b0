#pragma once

#include <rapidjson/document.h>

#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "faults/county.h"

namespace wenming::faults {

/// All that the services' own lists hold, read page by page. Meant for a server that nobody writes to.
class Facts {
 public:
  explicit Facts(runtime::ApiClient& client);

  /// Calls with every item of a list: `hours`, `cases`, `inspections`, `placements`, `points`, `volunteers`,
  /// `rectification_orders`.
  void each(const std::string& list, const std::function<void(const rapidjson::Value&)>& visit) const;

 private:
  std::map<std::string, std::vector<rapidjson::Document>> pages_;
};

/// The figures that a dashboard must show, counted from the lists alone, without a line of the dashboard's own code.
class Recount {
 public:
  Recount(const Facts& facts, const County& county);

  /// Compares with what the dashboard shows of every unit: over all time, in this month, and on a day of it. Every
  /// figure that differs is a line of the answer.
  [[nodiscard]] std::vector<std::string> differences(runtime::ApiClient& client) const;

 private:
  using Place = std::tuple<std::string, std::string, std::string>;  // unit, day, figure

  void count(const rapidjson::Value& fact, std::string_view day, const char* figure, std::int64_t amount = 1);
  void count_volunteering(const Facts& facts);
  void count_minutes(const rapidjson::Value& entry);
  void count_inspecting(const Facts& facts);
  void count_cases(const Facts& facts);
  void count_placements(const Facts& facts);
  [[nodiscard]] bool lies_within(std::string unit_id, const std::string& ancestor) const;
  void compare(runtime::ApiClient& client, const std::string& unit_id, const std::string& from, const std::string& to,
               std::vector<std::string>& differences) const;

  const County& county_;
  std::map<Place, std::int64_t> amounts_;
};

}  // namespace wenming::faults
