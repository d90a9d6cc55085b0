#include "hotline/case_statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "hotline/hotline_fixture.h"

namespace wenming::hotline {
namespace {

using namespace testing::literals;
using ::testing::ElementsAre;

class CaseStatisticsTest : public HotlineFixture {
 protected:
  static v1::GetCaseStatisticsRequest march(v1::CaseGrouping group_by = v1::CASE_GROUPING_NONE) {
    v1::GetCaseStatisticsRequest request;
    request.set_unit_id("district");
    request.set_from("2026-03-01");
    request.set_to("2026-03-31");
    request.set_group_by(group_by);
    return request;
  }
  v1::CaseStatistics statistics(const v1::GetCaseStatisticsRequest& request, const domain::Principal& by = agent()) {
    return call<v1::CaseStatistics>("GetCaseStatistics", request, by);
  }
  v1::ExplainCaseStatisticsResponse explain(v1::CaseMeasure measure, const std::string& unit = "district",
                                            const domain::Principal& by = agent()) {
    v1::ExplainCaseStatisticsRequest request;
    request.set_unit_id(unit);
    request.set_from("2026-03-01");
    request.set_to("2026-03-31");
    request.set_measure(measure);
    request.set_include_total(true);
    return call<v1::ExplainCaseStatisticsResponse>("ExplainCaseStatistics", request, by);
  }
  static std::vector<std::string> keys(const v1::CaseStatistics& statistics) {
    std::vector<std::string> keys;
    for (const auto& group : statistics.groups())
      keys.push_back(group.key() + " " + std::to_string(group.counts().received()));
    return keys;
  }

