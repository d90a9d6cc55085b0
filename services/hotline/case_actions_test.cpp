#include "hotline/case_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotline/hotline_fixture.h"
#include "wenming/hotline/v1/events.pb.h"

namespace wenming::hotline {
namespace {

using namespace testing::literals;
using std::chrono::microseconds;
using ::testing::ElementsAre;

/// A case dispatched on Thursday 2026-03-05, 09:00, with seven working hours: due that day at 17:30.
class CaseActionsTest : public HotlineFixture {
 protected:
  CaseActionsTest() : id_(create(snapshot("路灯不亮")).id()) {}

  void dispatched() {
    accept(id_);
    dispatch(id_, "bureau", 7);
  }
  void replied() {
    dispatched();
    sign(id_);
    reply(id_, "已修复");
  }
  v1::Case subject() { return get(id_); }
  std::vector<std::string> history() {
    std::vector<std::string> texts;
    for (const v1::CaseHistoryEntry& entry : history_of(id_)) {
      texts.push_back(std::to_string(entry.number()) + " " + word_of(entry.action()) + " " + word_of(entry.state()) +
                      (entry.text().empty() ? "" : " " + entry.text()));
    }
    return texts;
  }

  const std::string id_;
};

TEST_F(CaseActionsTest, GoesFromReceiptToClosing) {
  replied();
  call_back(id_, true, "很满意");
  const v1::Case closed = close(id_);
  EXPECT_EQ(closed.state(), v1::CASE_STATE_CLOSED);
  EXPECT_TRUE(closed.on_time());
  EXPECT_TRUE(closed.satisfied());
  EXPECT_THAT(history(),
              ElementsAre("1 RECEIVE RECEIVED", "2 ACCEPT ACCEPTED", "3 DISPATCH DISPATCHED", "4 SIGN SIGNED",
                          "5 REPLY REPLIED 已修复", "6 CALL_BACK_SATISFIED CALLED_BACK 很满意", "7 CLOSE CLOSED"));
  const v1::Case kept = subject();
  EXPECT_EQ(kept.DebugString(), closed.DebugString());
}

TEST_F(CaseActionsTest, LeavesTheOfficesActionsToTheUnitThatReceivedTheCase) {
  const auto accused = as(grant("of the bureau", contract::v1::ROLE_OPERATOR, "bureau"));
  dispatched();
  EXPECT_REFUSED("not_found", accept(id_, accused));
  EXPECT_REFUSED("not_found", decline(id_, "不受理", accused));
  EXPECT_REFUSED("not_found", dispatch(id_, "bureau", 7, accused));
  sign(id_);
  reply(id_, "已修复");
  EXPECT_REFUSED("not_found", call_back(id_, true, "很满意", accused));
  EXPECT_REFUSED("not_found", close(id_, accused));
  close(id_);
  EXPECT_REFUSED("not_found", reopen(id_, "再办", accused));
}

TEST_F(CaseActionsTest, LeavesTheAnswerToTheUnitThatHandlesTheCase) {
  const auto school = as("teacher");
  dispatched();
  EXPECT_REFUSED("not_found", sign(id_, school));
  sign(id_);
  EXPECT_REFUSED("not_found", reply(id_, "已修复", school));
}

TEST_F(CaseActionsTest, RefusesWhatTheStateDoesNotTake) {
  EXPECT_REFUSED("case_state", close(id_));
  EXPECT_REFUSED("case_state", dispatch(id_, "bureau"));
  dispatched();
  EXPECT_REFUSED("case_state", reply(id_, "还没有签收"));
  sign(id_);
  reply(id_, "已修复");
  EXPECT_REFUSED("case_state", accept(id_));
  EXPECT_REFUSED("case_state", dispatch(id_, "school"));
}

TEST_F(CaseActionsTest, CountsWorkingHoursFromTheDispatch) {
  advance_to(at("2026-03-06T16:30:00+08:00"));  // Friday: one hour left of the week
  accept(id_);
  const v1::Case dispatched = dispatch(id_, "bureau", 2);
  EXPECT_EQ(domain::from_proto(dispatched.due_at()), at("2026-03-09T10:00:00+08:00"));
  EXPECT_EQ(dispatched.working_hours(), 2);
}

TEST_F(CaseActionsTest, TakesTheHoursOfTheSettingWhereTheOfficeSaysNone) {
  accept(id_);
  EXPECT_EQ(dispatch(id_, "bureau").working_hours(), 40);
}

TEST_F(CaseActionsTest, DispatchesOnlyWithinTheReceivingOrganisation) {
  accept(id_);
  EXPECT_REFUSED("unit_outside", dispatch(id_, "neighbour"));
  EXPECT_REFUSED("unit_unknown", dispatch(id_, "nowhere"));
  EXPECT_EQ(dispatch(id_, "bureau").unit_id(), "bureau");
}

TEST_F(CaseActionsTest, DispatchesAnewUntilSomebodyHasSigned) {
  dispatched();
  advance(24_h);
  const v1::Case anew = dispatch(id_, "school", 7);
  EXPECT_EQ(anew.unit_id(), "school");
  EXPECT_EQ(domain::from_proto(anew.due_at()), at("2026-03-06T17:30:00+08:00"));
  EXPECT_FALSE(anew.overdue()) << "the new unit has its own deadline";
  sign(id_, as("teacher"));
  EXPECT_REFUSED("case_state", dispatch(id_, "bureau"));
}

TEST_F(CaseActionsTest, EscalatesWhenTheDeadlinePassesAndKeepsTheState) {
  dispatched();
  advance_to(at("2026-03-05T17:30:00+08:00"));
  EXPECT_FALSE(subject().overdue()) << "the due moment itself is in time";
  advance(microseconds(1));
  EXPECT_TRUE(subject().overdue());
  EXPECT_TRUE(subject().has_escalated_at());
  EXPECT_TRUE(subject().has_on_time());
  EXPECT_FALSE(subject().on_time());
  EXPECT_EQ(subject().state(), v1::CASE_STATE_DISPATCHED);
  EXPECT_THAT(history().back(), "4 ESCALATE DISPATCHED");
  EXPECT_EQ(published<v1::CaseChanged>().back().action(), v1::CASE_ACTION_ESCALATE);
}

TEST_F(CaseActionsTest, IsNotLateOnceAnswered) {
  replied();
  advance_to(at("2026-03-20T09:00:00+08:00"));
  EXPECT_FALSE(subject().overdue());
  EXPECT_TRUE(subject().on_time());
}

TEST_F(CaseActionsTest, NoticesLatenessInAnActionThatComesBeforeTheTimer) {
  dispatched();
  sign(id_);
  work([&](domain::Tx& tx) { tx.cancel("case/" + id_); });  // as if it had not run yet
  advance_to(at("2026-03-05T17:30:01+08:00"));
  reply(id_, "迟到的答复");
  EXPECT_TRUE(subject().overdue());
  EXPECT_FALSE(subject().on_time());
  EXPECT_THAT(history().at(4), "5 ESCALATE SIGNED");
}

TEST_F(CaseActionsTest, IsHandledAgainUnderTheSameDeadlineWhenTheCitizenIsNotSatisfied) {
  replied();
  const v1::Case again = call_back(id_, false, "没有修好");
  EXPECT_EQ(again.state(), v1::CASE_STATE_HANDLING);
  EXPECT_FALSE(again.satisfied());
  EXPECT_FALSE(again.overdue());
  advance_to(at("2026-03-06T09:00:00+08:00"));
  EXPECT_TRUE(subject().overdue()) << "the clock does not start anew";
  EXPECT_TRUE(subject().on_time()) << "the first answer was in time";
  reply(id_, "这次修好了");
  EXPECT_TRUE(call_back(id_, true, "").satisfied());
}

TEST_F(CaseActionsTest, IsLateAtOnceWhenTheCallBackFailsAfterTheDeadline) {
  replied();
  advance_to(at("2026-03-20T09:00:00+08:00"));
  call_back(id_, false, "");
  EXPECT_TRUE(subject().overdue());
  EXPECT_THAT(history().back(), "7 ESCALATE HANDLING");
}

TEST_F(CaseActionsTest, IsTheOfficesAgainWhenReopened) {
  replied();
  close(id_);
  reopen(id_, "又坏了");
  const v1::Case reopened = subject();
  EXPECT_EQ(reopened.state(), v1::CASE_STATE_ACCEPTED);
  EXPECT_EQ(reopened.unit_id(), "district");
  EXPECT_EQ(reopened.reopenings(), 1);
  EXPECT_FALSE(reopened.has_due_at());
  EXPECT_EQ(reopened.reply(), "");
  dispatch(id_, "school", 7);
  EXPECT_EQ(subject().state(), v1::CASE_STATE_DISPATCHED);
}

TEST_F(CaseActionsTest, ReopensADeclinedCase) {
  decline(id_, "不属于受理范围");
  EXPECT_REFUSED("case_state", accept(id_));
  reopen(id_, "属于受理范围");
  EXPECT_EQ(subject().state(), v1::CASE_STATE_ACCEPTED);
}

TEST_F(CaseActionsTest, TellsEveryChangeWithTheStateAfterIt) {
  replied();
  call_back(id_, true, "");
  close(id_);
  const auto events = published<v1::CaseChanged>();
  ASSERT_EQ(events.size(), 7U);
  std::int64_t version = 0;
  for (const auto& event : events) EXPECT_EQ(event.version(), ++version);
  const auto& last = events.back();
  EXPECT_EQ(last.state(), v1::CASE_STATE_CLOSED);
  EXPECT_EQ(last.unit_id(), "bureau");
  EXPECT_EQ(last.receiving_unit_id(), "district");
  EXPECT_EQ(last.received_day(), "2026-03-05");
  EXPECT_EQ(last.dispatched_day(), "2026-03-05");
  EXPECT_EQ(last.due_day(), "2026-03-05");
  EXPECT_EQ(last.replied_day(), "2026-03-05");
  EXPECT_EQ(last.closed_day(), "2026-03-05");
  EXPECT_TRUE(last.on_time());
  EXPECT_TRUE(last.satisfied());
}

}  // namespace
}  // namespace wenming::hotline
