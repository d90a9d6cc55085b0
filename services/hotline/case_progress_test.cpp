#include "hotline/case_progress.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <set>
#include <vector>

#include "domain/refusal.h"
#include "domain/value.h"

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
  dispatch(subject, "bureau", 40, kStart, kDue);
  return subject;
}

v1::Case replied(core::Timestamp at) {
  v1::Case subject = dispatched();
  advance(subject, v1::CASE_ACTION_SIGN, kStart);
  reply(subject, "repaired", at);
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
  reply(subject, "repaired again", kDue + hours(1));
  EXPECT_EQ(domain::from_proto(subject.replied_at()), kStart + hours(1));
  EXPECT_TRUE(subject.on_time());
  EXPECT_EQ(subject.reply(), "repaired again");
}

TEST(CaseProgressTest, IsLateOnlyWhileTheUnitIsTheOneToAct) {
  const core::Timestamp later = kDue + hours(1);
  EXPECT_TRUE(is_newly_late(dispatched(), later));
  EXPECT_FALSE(is_newly_late(dispatched(), kDue));
  EXPECT_FALSE(is_newly_late(replied(kStart), later));
  EXPECT_FALSE(is_newly_late(received(), later));

  v1::Case unsatisfied = replied(kStart);
  advance(unsatisfied, v1::CASE_ACTION_CALL_BACK_UNSATISFIED, kStart);
  EXPECT_TRUE(is_newly_late(unsatisfied, later));
  advance(unsatisfied, v1::CASE_ACTION_ESCALATE, later);
  EXPECT_FALSE(is_newly_late(unsatisfied, later)) << "it is known to be late";
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
      const auto next = state_after(before.state(), action);
      if (!next) {
        EXPECT_THROW(advance(subject, action, now), domain::Refusal);
        EXPECT_EQ(subject.SerializeAsString(), before.SerializeAsString()) << "a refused action changed something";
        continue;
      }
      if (action == v1::CASE_ACTION_DISPATCH) {
        dispatch(subject, "bureau", 40, now, now + hours(40));
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
  // Every state but the first, which nothing leads back to.
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(v1::CaseState_MAX) - 1);
}

TEST(CaseProgressTest, HasNoStateThatNothingLeadsOutOf) {
  for (int number = v1::CASE_STATE_RECEIVED; number <= v1::CaseState_MAX; ++number) {
    const auto state = static_cast<v1::CaseState>(number);
    bool goes_on = false;
    for (const v1::CaseAction action : all_actions()) {
      const auto next = state_after(state, action);
      goes_on = goes_on || (next && *next != state);
    }
    EXPECT_TRUE(goes_on) << v1::CaseState_Name(state) << " is a dead end";
  }
}

}  // namespace
}  // namespace wenming::hotline
