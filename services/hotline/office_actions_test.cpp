#include "hotline/office_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotline/hotline_fixture.h"
#include "wenming/hotline/v1/events.pb.h"
#include "wenming/identity/v1/events.pb.h"

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

TEST_F(CaseActionsTest, AsksAnotherUnitUntilSomebodyHasSignedWithoutSettingTheClockBack) {
  dispatched();
  advance(2_h);
  EXPECT_REFUSED("deadline_stands", dispatch(id_, "school", 7));
  const v1::Case anew = dispatch(id_, "school");
  EXPECT_EQ(anew.unit_id(), "school");
  EXPECT_EQ(anew.responsible_unit_id(), "bureau") << "who was asked first answers for it until another has signed";
  EXPECT_EQ(domain::from_proto(anew.due_at()), at("2026-03-05T17:30:00+08:00"));
  EXPECT_EQ(get(id_, {}, liaison()).id(), id_) << "and still sees it";
  const v1::Case signed_by_school = sign(id_, as("teacher"));
  EXPECT_EQ(signed_by_school.responsible_unit_id(), "school");
  EXPECT_REFUSED("not_found", get(id_, {}, liaison()));
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

TEST_F(CaseActionsTest, EscalatesStepByStep) {
  dispatched();
  advance_to(at("2026-03-05T17:31:00+08:00"));
  EXPECT_EQ(subject().escalation_level(), 1);
  advance_to(at("2026-03-06T17:31:00+08:00"));  // eight working hours are a day and an hour
  EXPECT_EQ(subject().escalation_level(), 1);
  advance_to(at("2026-03-09T10:01:00+08:00"));
  EXPECT_EQ(subject().escalation_level(), 2);
  advance_to(at("2026-03-20T09:00:00+08:00"));
  EXPECT_EQ(subject().escalation_level(), 3);
  EXPECT_EQ(history().size(), 6U) << "and no further";
}

TEST_F(CaseActionsTest, ShowsTheWorkingTimeThatIsLeft) {
  dispatched();
  EXPECT_EQ(subject().remaining_working_minutes(), 420);
  advance_to(at("2026-03-05T12:30:00+08:00"));
  EXPECT_EQ(subject().remaining_working_minutes(), 240) << "nobody works at noon";
  advance_to(at("2026-03-06T09:10:00+08:00"));
  EXPECT_EQ(subject().remaining_working_minutes(), -10);
  sign(id_);
  reply(id_, "已修复");
  EXPECT_FALSE(subject().has_remaining_working_minutes());
}

TEST_F(CaseActionsTest, ReckonsDeadlinesAnewWhenTheCalendarChanges) {
  dispatched();
  const std::string later = create(snapshot("井盖缺失")).id();
  accept(later);
  dispatch(later, "bureau", 14);  // until Friday, 17:30
  sign(later);
  calendar_day("2026-03-06", "HOLIDAY");
  identity::v1::CalendarDayChanged event;
  event.set_day("2026-03-06");
  deliver(event);
  advance(1_min);
  EXPECT_EQ(domain::from_proto(get(later).due_at()), at("2026-03-09T17:30:00+08:00"));
  EXPECT_EQ(word_of(history_of(later).back().action()), "RECKON_ANEW");
  EXPECT_EQ(domain::from_proto(subject().due_at()), at("2026-03-05T17:30:00+08:00")) << "that day is not touched";
  EXPECT_EQ(history_of(id_).size(), 3U);
  advance_to(at("2026-03-09T17:30:00+08:00"));
  EXPECT_FALSE(get(later).overdue());
  advance(1_min);
  EXPECT_TRUE(get(later).overdue());
}

TEST_F(CaseActionsTest, WasNeverLateByADeadlineThatFellOnAHoliday) {
  accept(id_);
  dispatch(id_, "bureau", 14);
  advance_to(at("2026-03-07T09:00:00+08:00"));
  EXPECT_TRUE(subject().overdue());
  calendar_day("2026-03-06", "HOLIDAY");
  identity::v1::CalendarDayChanged event;
  event.set_day("2026-03-06");
  deliver(event);
  advance(1_min);
  EXPECT_FALSE(subject().overdue());
}

TEST_F(CaseActionsTest, TakesACaseBackWithinTwoWorkingDays) {
  advance_to(at("2026-03-06T10:00:00+08:00"));  // Friday
  accept(id_);
  dispatch(id_, "bureau", 40);
  advance_to(at("2026-03-10T10:00:00+08:00"));  // Tuesday
  const v1::Case returned = give_back(id_, "不属于本单位职责");
  EXPECT_EQ(returned.state(), v1::CASE_STATE_RETURNED);
  EXPECT_EQ(returned.returns(), 1);
  EXPECT_EQ(returned.responsible_unit_id(), "bureau");
  EXPECT_THAT(history().back(), "4 RETURN RETURNED 不属于本单位职责");
}

TEST_F(CaseActionsTest, TakesNoCaseBackAfterThat) {
  advance_to(at("2026-03-06T10:00:00+08:00"));
  accept(id_);
  dispatch(id_, "bureau", 40);
  advance_to(at("2026-03-10T10:00:01+08:00"));
  EXPECT_REFUSED("return_too_late", give_back(id_, "不属于本单位职责"));
}

TEST_F(CaseActionsTest, LeavesTheDeadlineWhereItWasWhenACaseIsReturned) {
  dispatched();
  give_back(id_, "不属于本单位职责");
  advance_to(at("2026-03-05T17:31:00+08:00"));
  EXPECT_TRUE(subject().overdue()) << "the clock goes on while the office has it";
  EXPECT_EQ(domain::from_proto(dispatch(id_, "school").due_at()), at("2026-03-05T17:30:00+08:00"));
}

TEST_F(CaseActionsTest, RulesAfterTwoReturnsAndThenTakesNothingBack) {
  dispatched();
  give_back(id_, "不属于本单位职责");
  EXPECT_REFUSED("adjudication_too_early", adjudicate(id_, "bureau"));
  dispatch(id_, "school");
  give_back(id_, "也不属于本单位职责", as("teacher"));
  EXPECT_REFUSED("adjudication_needed", dispatch(id_, "bureau"));
  const v1::Case ruled = adjudicate(id_, "bureau");
  EXPECT_EQ(ruled.state(), v1::CASE_STATE_DISPATCHED);
  EXPECT_TRUE(ruled.adjudicated());
  EXPECT_REFUSED("return_adjudicated", give_back(id_, "还是不属于"));
  EXPECT_EQ(sign(id_).state(), v1::CASE_STATE_SIGNED);
}

TEST_F(CaseActionsTest, InsistsWhereAReturnIsNotTaken) {
  dispatched();
  give_back(id_, "不属于本单位职责");
  const v1::Case insisted =
      act<v1::RefuseReturnRequest>("RefuseReturn", id_, agent(), [](auto& r) { r.set_reason("职责明确"); });
  EXPECT_EQ(insisted.state(), v1::CASE_STATE_DISPATCHED);
  EXPECT_EQ(insisted.unit_id(), "bureau");
  EXPECT_REFUSED("return_adjudicated", give_back(id_, "再退"));
}

TEST_F(CaseActionsTest, BecomesAProblemCaseAtTheThirdUnit) {
  organisation("waterworks", "district");
  dispatched();
  dispatch(id_, "school");
  dispatch(id_, "bureau");
  EXPECT_EQ(subject().units_tried(), 2) << "the same unit again is no other unit";
  EXPECT_FALSE(subject().problem());
  EXPECT_TRUE(dispatch(id_, "waterworks").problem());
  EXPECT_TRUE(published<v1::CaseChanged>().back().problem());
}

TEST_F(CaseActionsTest, GrantsMoreTimeOnce) {
  dispatched();
  sign(id_);
  EXPECT_REFUSED("no_extension_requested", decide_extension(id_, true));
  EXPECT_EQ(request_extension(id_, 7).extension().state(), v1::EXTENSION_STATE_REQUESTED);
  EXPECT_EQ(domain::from_proto(subject().due_at()), at("2026-03-05T17:30:00+08:00")) << "asking moves nothing";
  const v1::Case granted = decide_extension(id_, true);
  EXPECT_EQ(domain::from_proto(granted.due_at()), at("2026-03-06T17:30:00+08:00"));
  EXPECT_REFUSED("extension_once", request_extension(id_, 7));
  advance_to(at("2026-03-06T17:30:00+08:00"));
  EXPECT_FALSE(subject().overdue());
  advance(1_min);
  EXPECT_TRUE(subject().overdue());
}

TEST_F(CaseActionsTest, GrantsNothingWithoutAReasonForSayingNo) {
  dispatched();
  sign(id_);
  request_extension(id_, 7);
  EXPECT_REFUSED("reason_needed", decide_extension(id_, false));
  EXPECT_EQ(decide_extension(id_, false, "请按期办理").extension().state(), v1::EXTENSION_STATE_DECLINED);
  EXPECT_EQ(domain::from_proto(subject().due_at()), at("2026-03-05T17:30:00+08:00"));
}

TEST_F(CaseActionsTest, IsNotLateWhereMoreTimeIsGrantedThatWasAskedForInTime) {
  dispatched();
  sign(id_);
  request_extension(id_, 14);
  advance_to(at("2026-03-05T18:00:00+08:00"));
  EXPECT_TRUE(subject().overdue());
  EXPECT_FALSE(decide_extension(id_, true).overdue());
  advance_to(at("2026-03-05T18:30:00+08:00"));
  EXPECT_FALSE(subject().overdue());
}

TEST_F(CaseActionsTest, GrantsNoTimeThatIsAskedForTooLate) {
  dispatched();
  sign(id_);
  advance_to(at("2026-03-05T18:00:00+08:00"));
  EXPECT_REFUSED("extension_too_late", request_extension(id_, 7));
}

TEST_F(CaseActionsTest, UrgesTheUnitOn) {
  dispatched();
  const v1::Case urged = act<v1::UrgeCaseRequest>("UrgeCase", id_, agent(), [](auto& r) { r.set_note("请尽快"); });
  EXPECT_EQ(urged.urgings(), 1);
  EXPECT_EQ(urged.state(), v1::CASE_STATE_DISPATCHED);
  EXPECT_THAT(history().back(), "4 URGE DISPATCHED 请尽快");
}

TEST_F(CaseActionsTest, ClosesWhatCanBeAskedOnlyAfterAsking) {
  v1::CreateCaseRequest request = snapshot("路灯不亮");
  request.set_complainant_phone("13812345678");
  const std::string id = create(request).id();
  accept(id);
  dispatch(id, "bureau", 7);
  sign(id);
  reply(id, "已修复");
  EXPECT_REFUSED("not_called_back", close(id));
  not_reached(id);
  not_reached(id);
  EXPECT_REFUSED("not_called_back", close(id));
  EXPECT_EQ(not_reached(id).call_back_attempts(), 3);
  EXPECT_EQ(close(id).state(), v1::CASE_STATE_CLOSED);
  EXPECT_FALSE(get(id).has_satisfied()) << "no answer is not a no";
}

TEST_F(CaseActionsTest, ClosesAfterASecondAnswerWithoutAskingAgain) {
  replied();
  call_back(id_, false, "没有修好");
  reply(id_, "已重新修复");
  const v1::Case closed = close(id_);
  EXPECT_FALSE(closed.satisfied());
  EXPECT_EQ(closed.state(), v1::CASE_STATE_CLOSED);
}

TEST_F(CaseActionsTest, TakesASettledMatterWithAnUnsatisfiedCitizenForWhatItIs) {
  replied();
  const v1::Case told = act<v1::CallBackCaseRequest>("CallBackCase", id_, agent(), [](auto& r) {
    r.set_satisfied(false);
    r.set_resolved(true);
  });
  EXPECT_TRUE(told.resolved());
  EXPECT_FALSE(told.satisfied());
  EXPECT_REFUSED("call_back_unstated", act<v1::CallBackCaseRequest>("CallBackCase", id_, agent(), [](auto&) {}));
}

TEST_F(CaseActionsTest, ReopensWithinFifteenDays) {
  replied();
  close(id_);
  advance(15 * 24_h);
  EXPECT_EQ(reopen(id_, "又坏了").state(), v1::CASE_STATE_ACCEPTED);
}

TEST_F(CaseActionsTest, ReopensNothingAfterThat) {
  replied();
  close(id_);
  advance(15 * 24_h + 1_min);
  EXPECT_REFUSED("reopening_over", reopen(id_, "又坏了"));
}

TEST_F(CaseActionsTest, KnowsLaterCasesOfTheSameCitizenAboutTheSameMatter) {
  v1::CreateCaseRequest again = snapshot("路灯还是不亮");
  again.set_repeat_of_id(id_);
  EXPECT_REFUSED("intake_only", create(again));
  again.set_channel(v1::CHANNEL_PHONE);
  const v1::Case later = create(again, agent());
  EXPECT_EQ(later.repeat_of_id(), id_);
  EXPECT_EQ(subject().repeats(), 1);
  EXPECT_THAT(history().back(), "2 REPEAT RECEIVED " + later.id());
  again.set_repeat_of_id("01890000-0000-7000-8000-000000000000");
  EXPECT_REFUSED("case_unknown", create(again, agent()));
}

}  // namespace
}  // namespace wenming::hotline
