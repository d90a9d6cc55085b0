#include "dashboard/counters.h"

#include <array>
#include <cctype>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "domain/many.h"

namespace wenming::dashboard {
namespace {

using google::protobuf::FieldDescriptor;

const std::unordered_map<std::string_view, v1::Metric>& metrics_by_name() {
  static const auto* const kMetrics = [] {
    auto* metrics = new std::unordered_map<std::string_view, v1::Metric>;
    for (int number = 1; number < v1::Metric_ARRAYSIZE; ++number) {
      metrics->emplace(domain::enum_text(*v1::Metric_descriptor(), number), static_cast<v1::Metric>(number));
    }
    return metrics;
  }();
  return *kMetrics;
}

void add_to(v1::Figures& figures, v1::Metric metric, std::int64_t amount) {
  // A metric and its field have the same number.
  const FieldDescriptor* field = v1::Figures::descriptor()->FindFieldByNumber(metric);
  const auto* reflection = v1::Figures::GetReflection();
  reflection->SetInt64(&figures, field, reflection->GetInt64(figures, field) + amount);
}

/// A statement that adds to the counters of a table; `time` is the column of their day or month.
domain::Many adding(const std::string& table, const std::string& time) {
  const std::string key = "unit_id, " + time + ", metric";
  return domain::Many::rows("INSERT INTO " + table + " (" + key + ", amount) VALUES", 4,
                            "ON CONFLICT (" + key + ") DO UPDATE SET amount = " + table + ".amount + excluded.amount");
}
const domain::Many kOwn = adding("own_counters", "day");
const domain::Many kDays = adding("day_counters", "day");
const domain::Many kMonths = adding("month_counters", "month");

void add_to(domain::Tx& tx, const domain::Many& counters, std::span<const Amount> amounts) {
  std::vector<domain::Value> rows;
  rows.reserve(amounts.size() * 4);
  for (const Amount& a : amounts) {
    for (const domain::Value& value :
         {domain::to_value(a.unit_id), domain::to_value(a.day), domain::to_value(a.metric), domain::to_value(a.amount)})
      rows.push_back(value);
  }
  counters.run(tx, rows);
}

void add_up(domain::Rows rows, v1::Figures& figures) {
  for (const domain::Row& row : rows) add_to(figures, metric_from(row.text(0)), row.integer(1));
}

}  // namespace

v1::Metric metric_from(std::string_view name) {
  const auto found = metrics_by_name().find(name);
  if (found == metrics_by_name().end()) throw std::logic_error("no metric is called " + std::string(name));
  return found->second;
}

std::vector<Amount> own_amounts(domain::ReadTx& tx, std::string_view unit_id) {
  std::vector<Amount> amounts;
  for (const domain::Row& row : tx.query("SELECT day, metric, amount FROM own_counters WHERE unit_id = $1", unit_id)) {
    amounts.push_back({std::string(unit_id), std::string(row.text(0)), metric_from(row.text(1)), row.integer(2)});
  }
  return amounts;
}

void add_own(domain::Tx& tx, std::span<const Amount> amounts) {
  add_to(tx, kOwn, amounts);
}

void add_figures(domain::Tx& tx, std::vector<Amount> amounts) {
  merge(amounts);
  add_to(tx, kDays, amounts);
  const std::string* told = nullptr;
  for (const Amount& a : amounts) {
    if (told == nullptr || *told != a.unit_id) tx.changed("unit:" + a.unit_id);
    told = &a.unit_id;
  }
  constexpr std::size_t kMonth = std::string_view("2026-03").size();
  for (Amount& a : amounts) a.day.resize(kMonth);
  merge(amounts);
  add_to(tx, kMonths, amounts);
}

std::vector<Amount> roll_up(domain::ReadTx& tx, std::span<const Amount> own) {
  std::set<std::string_view> units;
  for (const Amount& a : own) units.insert(a.unit_id);
  const auto paths = paths_of_figures(tx, units);
  std::vector<Amount> amounts;
  amounts.reserve(own.size() * 6);
  for (const Amount& a : own) {
    for (const std::string_view unit : paths.at(a.unit_id).counted_by(a.unit_id, a.day)) {
      amounts.push_back({std::string(unit), a.day, a.metric, a.amount});
    }
  }
  return amounts;
}

v1::Figures figures(domain::ReadTx& tx, std::string_view unit_id, const Period& period) {
  v1::Figures figures;
  const Cut parts = cut(period);
  if (!parts.months.empty()) {
    add_up(tx.query("SELECT metric, amount FROM month_counters WHERE unit_id = $1 AND month >= $2 AND month < $3",
                    unit_id, parts.months.from, parts.months.to),
           figures);
  }
  for (const Range* days : {&parts.days_before, &parts.days_after}) {
    if (days->empty()) continue;
    add_up(tx.query("SELECT metric, amount FROM day_counters WHERE unit_id = $1 AND day >= $2 AND day < $3", unit_id,
                    days->from, days->to),
           figures);
  }
  return figures;
}

}  // namespace wenming::dashboard
