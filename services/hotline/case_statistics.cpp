#include "hotline/case_statistics.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "domain/list.h"
#include "domain/many.h"
#include "domain/refusal.h"
#include "hotline/case_clock.h"
#include "hotline/case_store.h"

namespace wenming::hotline {

using domain::Caller;
using domain::List;
using domain::ReadTx;
using domain::Row;
using domain::to_value;
using domain::Value;
using domain::Visibility;

namespace {

constexpr std::size_t kMostGroups = 1000;

/// What each measure counts, by columns of `cases`. The field of CaseCounts bears the measure's word in small letters.
struct Measure {
  v1::CaseMeasure measure;
  std::string_view field;
  std::string_view condition;
};
constexpr std::array kMeasures{
    Measure{v1::CASE_MEASURE_RECEIVED, "received", "TRUE"},
    Measure{v1::CASE_MEASURE_DECLINED, "declined", "state = 'DECLINED'"},
    Measure{v1::CASE_MEASURE_MERGED, "merged", "state = 'MERGED'"},
    Measure{v1::CASE_MEASURE_OPEN, "open", "state NOT IN ('DECLINED', 'MERGED', 'CLOSED')"},
    Measure{v1::CASE_MEASURE_REPLIED, "replied", "replied_at IS NOT NULL"},
    Measure{v1::CASE_MEASURE_CLOSED, "closed", "state = 'CLOSED'"},
    Measure{v1::CASE_MEASURE_REOPENED, "reopened", "reopenings > 0"},
    Measure{v1::CASE_MEASURE_OVERDUE, "overdue", "overdue"},
    Measure{v1::CASE_MEASURE_PROBLEM, "problem", "problem"},
    Measure{v1::CASE_MEASURE_DUE, "due", "on_time IS NOT NULL"},
    Measure{v1::CASE_MEASURE_ON_TIME, "on_time", "on_time IS TRUE"},
    Measure{v1::CASE_MEASURE_ASKED_RESOLVED, "asked_resolved", "resolved IS NOT NULL"},
    Measure{v1::CASE_MEASURE_RESOLVED, "resolved", "resolved IS TRUE"},
    Measure{v1::CASE_MEASURE_ASKED_SATISFIED, "asked_satisfied", "satisfied IS NOT NULL"},
    Measure{v1::CASE_MEASURE_SATISFIED, "satisfied", "satisfied IS TRUE"},
};

std::string_view condition_of(v1::CaseMeasure measure) {
  const auto found =
      std::find_if(kMeasures.begin(), kMeasures.end(), [&](const Measure& m) { return m.measure == measure; });
  return found == kMeasures.end() ? kMeasures.front().condition : found->condition;
}

/// `COUNT(*) FILTER (WHERE …) AS declined, …`
std::string counts_selected() {
  std::string text;
  for (const Measure& measure : kMeasures) {
    text.append("COUNT(*) FILTER (WHERE ").append(measure.condition).append(") AS ").append(measure.field).append(", ");
  }
  return text + "COALESCE(SUM(reply_working_minutes), 0) AS reply_working_minutes";
}
constexpr int kCountColumns = static_cast<int>(kMeasures.size()) + 1;

/// What groups are told apart by; weeks and months are days until they are put together.
std::string_view key_of(v1::CaseGrouping grouping) {
  switch (grouping) {
    case v1::CASE_GROUPING_UNIT:
      return "responsible_unit_id";
    case v1::CASE_GROUPING_CHILD:
      return "child.ancestor_id";
    case v1::CASE_GROUPING_CATEGORY:
      return "category";
    case v1::CASE_GROUPING_CHANNEL:
      return "channel";
    case v1::CASE_GROUPING_KIND:
      return "kind";
    case v1::CASE_GROUPING_DAY:
    case v1::CASE_GROUPING_WEEK:
    case v1::CASE_GROUPING_MONTH:
      return "(received_at + $5) / 86400000000";
    default:
      return "''";
  }
}

bool groups_by_day(v1::CaseGrouping grouping) {
  return grouping == v1::CASE_GROUPING_DAY || grouping == v1::CASE_GROUPING_WEEK || grouping == v1::CASE_GROUPING_MONTH;
}

core::Date day_of(std::string_view text) {
  return core::parse_date(text).value();  // of FORMAT_DATE, which the contract has checked
}

/// The counting statement and its values.
struct Question {
  std::string sql;
  std::vector<Value> values;

