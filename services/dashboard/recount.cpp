#include "dashboard/recount.h"

#include <map>
#include <tuple>

#include "dashboard/counters.h"
#include "dashboard/paths.h"
#include "dashboard/tally.h"

namespace wenming::dashboard {
namespace {

constexpr std::size_t kMostNamed = 100;

using Place = std::tuple<std::string, std::string, std::string>;  // unit, day or month, metric
using Counters = std::map<Place, std::int64_t>;

Counters counters_in(domain::Rows rows) {
  Counters counters;
  for (const domain::Row& row : rows) {
    if (row.integer(3) == 0) continue;  // came and went
    counters.emplace(Place(row.text(0), row.text(1), row.text(2)), row.integer(3));
  }
  return counters;
}

Counters counters_of(std::vector<Amount> amounts) {
  merge(amounts);
  Counters counters;
  for (const Amount& a : amounts) {
    counters.emplace(Place(a.unit_id, a.day, domain::enum_text(*v1::Metric_descriptor(), a.metric)), a.amount);
  }
  return counters;
}

void compare(std::string_view table, const Counters& stored, const Counters& counted,
             std::vector<std::string>& differences) {
  Counters places = stored;
  places.insert(counted.begin(), counted.end());
  const auto amount_in = [](const Counters& counters, const Place& place) {
    const auto found = counters.find(place);
    return found == counters.end() ? 0 : found->second;
  };
  for (const auto& [place, unused] : places) {
    const auto is = amount_in(stored, place);
    const auto ought = amount_in(counted, place);
    if (is == ought || differences.size() == kMostNamed) continue;
    const auto& [unit, day, metric] = place;
    std::string& difference = differences.emplace_back(table);
    for (const std::string& part : {unit, day, metric}) difference.append(" ").append(part);
    difference.append(": ").append(std::to_string(is)).append(", counted ").append(std::to_string(ought));
  }
}

std::vector<Amount> rolled_up_by_the_tree(domain::ReadTx& tx, const std::vector<Amount>& own) {
  std::map<std::string, Path> paths;
  std::vector<Amount> amounts;
  for (const Amount& a : own) {
    const auto [path, first_met] = paths.try_emplace(a.unit_id);
    if (first_met) path->second = path_in_tree(tx, a.unit_id);
    for (const std::string_view unit : path->second.counted_by(a.unit_id, a.day)) {
      amounts.push_back({std::string(unit), a.day, a.metric, a.amount});
    }
  }
  return amounts;
}

}  // namespace

std::vector<std::string> recount(domain::ReadTx& tx) {
  std::vector<Amount> own;
  for (const domain::Row& row : tx.query("SELECT contributions FROM facts")) {
    for (Amount& a : decode_contributions(row.blob(0))) own.push_back(std::move(a));
  }
  merge(own);
  std::vector<Amount> by_day = rolled_up_by_the_tree(tx, own);
  std::vector<Amount> by_month = by_day;
  for (Amount& a : by_month) a.day.resize(std::string_view("2026-03").size());

  std::vector<std::string> differences;
  compare("own_counters", counters_in(tx.query("SELECT unit_id, day, metric, amount FROM own_counters")),
          counters_of(std::move(own)), differences);
  compare("day_counters", counters_in(tx.query("SELECT unit_id, day, metric, amount FROM day_counters")),
          counters_of(std::move(by_day)), differences);
  compare("month_counters", counters_in(tx.query("SELECT unit_id, month, metric, amount FROM month_counters")),
          counters_of(std::move(by_month)), differences);
  return differences;
}

}  // namespace wenming::dashboard
