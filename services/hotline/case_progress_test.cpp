#include "hotline/case_progress.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <set>
#include <vector>

#include "domain/refusal.h"
#include "domain/value.h"
#include "hotline/co_units.h"
#include "testing/golden.h"

namespace wenming::hotline {
namespace {

using std::chrono::hours;

constexpr core::Timestamp kStart{1'772'672'400'000'000};  // 2026-03-05T09:00+08:00
constexpr core::Timestamp kDue = kStart + hours(40);

v1::Case received() {
  v1::Case subject;
  subject.set_receiving_unit_id("district");
  receive(subject, kStart);
  return subject;
}

v1::Case dispatched() {
  v1::Case subject = received();
  advance(subject, v1::CASE_ACTION_ACCEPT, kStart);
  assign(subject, v1::CASE_ACTION_DISPATCH,
         {.unit_id = "bureau", .returnable_until = kDue, .working_hours = 40, .due_at = kDue}, kStart);
  return subject;
}

v1::Case replied(core::Timestamp at) {
  v1::Case subject = dispatched();
  advance(subject, v1::CASE_ACTION_SIGN, kStart);
  reply(subject, "repaired", std::chrono::minutes(0), at);
  return subject;
}

TEST(CaseProgressTest, BelongsToTheReceivingOrganisationUntilItIsDispatched) {
  EXPECT_EQ(received().unit_id(), "district");
  EXPECT_EQ(dispatched().unit_id(), "bureau");
}

TEST(CaseProgressTest, CountsTheFirstAnswerAtTheDueMomentAsOnTime) {
  const v1::Case subject = replied(kDue);
  EXPECT_TRUE(subject.on_time());
  EXPECT_FALSE(subject.overdue());
}

TEST(CaseProgressTest, CountsAFirstAnswerAfterTheDueMomentAsLate) {
  const v1::Case subject = replied(kDue + std::chrono::microseconds(1));
  EXPECT_TRUE(subject.has_on_time());
  EXPECT_FALSE(subject.on_time());
  EXPECT_TRUE(subject.overdue());
}

TEST(CaseProgressTest, KeepsTheTimeOfTheFirstAnswerAndTheTextOfTheLast) {
  v1::Case subject = replied(kStart + hours(1));
  advance(subject, v1::CASE_ACTION_CALL_BACK_UNSATISFIED, kStart + hours(2));
  reply(subject, "repaired again", std::chrono::minutes(0), kDue + hours(1));
  EXPECT_EQ(domain::from_proto(subject.replied_at()), kStart + hours(1));
  EXPECT_TRUE(subject.on_time());
  EXPECT_EQ(subject.reply(), "repaired again");
}

TEST(CaseProgressTest, LetsTheClockRunWhileAUnitIsTheOneToAct) {
  EXPECT_FALSE(clock_runs(received()));
  EXPECT_TRUE(clock_runs(dispatched()));
  EXPECT_FALSE(clock_runs(replied(kStart)));

  v1::Case unsatisfied = replied(kStart);
  advance(unsatisfied, v1::CASE_ACTION_CALL_BACK_UNSATISFIED, kStart);
  EXPECT_TRUE(clock_runs(unsatisfied));

  v1::Case returned = dispatched();
  advance(returned, v1::CASE_ACTION_RETURN, kStart);
  EXPECT_TRUE(clock_runs(returned)) << "a return does not stop it";
}

TEST(CaseProgressTest, KeepsTheClockWhenAnotherUnitIsAsked) {
  v1::Case subject = dispatched();
  advance(subject, v1::CASE_ACTION_RETURN, kStart + hours(5));
  assign(subject, v1::CASE_ACTION_DISPATCH, {.unit_id = "school", .working_hours = 99, .due_at = kDue + hours(99)},
         kStart + hours(6));
  EXPECT_EQ(domain::from_proto(subject.dispatched_at()), kStart);
  EXPECT_EQ(domain::from_proto(subject.due_at()), kDue);
  EXPECT_EQ(subject.working_hours(), 40);
}

TEST(CaseProgressTest, LeavesTheCaseToTheUnitAskedFirstUntilAnotherHasSigned) {
  v1::Case subject = dispatched();
  assign(subject, v1::CASE_ACTION_DISPATCH, {.unit_id = "school"}, kStart + hours(1));
  EXPECT_EQ(subject.unit_id(), "school");
  EXPECT_EQ(subject.responsible_unit_id(), "bureau");
  advance(subject, v1::CASE_ACTION_SIGN, kStart + hours(2));
  EXPECT_EQ(subject.responsible_unit_id(), "school");
}

TEST(CaseProgressTest, WasNeverLateByADeadlineThatWasMovedInTime) {
  v1::Case subject = dispatched();
  advance(subject, v1::CASE_ACTION_SIGN, kStart);
  advance(subject, v1::CASE_ACTION_REQUEST_EXTENSION, kStart);
  escalate(subject, 1, kDue + hours(1));
  move_deadline(subject, v1::CASE_ACTION_APPROVE_EXTENSION, kDue + hours(8), kDue + hours(2));
  EXPECT_FALSE(subject.overdue());
  EXPECT_FALSE(subject.has_on_time());
  EXPECT_EQ(subject.escalation_level(), 0);

  escalate(subject, 1, kDue + hours(9));
  move_deadline(subject, v1::CASE_ACTION_RECKON_ANEW, kDue + hours(8), kDue + hours(10));
  EXPECT_TRUE(subject.overdue()) << "the new deadline has passed too";
}

TEST(CaseProgressTest, GivesAReopenedCaseBackToTheOfficeWithoutTheLastRound) {
  v1::Case subject = replied(kDue + hours(1));
  advance(subject, v1::CASE_ACTION_CALL_BACK_SATISFIED, kDue + hours(2));
  advance(subject, v1::CASE_ACTION_CLOSE, kDue + hours(3));
  EXPECT_TRUE(subject.has_closed_at());
  advance(subject, v1::CASE_ACTION_REOPEN, kDue + hours(4));

  EXPECT_EQ(subject.state(), v1::CASE_STATE_ACCEPTED);
  EXPECT_EQ(subject.unit_id(), "district");
  EXPECT_EQ(subject.reopenings(), 1);
  EXPECT_FALSE(subject.overdue());
  EXPECT_FALSE(subject.has_due_at() || subject.has_replied_at() || subject.has_on_time() || subject.has_satisfied() ||
               subject.has_closed_at());
}

TEST(CaseProgressTest, NamesStateAndActionWhenTheStateDoesNotTakeIt) {
  v1::Case subject = received();
  try {
    advance(subject, v1::CASE_ACTION_CLOSE, kStart);
    FAIL() << "a received case was closed";
  } catch (const domain::Refusal& refusal) {
    EXPECT_EQ(refusal.code(), "case_state");
    EXPECT_EQ(refusal.status(), 409U);
    EXPECT_EQ(refusal.arguments(), (contract::Arguments{{"state", "RECEIVED"}, {"action", "CLOSE"}}));
  }
  EXPECT_EQ(subject.state(), v1::CASE_STATE_RECEIVED);
  EXPECT_EQ(subject.version(), 1);
}

std::vector<v1::CaseAction> all_actions() {
  std::vector<v1::CaseAction> actions;
  for (int number = v1::CASE_ACTION_RECEIVE; number <= v1::CaseAction_MAX; ++number) {
    actions.push_back(static_cast<v1::CaseAction>(number));
  }
  return actions;
}

TEST(CaseProgressTest, NeverLeavesTheDeclaredStatesWhateverIsDoneToIt) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto actions = all_actions();
  std::set<v1::CaseState> seen;
  for (int life = 0; life < 300; ++life) {
    v1::Case subject = received();
    core::Timestamp now = kStart;
    for (int i = 0; i < 60; ++i) {
      now = now + hours(random() % 12);
      const v1::CaseAction action = actions[random() % actions.size()];
      const v1::Case before = subject;
      const auto next = case_states().after(before.state(), action);
      if (!next) {
        EXPECT_THROW(advance(subject, action, now), domain::Refusal);
        EXPECT_EQ(subject.SerializeAsString(), before.SerializeAsString()) << "a refused action changed something";
        continue;
      }
      if (action == v1::CASE_ACTION_DISPATCH || action == v1::CASE_ACTION_ADJUDICATE) {
        assign(subject, action, {.unit_id = "bureau", .working_hours = 40, .due_at = now + hours(40)}, now);
      } else {
        advance(subject, action, now);
      }
      EXPECT_EQ(subject.state(), *next);
      EXPECT_EQ(subject.version(), before.version() + 1);
      EXPECT_TRUE(v1::CaseState_IsValid(subject.state()));
      EXPECT_NE(subject.state(), v1::CASE_STATE_UNSPECIFIED);
      EXPECT_FALSE(subject.unit_id().empty());
      seen.insert(subject.state());
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(v1::CaseState_MAX)) << "some state is never reached";
}

TEST(CaseProgressTest, HasNoStateThatNothingLeadsOutOf) {
  for (int number = v1::CASE_STATE_RECEIVED; number <= v1::CaseState_MAX; ++number) {
    const auto state = static_cast<v1::CaseState>(number);
    bool goes_on = false;
    for (const v1::CaseAction action : all_actions()) {
      const auto next = case_states().after(state, action);
      goes_on = goes_on || (next && *next != state);
    }
    EXPECT_TRUE(goes_on) << v1::CaseState_Name(state) << " is a dead end";
  }
}

TEST(CaseProgressTest, IsDrawnInTheDocumentation) {
  const std::string text =
      "# States of a case\n\n"
      "Drawn from the table that the code runs (`services/hotline/case_progress.cpp`); a test holds this page against "
      "it.\n"
      "What each action asks for, and who may do it, stands in the [API reference](openapi.json).\n\n" +
      case_states().markdown(v1::CASE_STATE_RECEIVED) + "\nThe part of a co-unit has states of its own:\n\n" +
      co_units::states().markdown(v1::CO_UNIT_STATE_ASKED);
  testing::expect_golden("docs/reference/case-states.md", text);
}

}  // namespace
}  // namespace wenming::hotline
