#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/api_client.h"

namespace wenming::e2e {

/// The days that a sum is asked for, ends included; empty: without that end.
struct Days {
  std::string from, to;
};

/// What the dashboard should show, counted by the test itself: amounts by organisation, figure and local day, where
/// everything also counts for all organisations above.
class Recount {
 public:
  /// `parents`: the official code of each organisation, with that of the one above it (empty at the top).
  explicit Recount(std::map<std::string, std::string> parents) : parents_(std::move(parents)) {}

  /// `figure` as the dashboard names it, `cases_received`.
  void add(const std::string& code, const std::string& figure, const std::string& day, std::int64_t amount = 1);

  /// The code is empty for the whole deployment.
  [[nodiscard]] std::int64_t sum(const std::string& code, const std::string& figure, const Days& days = {}) const;
  /// The organisations, the whole deployment (an empty code) included, for which something was counted.
  [[nodiscard]] std::set<std::string> codes() const;
  /// All that stand directly below; empty: at the top.
  [[nodiscard]] std::set<std::string> children(const std::string& code) const;

 private:
  std::map<std::string, std::string> parents_;
  std::map<std::pair<std::string, std::string>, std::map<std::string, std::int64_t>> amounts_;
};

/// Compares the dashboard with the recount and reports what differs as failures of the test.
class DashboardCheck {
 public:
  /// `ids`: of the organisations, by code. All three must outlive the check.
  DashboardCheck(runtime::ApiClient& client, const Recount& recount, const std::map<std::string, std::string>& ids)
      : client_(client), recount_(recount), ids_(ids) {}

  /// Every figure of every organisation for which something was counted, and of the whole deployment.
  void overviews(const Days& days = {});
  /// The figures of all children on the way down to those for which something was counted.
  void children();
  /// The figures month by month, from the first to the last month (`2019-03`).
  void months(const std::vector<std::string>& figures, const std::string& first, const std::string& last);

 private:
  [[nodiscard]] std::string unit_parameter(const std::string& code) const;
  void compare(const rapidjson::Value& figures, const std::string& code, const Days& days);

  runtime::ApiClient& client_;
  const Recount& recount_;
  const std::map<std::string, std::string>& ids_;
};

}  // namespace wenming::e2e
