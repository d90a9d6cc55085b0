#include "hotline/tracking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotline/hotline_fixture.h"

namespace wenming::hotline {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;

class TrackingTest : public HotlineFixture {
 protected:
  v1::TrackedCase track(const std::string& code) {
    v1::TrackCaseRequest request;
    request.set_tracking_code(code);
    return call<v1::TrackedCase>("TrackCase", request, anonymous());
  }
  std::vector<std::string> steps_of(const v1::TrackedCase& tracked) {
    std::vector<std::string> steps;
    for (const v1::TrackedStep& step : tracked.steps()) {
      steps.push_back(word_of(step.action()) + (step.text().empty() ? "" : " " + step.text()));
    }
    return steps;
  }
};

TEST_F(TrackingTest, ShowsTheCodeOnceAndStoresItsHash) {
  const v1::Case created = create(snapshot("路灯"));
  EXPECT_THAT(created.tracking_code(), MatchesRegex("([0-9A-Z]{4}-){3}[0-9A-Z]{4}"));
  EXPECT_FALSE(get(created.id()).has_tracking_code());
  const auto stored = value<std::string>("SELECT tracking_hash FROM cases WHERE id = $1", created.id());
  EXPECT_EQ(stored.value().size(), 64U);
}

TEST_F(TrackingTest, FindsTheCaseHoweverTheCodeIsTyped) {
  const std::string code = create(snapshot("路灯")).tracking_code();
  std::string typed;
  for (const char c : code) {
    if (c != '-') typed += static_cast<char>(std::tolower(c));
  }
  EXPECT_EQ(track(code).state(), v1::CASE_STATE_RECEIVED);
  EXPECT_EQ(track(typed).state(), v1::CASE_STATE_RECEIVED);
}

TEST_F(TrackingTest, KnowsNothingOfOtherCodes) {
  create(snapshot("路灯"));
  EXPECT_REFUSED("not_found", track("0000-0000-0000-0000"));
  EXPECT_REFUSED("not_found", track("编号编号编号编号编号编号编号编号"));
}

TEST_F(TrackingTest, ShowsAnswersAndReasonsButNoNotes) {
  const v1::Case created = create(snapshot("路灯"));
  const std::string id = created.id();
  accept(id);
  dispatch(id, "bureau", 7);
  advance_to(at("2026-03-09T09:00:00+08:00"));  // late: the citizen sees the deadline, not the escalation
  sign(id);
  reply(id, "已修复");
  call_back(id, false, "电话里很生气");
  const v1::TrackedCase tracked = track(created.tracking_code());
  EXPECT_EQ(tracked.state(), v1::CASE_STATE_HANDLING);
  EXPECT_TRUE(tracked.has_due_at());
  EXPECT_THAT(steps_of(tracked),
              ElementsAre("RECEIVE", "ACCEPT", "DISPATCH", "SIGN", "REPLY 已修复", "CALL_BACK_UNSATISFIED"));

  const v1::Case declined = create(snapshot("不属于受理范围"));
  decline(declined.id(), "请拨打 110");
  EXPECT_THAT(steps_of(track(declined.tracking_code())), ElementsAre("RECEIVE", "DECLINE 请拨打 110"));
}

}  // namespace
}  // namespace wenming::hotline
