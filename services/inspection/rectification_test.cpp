#include "inspection/rectification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "inspection/inspection_fixture.h"
#include "wenming/inspection/v1/events.pb.h"

namespace wenming::inspection {
namespace {

using namespace testing::literals;
using ::testing::ElementsAre;

/// One grave finding at the market on Thursday 2026-03-05, 09:00: three working days, due on Monday 2026-03-09, 17:30.
class RectificationTest : public InspectionFixture {
 protected:
  RectificationTest() {
    const v1::Point market = create_point("market", "bureau");
    order_id_ = submit(visit(market, {v1::SEVERITY_HIGH})).findings(0).rectification_order_id();
  }

  v1::RectificationOrder order() { return order(order_id_); }
  v1::RectificationOrder order(const std::string& id) {
    v1::GetRectificationOrderRequest request;
    request.set_rectification_order_id(id);
    return call<v1::RectificationOrder>("GetRectificationOrder", request, inspector());
  }
  v1::RectificationOrder sign() {
    v1::SignRectificationOrderRequest request;
    request.set_rectification_order_id(order_id_);
    return call<v1::RectificationOrder>("SignRectificationOrder", request, liaison());
  }
  v1::RectificationOrder submit_rectified(const domain::Principal& by = liaison()) {
    v1::SubmitRectificationOrderRequest request;
    request.set_rectification_order_id(order_id_);
    request.set_note("cleared");
    return call<v1::RectificationOrder>("SubmitRectificationOrder", request, by);
  }
  v1::RectificationOrder verify(const domain::Principal& by = inspector()) {
    v1::VerifyRectificationOrderRequest request;
    request.set_rectification_order_id(order_id_);
    return call<v1::RectificationOrder>("VerifyRectificationOrder", request, by);
  }
  v1::RectificationOrder reject() {
    v1::RejectRectificationOrderRequest request;
    request.set_rectification_order_id(order_id_);
    request.set_reason("still dirty");
    return call<v1::RectificationOrder>("RejectRectificationOrder", request, inspector());
  }
  std::vector<std::string> history() {
    v1::ListRectificationStepsRequest request;
    request.set_rectification_order_id(order_id_);
    const auto steps = call<v1::ListRectificationStepsResponse>("ListRectificationSteps", request, inspector());
    std::vector<std::string> texts;
    for (const v1::RectificationStep& step : steps.steps()) {
      texts.push_back(std::to_string(step.number()) + " " + word_of(step.action()) + " " + word_of(step.state()) +
                      (step.note().empty() ? "" : " " + step.note()));
    }
    return texts;
  }