  void only(std::string_view column, bool given, Value value) {
    if (!given) return;
    values.push_back(value);
    sql.append(" AND ").append(column).append(" = $").append(std::to_string(values.size()));
  }
};

Question question_of(ReadTx& tx, const v1::GetCaseStatisticsRequest& request, const std::string& today) {
  static const std::string kCounts = counts_selected();
  const std::string_view key = key_of(request.group_by());
  Question question;
  question.values = {to_value(request.unit_id()), to_value(today),
                     to_value(tx.offset().start_of(day_of(request.from()))),
                     to_value(tx.offset().start_of(day_of(request.to()) + std::chrono::days(1)))};
  question.sql.append("SELECT ").append(kCounts).append(", ").append(key).append(
      " AS grouped_by FROM cases JOIN organisation_ancestors root ON root.unit_id = responsible_unit_id AND "
      "root.ancestor_id = $1 AND root.valid_from <= $2 AND root.valid_to > $2");
  if (request.group_by() == v1::CASE_GROUPING_CHILD) {
    question.sql.append(
        " JOIN organisation_ancestors child ON child.unit_id = responsible_unit_id AND child.depth = CASE WHEN "
        "root.depth > 0 THEN root.depth - 1 ELSE 0 END AND child.valid_from <= $2 AND child.valid_to > $2");
  }
  question.sql.append(" WHERE received_at >= $3 AND received_at < $4");
  if (groups_by_day(request.group_by()))
    question.values.push_back(to_value(std::chrono::microseconds(tx.offset().minutes()).count()));
  question.only("category", !request.category().empty(), to_value(request.category()));
  question.only("channel", request.channel() != v1::CHANNEL_UNSPECIFIED, to_value(request.channel()));
  question.only("kind", request.kind() != v1::CASE_KIND_UNSPECIFIED, to_value(request.kind()));
  question.sql.append(" GROUP BY grouped_by");
  return question;
}

/// The day, the Monday of its week or its month.
std::string period_of(core::Date day, v1::CaseGrouping grouping) {
  if (grouping == v1::CASE_GROUPING_MONTH) return core::month_of(day);
  if (grouping == v1::CASE_GROUPING_DAY) return core::to_text(day);
  return core::to_text(day - (day.weekday() - std::chrono::Monday));
}

void add(v1::CaseCounts& sum, const v1::CaseCounts& counts) {
  const auto& reflection = *sum.GetReflection();
  for (int i = 0; i < sum.GetDescriptor()->field_count(); ++i) {
    const auto* const field = sum.GetDescriptor()->field(i);
    reflection.SetInt64(&sum, field, reflection.GetInt64(sum, field) + reflection.GetInt64(counts, field));
  }
}

std::map<std::string, v1::CaseStatisticsGroup> grouped(ReadTx& tx, const v1::GetCaseStatisticsRequest& request) {
  const std::string today = core::to_text(tx.today());
  const Question question = question_of(tx, request, today);
  std::map<std::string, v1::CaseStatisticsGroup> groups;
  for (const Row& row : tx.query_values(question.sql, question.values)) {
    v1::CaseCounts counts;
    row.fill(counts, kCountColumns);
    const std::string key =
        groups_by_day(request.group_by())
            ? period_of(core::Date() + std::chrono::days(row.integer(kCountColumns)), request.group_by())
            : std::string(row.text(kCountColumns));
    v1::CaseStatisticsGroup& group = groups[key];
    group.set_key(key);
    add(*group.mutable_counts(), counts);
  }
  return groups;
}

/// Names of organisations or categories.
void add_names(ReadTx& tx, v1::CaseStatistics& statistics, v1::CaseGrouping grouping) {
  static const auto kUnits = domain::Many::values("SELECT id, name, valid_from, valid_to FROM organisations WHERE id");
  static const auto kCategories =
      domain::Many::values("SELECT code, name, '0001-01-01', '9999-12-31' FROM categories WHERE code");
  const bool by_unit = grouping == v1::CASE_GROUPING_UNIT || grouping == v1::CASE_GROUPING_CHILD;
  if (!by_unit && grouping != v1::CASE_GROUPING_CATEGORY) return;
  const std::string today = core::to_text(tx.today());
  std::vector<Value> keys;
  std::map<std::string_view, v1::CaseStatisticsGroup*> by_key;
  for (v1::CaseStatisticsGroup& group : *statistics.mutable_groups()) {
    keys.push_back(to_value(group.key()));
    by_key.emplace(group.key(), &group);
  }
  (by_unit ? kUnits : kCategories).each(keys, [&](std::string_view sql, std::span<const Value> values) {
    for (const Row& row : tx.query_values(sql, values))
      if (row.text(2) <= today && today < row.text(3)) by_key.at(row.text(0))->set_name(std::string(row.text(1)));
  });
}

/// Whether the group has the rate, and which.
std::pair<bool, double> rate_of(const v1::CaseStatisticsGroup& group, v1::CaseRate rate) {
  switch (rate) {
    case v1::CASE_RATE_RESPONSE:
      return {group.has_response_rate(), group.response_rate()};
    case v1::CASE_RATE_RESOLUTION:
      return {group.has_resolution_rate(), group.resolution_rate()};
    default:
      return {group.has_satisfaction_rate(), group.satisfaction_rate()};
  }
}

void rank(std::vector<v1::CaseStatisticsGroup>& groups, v1::CaseRate by) {
  std::stable_sort(groups.begin(), groups.end(),
                   [&](const auto& a, const auto& b) { return rate_of(a, by) > rate_of(b, by); });
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto rate = rate_of(groups[i], by);
    if (!rate.first) return;
    const bool shared = i > 0 && rate == rate_of(groups[i - 1], by);
    groups[i].set_rank(shared ? groups[i - 1].rank() : static_cast<int>(i) + 1);
  }
}

}  // namespace

