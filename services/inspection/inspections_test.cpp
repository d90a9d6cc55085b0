#include "inspection/inspections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inspection/inspection_fixture.h"
#include "wenming/inspection/v1/events.pb.h"

namespace wenming::inspection {
namespace {

using namespace testing::literals;
using ::testing::ElementsAre;

class InspectionsTest : public InspectionFixture {
 protected:
  InspectionsTest() : market_(create_point("market", "bureau")) {}

  v1::Inspection get(const std::string& id) {
    v1::GetInspectionRequest request;
    request.set_inspection_id(id);
    return call<v1::Inspection>("GetInspection", request, inspector());
  }
  std::vector<std::string> ids_of(const v1::ListInspectionsRequest& request) {
    const auto response = call<v1::ListInspectionsResponse>("ListInspections", request, inspector());
    std::vector<std::string> ids;
    for (const v1::Inspection& inspection : response.inspections()) ids.push_back(inspection.id());
    return ids;
  }
  std::int64_t orders() { return value<std::int64_t>("SELECT COUNT(*) FROM rectification_orders").value(); }

  const v1::Point market_;
};

v1::Answer answer(const std::string& item) {
  v1::Answer answer;
  answer.set_item(item);
  return answer;
}

TEST_F(InspectionsTest, KeepsAReportWithItsAnswersAndFindings) {
  v1::SubmitInspectionRequest request = visit(market_, {v1::SEVERITY_LOW, v1::SEVERITY_HIGH});
  request.set_score(94.5);
  request.set_remarks("第一行\n第二行");
  v1::Answer yes = answer("signs"), grade = answer("floor"), count = answer("banners"), number = answer("noise"),
             text = answer("impression");
  yes.set_yes(false);
  grade.set_grade(v1::GRADE_B);
  count.set_count(0);
  number.set_number(54.5);
  text.set_text("整洁");
  for (const v1::Answer& given : {yes, grade, count, number, text}) *request.add_answers() = given;

  const v1::Inspection submitted = submit(request);
  const v1::Inspection kept = get(submitted.id());
  EXPECT_EQ(kept.DebugString(), submitted.DebugString());
  EXPECT_EQ(kept.unit_id(), "bureau");
  EXPECT_EQ(kept.score(), 94.5);
  ASSERT_EQ(kept.answers_size(), 5);
  EXPECT_EQ(kept.answers(0).DebugString(), yes.DebugString());
  EXPECT_EQ(kept.answers(2).DebugString(), count.DebugString());
  EXPECT_EQ(kept.low_findings(), 1);
  EXPECT_EQ(kept.moderate_findings(), 0);
  EXPECT_EQ(kept.high_findings(), 1);
  EXPECT_EQ(kept.inspector_id(), "inspector");
}

TEST_F(InspectionsTest, TakesTheSameReportOnlyOnce) {
  const v1::SubmitInspectionRequest request = visit(market_, {v1::SEVERITY_LOW});
  const v1::Inspection first = submit(request);
  advance(1_h);
  EXPECT_EQ(submit(request).DebugString(), first.DebugString());
  EXPECT_EQ(orders(), 1);
  EXPECT_EQ(published<v1::InspectionSubmitted>().size(), 1U);
}

TEST_F(InspectionsTest, JudgesARepeatedReportByTheInspectionAndNotByItsPoint) {
  const v1::SubmitInspectionRequest request = visit(market_, {});
  const auto repeat = [&](std::string_view who) {
    return call<v1::Inspection>("SubmitInspection", request, as(who), {.idempotency_key = {}, .if_match = 1});
  };
  grant("of the bureau", contract::v1::ROLE_INSPECTOR, "bureau");
  grant("of the school", contract::v1::ROLE_INSPECTOR, "school");
  EXPECT_REFUSED("not_found", call<v1::Inspection>("SubmitInspection", request, as("of the school")));
  submit(request);
  v1::UpdatePointRequest change;
  change.set_point_id(market_.id());
  change.set_name("renamed");
  change.set_unit_id("school");
  call<v1::Point>("UpdatePoint", change, inspector(), {.idempotency_key = {}, .if_match = 1});
  EXPECT_EQ(repeat("inspector").id(), request.inspection_id());
  EXPECT_EQ(repeat("of the bureau").id(), request.inspection_id());
  EXPECT_REFUSED("not_found", repeat("of the school"));
}

TEST_F(InspectionsTest, RefusesAPointThatDoesNotExist) {
  v1::SubmitInspectionRequest request = visit(market_, {});
  request.set_point_id("nowhere");
  EXPECT_REFUSED("not_found", submit(request));
}

TEST_F(InspectionsTest, RefusesAnotherReportUnderTheSameId) {
  v1::SubmitInspectionRequest request = visit(market_, {});
  submit(request);
  request.set_score(12);
  EXPECT_REFUSED("inspection_differs", submit(request));
}

TEST_F(InspectionsTest, RefusesAVisitOfTheFutureButTakesOneOfThePast) {
  v1::SubmitInspectionRequest request = visit(market_, {});
  *request.mutable_inspected_at() = domain::to_proto(now() + std::chrono::seconds(1));
  EXPECT_REFUSED("inspected_in_future", submit(request));
  *request.mutable_inspected_at() = domain::to_proto(at("2014-11-10T00:00:00+08:00"));
  submit(request);
  EXPECT_EQ(published<v1::InspectionSubmitted>().back().inspected_day(), "2014-11-10");
}

TEST_F(InspectionsTest, RefusesItemsAnsweredTwiceOrWithNothing) {
  v1::SubmitInspectionRequest request = visit(market_, {});
  v1::Answer twice = answer("signs");
  twice.set_yes(true);
  *request.add_answers() = twice;
  *request.add_answers() = twice;
  *request.add_answers() = answer("floor");
  try {
    submit(request);
    FAIL() << "unclear answers were taken";
  } catch (const domain::Refusal& refusal) {
    EXPECT_EQ(refusal.code(), "answer_unclear");
    EXPECT_EQ(refusal.arguments(), (contract::Arguments{{"items", "signs, floor"}}));
  }
}

TEST_F(InspectionsTest, IssuesAnOrderForEachFindingUnlessTheReportSaysNot) {
  v1::SubmitInspectionRequest request = visit(market_, {v1::SEVERITY_LOW, v1::SEVERITY_LOW});
  submit(request);
  EXPECT_EQ(orders(), 2);
  v1::SubmitInspectionRequest historical = visit(market_, {v1::SEVERITY_HIGH});
  historical.set_issue_orders(false);
  EXPECT_EQ(submit(historical).findings(0).rectification_order_id(), "");
  EXPECT_EQ(orders(), 2);
}

TEST_F(InspectionsTest, StaysWithTheUnitThatAnsweredForThePointThen) {
  const v1::Inspection before = submit(visit(market_, {}));
  v1::UpdatePointRequest move;
  move.set_point_id(market_.id());
  move.set_unit_id("school");
  call<v1::Point>("UpdatePoint", move, inspector(), {.idempotency_key = {}, .if_match = market_.version()});
  EXPECT_EQ(get(before.id()).unit_id(), "bureau");
  EXPECT_EQ(submit(visit(market_, {})).unit_id(), "school");
}

TEST_F(InspectionsTest, TellsWhatTheDashboardCounts) {
  v1::SubmitInspectionRequest request = visit(market_, {v1::SEVERITY_MODERATE});
  request.set_score(0);
  submit(request);
  const auto event = published<v1::InspectionSubmitted>().back();
  EXPECT_EQ(event.unit_id(), "bureau");
  EXPECT_EQ(event.point_type(), "集贸市场");
  EXPECT_EQ(event.kind(), v1::INSPECTION_KIND_ROUTINE);
  EXPECT_TRUE(event.has_score());
  EXPECT_EQ(event.moderate_findings(), 1);
}

TEST_F(InspectionsTest, ListsTheLatestVisitFirstByPointUnitKindAndDay) {
  const v1::Point school = create_point("school", "school");
  const auto visited = [&](const v1::Point& point, std::string_view when, v1::InspectionKind kind) {
    v1::SubmitInspectionRequest request = visit(point, {});
    request.set_kind(kind);
    *request.mutable_inspected_at() = domain::to_proto(at(when));
    return submit(request).id();
  };
  const std::string a = visited(market_, "2026-03-01T23:59:59+08:00", v1::INSPECTION_KIND_ROUTINE);
  const std::string b = visited(market_, "2026-03-02T00:00:00+08:00", v1::INSPECTION_KIND_SURPRISE);
  const std::string c = visited(school, "2026-03-03T10:00:00+08:00", v1::INSPECTION_KIND_ROUTINE);

  v1::ListInspectionsRequest request;
  EXPECT_THAT(ids_of(request), ElementsAre(c, b, a));
  request.set_point_id(market_.id());
  EXPECT_THAT(ids_of(request), ElementsAre(b, a));
  request.Clear();
  request.set_unit_id("school");
  EXPECT_THAT(ids_of(request), ElementsAre(c));
  request.Clear();
  request.set_kind(v1::INSPECTION_KIND_ROUTINE);
  EXPECT_THAT(ids_of(request), ElementsAre(c, a));
  request.Clear();
  request.set_from("2026-03-02");
  request.set_to("2026-03-02");
  EXPECT_THAT(ids_of(request), ElementsAre(b));
}

}  // namespace
}  // namespace wenming::inspection