  /// A case that this unit has answered after so long, and what the citizen said.
  std::string answered(const std::string& unit, std::chrono::microseconds after, bool satisfied) {
    const std::string id = create(snapshot("路灯不亮")).id();
    accept(id);
    dispatch(id, unit, 7);
    const auto by = unit == "school" ? as("teacher") : liaison();
    sign(id, by);
    advance(after);
    reply(id, "已修复", by);
    call_back(id, satisfied);
    return id;
  }
};

TEST_F(CaseStatisticsTest, ShowsNoRateOfTooSmallASample) {
  for (int i = 0; i < 4; ++i) answered("bureau", 1_min, true);
  EXPECT_FALSE(statistics(march()).total().has_satisfaction_rate());
  EXPECT_EQ(statistics(march()).min_sample(), 5);
  answered("bureau", 1_min, false);
  EXPECT_DOUBLE_EQ(statistics(march()).total().satisfaction_rate(), 0.8);
  EXPECT_DOUBLE_EQ(statistics(march()).total().response_rate(), 1.0);
}

TEST_F(CaseStatisticsTest, CountsEachCaseForWhatItIs) {
  create(snapshot("新到"));
  decline(create(snapshot("无关")).id(), "不受理");
  merge(create(snapshot("重复")).id(), create(snapshot("主单")).id());
  answered("bureau", 24_h * 2, true);
  const v1::CaseCounts counts = statistics(march()).total().counts();
  EXPECT_EQ(counts.received(), 5);
  EXPECT_EQ(counts.declined(), 1);
  EXPECT_EQ(counts.merged(), 1);
  EXPECT_EQ(counts.open(), 3);
  EXPECT_EQ(counts.replied(), 1);
  EXPECT_EQ(counts.due(), 1);
  EXPECT_EQ(counts.on_time(), 0);
  EXPECT_EQ(counts.overdue(), 1);
}

TEST_F(CaseStatisticsTest, OpensEveryNumberDownToItsCases) {
  create(snapshot("新到"));
  decline(create(snapshot("无关")).id(), "不受理");
  answered("bureau", 24_h * 2, true);
  answered("school", 1_min, false);
  const v1::CaseCounts counts = statistics(march()).total().counts();
  const auto& reflection = *counts.GetReflection();
  for (int number = v1::CASE_MEASURE_RECEIVED; number <= v1::CaseMeasure_MAX; ++number) {
    const auto measure = static_cast<v1::CaseMeasure>(number);
    std::string field = word_of(measure);
    std::transform(field.begin(), field.end(), field.begin(),
                   [](char c) { return c == '_' ? c : static_cast<char>(c | 0x20); });
    EXPECT_EQ(explain(measure).total(), reflection.GetInt64(counts, counts.GetDescriptor()->FindFieldByName(field)))
        << field;
  }
}

TEST_F(CaseStatisticsTest, RanksUnitsWithTiesAndLeavesOutSmallSamples) {
  organisation("waterworks", "district");
  organisation("gasworks", "district");
  grant("plumber", contract::v1::ROLE_LIAISON, "waterworks");
  for (int i = 0; i < 5; ++i) answered("bureau", 1_min, true);
  for (int i = 0; i < 5; ++i) answered("school", 1_min, true);
  const std::string id = create(snapshot("停水")).id();
  accept(id);
  dispatch(id, "waterworks", 7);
  auto request = march(v1::CASE_GROUPING_UNIT);
  request.set_rank_by(v1::CASE_RATE_SATISFACTION);
  const auto ranked = statistics(request);
  ASSERT_EQ(ranked.groups_size(), 3);
  EXPECT_EQ(ranked.groups(0).rank(), 1);
  EXPECT_EQ(ranked.groups(1).rank(), 1);
  EXPECT_FALSE(ranked.groups(2).has_rank());
  EXPECT_EQ(ranked.groups(2).key(), "waterworks");
}

TEST_F(CaseStatisticsTest, GroupsByDayWeekAndMonth) {
  create(snapshot("周四"));
  advance_to(at("2026-03-08T23:59:00+08:00"));  // Sunday
  create(snapshot("周日"));
  advance_to(at("2026-03-09T00:01:00+08:00"));
  create(snapshot("周一"));
  EXPECT_THAT(keys(statistics(march(v1::CASE_GROUPING_DAY))),
              ElementsAre("2026-03-05 1", "2026-03-08 1", "2026-03-09 1"));
  EXPECT_THAT(keys(statistics(march(v1::CASE_GROUPING_WEEK))), ElementsAre("2026-03-02 2", "2026-03-09 1"));
  EXPECT_THAT(keys(statistics(march(v1::CASE_GROUPING_MONTH))), ElementsAre("2026-03 3"));
}

TEST_F(CaseStatisticsTest, GroupsByTheOrganisationsBelow) {
  organisation("lamps", "bureau");
  answered("bureau", 1_min, true);
  const std::string id = create(snapshot("路灯不亮")).id();
  accept(id);
  dispatch(id, "lamps", 7);
  create(snapshot("还在受理"));
  const auto children = statistics(march(v1::CASE_GROUPING_CHILD));
  EXPECT_THAT(keys(children), ElementsAre("bureau 2", "district 1"));
  EXPECT_EQ(children.groups(0).name(), "bureau");
}

TEST_F(CaseStatisticsTest, ShowsAUnitItsOwnNumbersOnly) {
  answered("bureau", 1_min, true);
  answered("school", 1_min, true);
  EXPECT_REFUSED("not_found", statistics(march(), liaison()));
  auto own = march();
  own.set_unit_id("bureau");
  EXPECT_EQ(statistics(own, liaison()).total().counts().received(), 1);
  EXPECT_EQ(explain(v1::CASE_MEASURE_RECEIVED, "bureau", liaison()).total(), 1);
  EXPECT_REFUSED("not_found", explain(v1::CASE_MEASURE_RECEIVED, "school", liaison()));
}

TEST_F(CaseStatisticsTest, AveragesTheWorkingTimeToTheFirstAnswer) {
  answered("bureau", 30_min, true);
  answered("bureau", 90_min, true);
  EXPECT_DOUBLE_EQ(statistics(march()).total().average_reply_working_minutes(), 60);
}

TEST_F(CaseStatisticsTest, IsEmptyWhereNothingCameIn) {
  const auto empty = statistics(march(v1::CASE_GROUPING_CHANNEL));
  EXPECT_EQ(empty.groups_size(), 0);
  EXPECT_EQ(empty.total().counts().received(), 0);
}

}  // namespace
}  // namespace wenming::hotline