CaseStatistics::CaseStatistics(core::Settings& settings)
    : min_sample_(static_cast<int>(settings.integer(
          "hotline.rate_min_sample", 5, 1, 1000, "Cases below which no rate is shown and nobody is ranked by it."))) {}

void CaseStatistics::add_rates(v1::CaseStatisticsGroup& group) const {
  const v1::CaseCounts& counts = group.counts();
  const auto rate = [](std::int64_t part, std::int64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  if (counts.due() >= min_sample_) group.set_response_rate(rate(counts.on_time(), counts.due()));
  if (counts.asked_resolved() >= min_sample_)
    group.set_resolution_rate(rate(counts.resolved(), counts.asked_resolved()));
  if (counts.asked_satisfied() >= min_sample_)
    group.set_satisfaction_rate(rate(counts.satisfied(), counts.asked_satisfied()));
  if (counts.replied() > 0)
    group.set_average_reply_working_minutes(rate(counts.reply_working_minutes(), counts.replied()));
}

v1::CaseStatistics CaseStatistics::get(ReadTx& tx, const Caller&, const v1::GetCaseStatisticsRequest& request) const {
  v1::CaseStatistics statistics;
  statistics.set_min_sample(min_sample_);
  std::vector<v1::CaseStatisticsGroup> groups;
  v1::CaseStatisticsGroup& total = *statistics.mutable_total();
  total.mutable_counts();
  for (auto& [key, group] : grouped(tx, request)) {
    add(*total.mutable_counts(), group.counts());
    add_rates(group);
    groups.push_back(std::move(group));
  }
  add_rates(total);
  if (request.rank_by() != v1::CASE_RATE_UNSPECIFIED) rank(groups, request.rank_by());
  statistics.set_more_groups(groups.size() > kMostGroups);
  groups.resize(std::min(groups.size(), kMostGroups));
  for (v1::CaseStatisticsGroup& group : groups) *statistics.add_groups() = std::move(group);
  add_names(tx, statistics, request.group_by());
  return statistics;
}

v1::ExplainCaseStatisticsResponse CaseStatistics::explain(ReadTx& tx, const Visibility& visible,
                                                          const v1::ExplainCaseStatisticsRequest& request) const {
  auto response = List("cases", cases_table().columns())
                      .visible_by("responsible_unit_id")
                      .within("responsible_unit_id", request.unit_alone() ? std::string_view() : request.unit_id())
                      .equal_if(request.unit_alone(), "responsible_unit_id", to_value(request.unit_id()))
                      .on_days("received_at", tx.offset(), request.from(), request.to())
                      .where(condition_of(request.measure()))
                      .equal("category", request.category())
                      .equal("channel", request.channel())
                      .equal("kind", request.kind())
                      .order_by("received_at", List::Descending)
                      .page<v1::ExplainCaseStatisticsResponse>(tx, visible, request);
  for (v1::Case& subject : *response.mutable_cases()) CaseClock::show_remaining(tx, subject);
  return response;
}

}  // namespace wenming::hotline