  std::string order_id_;
};

TEST_F(RectificationTest, GivesTheUnitWorkingDaysBySeverity) {
  const v1::Point street = create_point("street", "bureau");
  const v1::Inspection inspection = submit(visit(street, {v1::SEVERITY_LOW, v1::SEVERITY_MODERATE, v1::SEVERITY_HIGH}));
  const auto due = [&](int i) {
    return core::to_rfc3339(domain::from_proto(order(inspection.findings(i).rectification_order_id()).due_at()),
                            core::UtcOffset());
  };
  EXPECT_EQ(due(2), "2026-03-09T17:30:00+08:00");
  EXPECT_EQ(due(1), "2026-03-13T17:30:00+08:00");
  EXPECT_EQ(due(0), "2026-03-25T17:30:00+08:00");
}

TEST_F(RectificationTest, CopiesWhatTheFindingSaysAndGoesToTheGuarantorUnit) {
  const v1::RectificationOrder issued = order();
  EXPECT_EQ(issued.state(), v1::RECTIFICATION_STATE_ISSUED);
  EXPECT_EQ(issued.unit_id(), "bureau");
  EXPECT_EQ(issued.severity(), v1::SEVERITY_HIGH);
  EXPECT_EQ(issued.category(), "hygiene");
  EXPECT_EQ(issued.description(), "垃圾未清运");
  EXPECT_EQ(issued.version(), 1);
}

TEST_F(RectificationTest, EndsWhenTheInspectorAgrees) {
  sign();
  submit_rectified();
  const v1::RectificationOrder verified = verify();
  EXPECT_EQ(verified.state(), v1::RECTIFICATION_STATE_VERIFIED);
  EXPECT_TRUE(verified.has_verified_at());
  EXPECT_FALSE(verified.overdue());
  EXPECT_THAT(history(),
              ElementsAre("1 ISSUE ISSUED", "2 SIGN SIGNED", "3 SUBMIT SUBMITTED cleared", "4 VERIFY VERIFIED"));
}

TEST_F(RectificationTest, RefusesWhatTheStateDoesNotTake) {
  EXPECT_REFUSED("order_state", submit_rectified());
  EXPECT_REFUSED("order_state", verify());
  sign();
  EXPECT_REFUSED("order_state", sign());
  submit_rectified();
  verify();
  EXPECT_REFUSED("order_state", reject());
}

TEST_F(RectificationTest, SendsBackWithAReasonAndKeepsTheDeadline) {
  const auto due = order().due_at();
  sign();
  submit_rectified();
  advance(24_h);
  const v1::RectificationOrder returned = reject();
  EXPECT_EQ(returned.state(), v1::RECTIFICATION_STATE_RECTIFYING);
  EXPECT_EQ(returned.rejections(), 1);
  EXPECT_EQ(returned.due_at().seconds(), due.seconds());
  submit_rectified();
  EXPECT_EQ(verify().state(), v1::RECTIFICATION_STATE_VERIFIED);
  EXPECT_THAT(history(),
              ElementsAre("1 ISSUE ISSUED", "2 SIGN SIGNED", "3 SUBMIT SUBMITTED cleared",
                          "4 REJECT RECTIFYING still dirty", "5 SUBMIT SUBMITTED cleared", "6 VERIFY VERIFIED"));
}

TEST_F(RectificationTest, LetsNobodyJudgeWhatTheySubmitted) {
  grant("both", contract::v1::ROLE_INSPECTOR, "district");
  grant("both", contract::v1::ROLE_UNIT_HEAD, "bureau");
  sign();
  submit_rectified(as("both"));
  EXPECT_REFUSED("own_submission", verify(as("both")));
  EXPECT_EQ(verify(as("office")).state(), v1::RECTIFICATION_STATE_VERIFIED);
}

TEST_F(RectificationTest, EscalatesWhenTheDeadlinePassesAndKeepsTheState) {
  sign();
  advance_to(at("2026-03-09T17:30:00+08:00"));
  EXPECT_FALSE(order().overdue()) << "the due moment itself is in time";
  advance(std::chrono::microseconds(1));
  const v1::RectificationOrder late = order();
  EXPECT_TRUE(late.overdue());
  EXPECT_TRUE(late.has_escalated_at());
  EXPECT_EQ(late.state(), v1::RECTIFICATION_STATE_SIGNED);
  EXPECT_THAT(history(), ElementsAre("1 ISSUE ISSUED", "2 SIGN SIGNED", "3 ESCALATE SIGNED"));
}

TEST_F(RectificationTest, IsNotLateWhileASubmissionStands) {
  sign();
  submit_rectified();
  advance_to(at("2026-03-20T09:00:00+08:00"));
  EXPECT_FALSE(order().overdue());
  EXPECT_FALSE(verify().overdue());
}

TEST_F(RectificationTest, IsLateAtOnceWhenSentBackAfterTheDeadline) {
  sign();
  submit_rectified();
  advance_to(at("2026-03-20T09:00:00+08:00"));
  reject();
  EXPECT_TRUE(order().overdue());
  EXPECT_THAT(history(), ElementsAre("1 ISSUE ISSUED", "2 SIGN SIGNED", "3 SUBMIT SUBMITTED cleared",
                                     "4 REJECT RECTIFYING still dirty", "5 ESCALATE RECTIFYING"));
}

TEST_F(RectificationTest, NoticesLatenessInAnActionThatComesBeforeTheTimer) {
  sign();
  work([&](domain::Tx& tx) { tx.cancel("rectification_order/" + order_id_); });  // as if it had not run yet
  advance_to(at("2026-03-09T17:30:01+08:00"));
  submit_rectified();
  EXPECT_TRUE(order().overdue());
  EXPECT_THAT(history(),
              ElementsAre("1 ISSUE ISSUED", "2 SIGN SIGNED", "3 ESCALATE SIGNED", "4 SUBMIT SUBMITTED cleared"));
}

TEST_F(RectificationTest, StaysMarkedAsLateAfterItIsPutRight) {
  sign();
  advance_to(at("2026-03-20T09:00:00+08:00"));
  submit_rectified();
  EXPECT_TRUE(verify().overdue());
}

TEST_F(RectificationTest, LetsTheUnitActOnlyOnItsOwnOrdersAndNeverJudgeThem) {
  grant("teacher", contract::v1::ROLE_LIAISON, "school");
  v1::SignRectificationOrderRequest request;
  request.set_rectification_order_id(order_id_);
  EXPECT_REFUSED("not_found", call<v1::RectificationOrder>("SignRectificationOrder", request, as("teacher")));
  sign();
  submit_rectified();
  EXPECT_REFUSED("not_allowed", verify(liaison()));
}

TEST_F(RectificationTest, TellsEveryChangeWithTheStateAfterIt) {
  sign();
  submit_rectified();
  verify();
  const auto events = published<v1::RectificationOrderChanged>();
  ASSERT_EQ(events.size(), 4U);
  std::int64_t version = 0;
  for (const auto& event : events) EXPECT_EQ(event.version(), ++version);
  EXPECT_EQ(events[0].action(), v1::RECTIFICATION_ACTION_ISSUE);
  EXPECT_EQ(events[0].issued_day(), "2026-03-05");
  EXPECT_EQ(events[0].due_day(), "2026-03-09");
  EXPECT_EQ(events[0].unit_id(), "bureau");
  EXPECT_EQ(events[3].state(), v1::RECTIFICATION_STATE_VERIFIED);
  EXPECT_EQ(events[3].verified_day(), "2026-03-05");
}

TEST_F(RectificationTest, ListsByStateUnitSeverityInspectionAndLateness) {
  const v1::Point school = create_point("school", "school");
  const v1::Inspection other = submit(visit(school, {v1::SEVERITY_LOW}));
  sign();
  advance_to(at("2026-03-11T09:00:00+08:00"));
  const auto count = [&](auto set) {
    v1::ListRectificationOrdersRequest request;
    set(request);
    return call<v1::ListRectificationOrdersResponse>("ListRectificationOrders", request, inspector())
        .rectification_orders_size();
  };
  using Request = v1::ListRectificationOrdersRequest;
  EXPECT_EQ(count([](Request&) {}), 2);
  EXPECT_EQ(count([](Request& r) { r.set_state(v1::RECTIFICATION_STATE_SIGNED); }), 1);
  EXPECT_EQ(count([](Request& r) { r.set_unit_id("school"); }), 1);
  EXPECT_EQ(count([](Request& r) { r.set_unit_id("district"); }), 2);
  EXPECT_EQ(count([](Request& r) { r.set_severity(v1::SEVERITY_LOW); }), 1);
  EXPECT_EQ(count([&](Request& r) { r.set_inspection_id(other.id()); }), 1);
  EXPECT_EQ(count([](Request& r) { r.set_overdue(true); }), 1);
  EXPECT_EQ(count([](Request& r) { r.set_overdue(false); }), 1);
}

TEST(RectificationStateTest, NeverLeavesTheDeclaredStatesWhateverIsDone) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::set<v1::RectificationState> seen;
  for (int life = 0; life < 200; ++life) {
    v1::RectificationState state = v1::RECTIFICATION_STATE_ISSUED;
    for (int i = 0; i < 40; ++i) {
      const auto action =
          static_cast<v1::RectificationAction>(random() % static_cast<unsigned>(v1::RectificationAction_ARRAYSIZE));
      const auto next = state_after(state, action);
      if (!next) continue;
      EXPECT_TRUE(v1::RectificationState_IsValid(*next));
      EXPECT_NE(*next, v1::RECTIFICATION_STATE_UNSPECIFIED);
      EXPECT_NE(state, v1::RECTIFICATION_STATE_VERIFIED) << "nothing follows on the end";
      if (action == v1::RECTIFICATION_ACTION_ESCALATE) {
        EXPECT_EQ(*next, state) << "being late is not a state";
      }
      state = *next;
      seen.insert(state);
    }
  }
  EXPECT_EQ(seen.size(), 5U) << "some state is never reached";
}

}  // namespace
}  // namespace wenming::inspection
