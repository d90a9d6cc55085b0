#include <gmock/gmock.h>

#include <random>

#include "volunteer/volunteer_fixture.h"
#include "wenming/volunteer/v1/events.pb.h"

namespace wenming::volunteer {
namespace {

using ::testing::ElementsAre;

class HoursTest : public VolunteerFixture {
 protected:
  using VolunteerFixture::VolunteerFixture;

  v1::HourEntry get(const v1::HourEntry& entry, std::string_view user) {
    v1::GetHoursRequest request;
    request.set_hours_id(entry.id());
    return call<v1::HourEntry>("GetHours", request, as(user));
  }
  std::vector<std::string> ids_in(const v1::ListHoursRequest& request, std::string_view user = "office") {
    std::vector<std::string> ids;
    const auto page = call<v1::ListHoursResponse>("ListHours", request, as(user));
    for (const auto& entry : page.hours()) ids.push_back(entry.id());
    return ids;
  }
  std::vector<std::string> entries_of(const v1::Volunteer& who) {
    v1::ListHoursRequest request;
    request.set_volunteer_id(who.id());
    return ids_in(request);
  }
};

// What may be logged.

TEST_F(HoursTest, LogsAnEntryThatWaitsForADecision) {
  const auto who = enrol();
  const auto entry = submit(who, at("2026-03-05T09:00+08:00"), 120_min);
  EXPECT_EQ(entry.status(), v1::HOURS_STATUS_PENDING);
  EXPECT_EQ(entry.minutes(), 120);
  EXPECT_EQ(domain::from_proto(entry.ends_at()), at("2026-03-05T11:00+08:00"));
  EXPECT_EQ(entry.unit_id(), "town");
  EXPECT_EQ(entry.submitted_by(), "liaison");
  EXPECT_FALSE(entry.flagged());
  EXPECT_EQ(get(entry, "liaison").SerializeAsString(), entry.SerializeAsString());
}

TEST_F(HoursTest, TakesTheEndInsteadOfTheLengthButNotBothOrNeither) {
  auto request = stretch(enrol(), at("2026-03-05T09:00+08:00"), 120_min);
  *request.mutable_ends_at() = domain::to_proto(at("2026-03-05T10:30+08:00"));
  EXPECT_REFUSED("hours_end_unclear", submit(request));
  request.clear_minutes();
  EXPECT_EQ(submit(request).minutes(), 90);
  request.clear_ends_at();
  EXPECT_REFUSED("hours_end_unclear", submit(request));
}

TEST_F(HoursTest, RefusesAnEntryThatOverlapsAnotherOfTheSamePerson) {
  const auto who = enrol();
  const auto first = submit(who, at("2026-03-05T09:00+08:00"), 120_min);
  EXPECT_REFUSED("hours_overlap", submit(who, at("2026-03-05T10:30+08:00"), 60_min));
  EXPECT_REFUSED("hours_overlap", submit(who, at("2026-03-05T08:00+08:00"), 240_min));
  EXPECT_REFUSED("hours_overlap", submit(who, at("2026-03-05T09:30+08:00"), 30_min));
  EXPECT_THAT(entries_of(who), ElementsAre(first.id()));
}

TEST_F(HoursTest, TakesAnEntryThatBeginsWhereAnotherEnds) {
  const auto who = enrol();
  const auto first = submit(who, at("2026-03-05T09:00+08:00"), 120_min);
  const auto second = submit(who, at("2026-03-05T11:00+08:00"), 60_min);
  EXPECT_THAT(entries_of(who), ElementsAre(second.id(), first.id()));
}

TEST_F(HoursTest, LetsTwoPersonsServeAtTheSameTime) {
  submit(enrol("甲"), at("2026-03-05T09:00+08:00"), 120_min);
  EXPECT_EQ(submit(enrol("乙"), at("2026-03-05T09:00+08:00"), 120_min).status(), v1::HOURS_STATUS_PENDING);
}

TEST_F(HoursTest, RefusesAnOverlapWithAnEntryOverMidnight) {
  const auto who = enrol();
  submit(who, at("2026-03-05T22:00+08:00"), 240_min);
  EXPECT_REFUSED("hours_overlap", submit(who, at("2026-03-06T01:00+08:00"), 60_min));
}

TEST_F(HoursTest, GivesTheTimeOfRejectedAndRevokedEntriesFree) {
  const auto who = enrol();
  reject(submit(who, at("2026-03-05T09:00+08:00"), 120_min));
  revoke(approve(submit(who, at("2026-03-05T09:00+08:00"), 120_min)));
  EXPECT_EQ(submit(who, at("2026-03-05T09:00+08:00"), 120_min).status(), v1::HOURS_STATUS_PENDING);
}

TEST_F(HoursTest, RefusesServiceThatIsNotOverYet) {
  const auto who = enrol();
  EXPECT_REFUSED("hours_in_future", submit(who, now() - 60_min, 61_min));
  EXPECT_EQ(submit(who, now() - 60_min, 60_min).minutes(), 60);
}

TEST_F(HoursTest, RefusesAnEntryShorterThanAMinuteOrLongerThanADay) {
  auto request = stretch(enrol(), at("2026-03-05T09:00+08:00"), 120_min);
  request.clear_minutes();
  *request.mutable_ends_at() = request.starts_at();
  EXPECT_REFUSED("hours_length", submit(request));
  *request.mutable_ends_at() = domain::to_proto(at("2026-03-06T09:01+08:00"));
  EXPECT_REFUSED("hours_length", submit(request));
  *request.mutable_ends_at() = domain::to_proto(at("2026-03-06T09:00+08:00"));
  EXPECT_EQ(submit(request).minutes(), 24 * 60);

  request.clear_ends_at();
  request.set_minutes(0);
  EXPECT_FIELD_REFUSED("/minutes", submit(request));
}

TEST_F(HoursTest, RefusesSeconds) {
  const auto who = enrol();
  EXPECT_REFUSED("hours_not_whole_minutes", submit(who, at("2026-03-05T09:00:30+08:00"), 60_min));
}

TEST_F(HoursTest, FlagsADayOfMoreThanTenHoursButTakesIt) {
  const auto who = enrol();
  EXPECT_FALSE(submit(who, at("2026-03-05T00:00+08:00"), 600_min).flagged());
  EXPECT_TRUE(submit(who, at("2026-03-05T10:00+08:00"), 1_min).flagged());
}

TEST_F(HoursTest, FlagsByTheLocalDayNotByTheLengthOfTheEntry) {
  const auto who = enrol();
  EXPECT_FALSE(submit(who, at("2026-03-05T16:00+08:00"), 16_h).flagged()) << "eight hours on each of two days";
  EXPECT_FALSE(submit(who, at("2026-03-06T08:00+08:00"), 2_h).flagged()) << "ten hours on the second day";
  EXPECT_TRUE(submit(who, at("2026-03-06T10:00+08:00"), 1_min).flagged());
}

TEST_F(HoursTest, TakesAllTwentyFourHoursOfADay) {
  const auto who = enrol();
  EXPECT_TRUE(submit(who, at("2026-03-05T00:00+08:00"), 24_h).flagged());
}

class HoursWithATighterLimitTest : public HoursTest {
 protected:
  HoursWithATighterLimitTest()
      : HoursTest({{"volunteer.daily_limit_minutes", "480"}, {"volunteer.daily_flag_minutes", "240"}}) {}
};

TEST_F(HoursWithATighterLimitTest, RefusesADayThatWouldHoldMore) {
  const auto who = enrol();
  submit(who, at("2026-03-05T22:00+08:00"), 8_h);
  EXPECT_REFUSED("hours_daily_limit", submit(who, at("2026-03-06T12:00+08:00"), 121_min));
  EXPECT_TRUE(submit(who, at("2026-03-06T12:00+08:00"), 120_min).flagged());
  EXPECT_EQ(submit(who, at("2026-03-05T08:00+08:00"), 6_h).minutes(), 360);
  EXPECT_REFUSED("hours_daily_limit", submit(who, at("2026-03-05T16:00+08:00"), 1_min));
}

TEST_F(HoursWithATighterLimitTest, CountsOnlyWhatIsPendingOrApproved) {
  const auto who = enrol();
  reject(submit(who, at("2026-03-05T00:00+08:00"), 8_h));
  EXPECT_EQ(submit(who, at("2026-03-05T12:00+08:00"), 8_h).minutes(), 480);
}

// Hours at an activity.

TEST_F(HoursTest, TakesHoursWithinThePublishedActivityOnly) {
  const auto from = at("2026-03-21T09:00+08:00");
  const auto to = at("2026-03-21T12:00+08:00");
  const auto activity = publish(draft(from, to));
  const auto unpublished = draft(from, to);
  const auto who = enrol();
  advance_to(at("2026-03-22T09:00+08:00"));

  auto request = stretch(who, from, 3_h);
  request.set_activity_id("no-such-activity");
  EXPECT_REFUSED("activity_unknown", submit(request));
  request.set_activity_id(unpublished.id());
  EXPECT_REFUSED("activity_not_open", submit(request));

  request = stretch(who, from - 1_min, 60_min);
  request.set_activity_id(activity.id());
  EXPECT_REFUSED("hours_outside_activity", submit(request));
  request = stretch(who, from, 181_min);
  request.set_activity_id(activity.id());
  EXPECT_REFUSED("hours_outside_activity", submit(request));
  request = stretch(who, from, 180_min);
  request.set_activity_id(activity.id());
  EXPECT_EQ(submit(request).activity_id(), activity.id());
}

// Who may log and decide.

TEST_F(HoursTest, LetsVolunteersLogTheirOwnHoursAndNobodyElses) {
  const auto who = enrol("甲", "town", "volunteer");
  const auto request = stretch(who, at("2026-03-05T09:00+08:00"), 60_min);
  EXPECT_REFUSED("not_found", submit(request, "other-volunteer"));
  EXPECT_REFUSED("not_found", submit(request, "other-liaison"));
  EXPECT_REFUSED("not_allowed", submit(request, "auditor"));
  EXPECT_EQ(submit(request, "volunteer").submitted_by(), "volunteer");
}

TEST_F(HoursTest, RefusesHoursOfAVolunteerWhoDoesNotExist) {
  v1::Volunteer nobody;
  nobody.set_id("nobody");
  EXPECT_REFUSED("not_found", submit(nobody, at("2026-03-05T09:00+08:00"), 60_min));
}

TEST_F(HoursTest, ApprovesRejectsAndRevokesWithWhoAndWhenAndWhy) {
  const auto who = enrol();
  const auto approved = approve(submit(who, at("2026-03-05T09:00+08:00"), 60_min), "liaison");
  EXPECT_EQ(approved.status(), v1::HOURS_STATUS_APPROVED);
  EXPECT_EQ(approved.decided_by(), "liaison");
  EXPECT_EQ(domain::from_proto(approved.decided_at()), now());
  EXPECT_EQ(approved.version(), 2);

  const auto rejected = reject(submit(who, at("2026-03-06T09:00+08:00"), 60_min), "liaison");
  EXPECT_EQ(rejected.status(), v1::HOURS_STATUS_REJECTED);
  EXPECT_EQ(rejected.reject_reason(), "没有证明材料");

  const auto revoked = revoke(approved);
  EXPECT_EQ(revoked.status(), v1::HOURS_STATUS_REVOKED);
  EXPECT_EQ(revoked.revoke_reason(), "核查发现记录不实");
  EXPECT_EQ(revoked.decided_by(), "liaison") << "the approval stays on record";
  EXPECT_EQ(get(revoked, "auditor").SerializeAsString(), revoked.SerializeAsString());
}

TEST_F(HoursTest, NeverGoesBackOnADecision) {
  const auto who = enrol();
  const auto pending = submit(who, at("2026-03-04T09:00+08:00"), 60_min);
  EXPECT_REFUSED("hours_not_approved", revoke(pending));

  const auto approved = approve(submit(who, at("2026-03-05T09:00+08:00"), 60_min));
  EXPECT_REFUSED("hours_not_pending", approve(approved));
  EXPECT_REFUSED("hours_not_pending", reject(approved));

  const auto rejected = reject(submit(who, at("2026-03-06T09:00+08:00"), 60_min));
  EXPECT_REFUSED("hours_not_pending", approve(rejected));
  EXPECT_REFUSED("hours_not_approved", revoke(rejected));

  const auto revoked = revoke(approved);
  EXPECT_REFUSED("hours_not_pending", approve(revoked));
  EXPECT_REFUSED("hours_not_approved", revoke(revoked));
}

TEST_F(HoursTest, RefusesALiaisonWhoApprovesTheirOwnHours) {
  grant("liaison", contract::v1::ROLE_VOLUNTEER, "town");
  const auto own = submit(enrol("甲", "town", "liaison"), at("2026-03-05T09:00+08:00"), 60_min);
  EXPECT_REFUSED("hours_own", approve(own, "liaison"));
  EXPECT_EQ(approve(own, "office").status(), v1::HOURS_STATUS_APPROVED);
}

TEST_F(HoursTest, LeavesDecisionsToTheUnitAndRevocationToTheOffice) {
  const auto entry = submit(enrol("甲", "town", "volunteer"), at("2026-03-05T09:00+08:00"), 60_min);
  EXPECT_REFUSED("not_allowed", approve(entry, "volunteer"));
  EXPECT_REFUSED("not_found", approve(entry, "other-liaison"));
  EXPECT_REFUSED("not_allowed", revoke(approve(entry, "liaison"), "liaison"));
}

TEST_F(HoursTest, RefusesADecisionOnWhatHasChangedSinceItWasRead) {
  const auto entry = submit(enrol(), at("2026-03-05T09:00+08:00"), 60_min);
  v1::ApproveHoursRequest request;
  request.set_hours_id(entry.id());
  EXPECT_REFUSED("version_mismatch", call<v1::HourEntry>("ApproveHours", request, as("office"), {{}, 7}));
  EXPECT_EQ(call<v1::HourEntry>("ApproveHours", request, as("office"), {{}, 1}).version(), 2);
}

TEST_F(HoursTest, AnswersARepeatedSubmissionWithTheFirstEntry) {
  const auto who = enrol();
  const auto request = stretch(who, at("2026-03-05T09:00+08:00"), 60_min);
  const auto first = call<v1::HourEntry>("SubmitHours", request, as("liaison"), {"key-1", {}});
  const auto again = call<v1::HourEntry>("SubmitHours", request, as("liaison"), {"key-1", {}});
  EXPECT_EQ(again.id(), first.id());
  EXPECT_THAT(entries_of(who), ElementsAre(first.id()));
}

// Lists and events.

TEST_F(HoursTest, ListsByVolunteerUnitActivityStatusFlagAndPeriodTheLatestFirst) {
  const auto here = enrol("甲", "village", "volunteer");
  const auto there = enrol("乙", "other-town");
  const auto first = approve(submit(here, at("2026-03-04T23:30+08:00"), 60_min));
  const auto second = submit(here, at("2026-03-05T01:00+08:00"), 11_h);
  grant("county-liaison", contract::v1::ROLE_LIAISON, "county");
  const auto third = submit(stretch(there, at("2026-03-06T09:00+08:00"), 60_min), "county-liaison");

  EXPECT_THAT(ids_in({}), ElementsAre(third.id(), second.id(), first.id()));
  EXPECT_THAT(ids_in({}, "liaison"), ElementsAre(second.id(), first.id()));
  EXPECT_THAT(ids_in({}, "volunteer"), ElementsAre(second.id(), first.id()));
  EXPECT_THAT(ids_in({}, "other-volunteer"), ElementsAre());

  const auto only = [&](const auto& narrow) {
    v1::ListHoursRequest request;
    narrow(request);
    return ids_in(request);
  };
  EXPECT_THAT(only([&](auto& r) { r.set_volunteer_id(there.id()); }), ElementsAre(third.id()));
  EXPECT_THAT(only([&](auto& r) { r.set_unit_id("town"); }), ElementsAre(second.id(), first.id()));
  EXPECT_THAT(only([&](auto& r) { r.set_activity_id("none"); }), ElementsAre());
  EXPECT_THAT(only([&](auto& r) { r.set_status(v1::HOURS_STATUS_APPROVED); }), ElementsAre(first.id()));
  EXPECT_THAT(only([&](auto& r) { r.set_flagged(true); }), ElementsAre(second.id()));
  EXPECT_THAT(only([&](auto& r) { r.set_flagged(false); }), ElementsAre(third.id(), first.id()));
  EXPECT_THAT(only([&](auto& r) { r.set_from("2026-03-05"); }), ElementsAre(third.id(), second.id()));
  EXPECT_THAT(only([&](auto& r) { r.set_to("2026-03-04"); }), ElementsAre(first.id()));
}

TEST_F(HoursTest, HidesEntriesOfOthers) {
  const auto entry = submit(enrol("甲", "town", "volunteer"), at("2026-03-05T09:00+08:00"), 60_min);
  EXPECT_EQ(get(entry, "volunteer").id(), entry.id());
  EXPECT_REFUSED("not_found", get(entry, "other-volunteer"));
  EXPECT_REFUSED("not_found", get(entry, "other-liaison"));
}

TEST_F(HoursTest, LeavesEntriesWithTheUnitTheyWereLoggedForWhenTheVolunteerMoves) {
  const auto who = enrol();
  const auto before = submit(who, at("2026-03-05T09:00+08:00"), 60_min);
  v1::UpdateVolunteerRequest move;
  move.set_volunteer_id(who.id());
  move.set_unit_id("other-town");
  call<v1::Volunteer>("UpdateVolunteer", move, as("office"), {{}, 1});

  const auto after = submit(stretch(who, at("2026-03-06T09:00+08:00"), 60_min), "other-liaison");
  EXPECT_EQ(after.unit_id(), "other-town");
  EXPECT_EQ(approve(before, "liaison").unit_id(), "town");
}

TEST_F(HoursTest, TellsTheOthersAllMinutesByLocalDayAfterEachChange) {
  const auto entry = submit(enrol(), at("2026-02-28T23:30+08:00"), 90_min);
  revoke(approve(entry));
  const auto events = published<v1::HoursChanged>();
  ASSERT_EQ(events.size(), 3);
  EXPECT_EQ(events[0].status(), v1::HOURS_STATUS_PENDING);
  EXPECT_EQ(events[1].status(), v1::HOURS_STATUS_APPROVED);
  EXPECT_EQ(events[2].status(), v1::HOURS_STATUS_REVOKED);
  for (const auto& event : events) {
    EXPECT_EQ(event.hours_id(), entry.id());
    EXPECT_EQ(event.unit_id(), "town");
    ASSERT_EQ(event.days_size(), 2);
    EXPECT_EQ(event.days(0).day(), "2026-02-28");
    EXPECT_EQ(event.days(0).minutes(), 30);
    EXPECT_EQ(event.days(1).day(), "2026-03-01");
    EXPECT_EQ(event.days(1).minutes(), 60);
  }
  EXPECT_EQ(events[2].version(), 3);
}

/// Random submissions and decisions over a few days, judged by a picture of every single minute of the person.
TEST_F(HoursTest, JudgesOverlapAndFlagLikeAPictureOfEveryMinute) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution(low, high)(random); };

  constexpr int kDays = 4;
  constexpr int kDay = 24 * 60;
  const core::Timestamp start = at("2026-02-27T00:00+08:00");
  const auto who = enrol();
  std::vector<bool> taken(kDays * kDay, false);
  struct Logged {
    v1::HourEntry entry;
    int from, to;
  };
  std::vector<Logged> open;  // pending or approved
  const auto mark = [&](const Logged& logged, bool value) {
    std::fill(taken.begin() + logged.from, taken.begin() + logged.to, value);
  };

  for (int round = 0; round < 250; ++round) {
    if (!open.empty() && pick(0, 2) == 0) {
      const auto chosen = open.begin() + pick(0, static_cast<int>(open.size()) - 1);
      if (chosen->entry.status() == v1::HOURS_STATUS_PENDING && pick(0, 1) == 0) {
        chosen->entry = approve(chosen->entry);
        continue;
      }
      chosen->entry.status() == v1::HOURS_STATUS_PENDING ? reject(chosen->entry) : revoke(chosen->entry);
      mark(*chosen, false);
      open.erase(chosen);
      continue;
    }
    const int from = pick(0, (kDays - 1) * kDay);
    const int length = pick(1, pick(0, 3) == 0 ? kDay : 240);
    const auto request = stretch(who, start + std::chrono::minutes(from), std::chrono::minutes(length));
    if (std::find(taken.begin() + from, taken.begin() + from + length, true) != taken.begin() + from + length) {
      EXPECT_REFUSED("hours_overlap", submit(request));
      continue;
    }
    const Logged logged{submit(request), from, from + length};
    mark(logged, true);
    open.push_back(logged);
    bool long_day = false;
    for (int day = from / kDay; day <= (from + length - 1) / kDay; ++day) {
      long_day = long_day || std::count(taken.begin() + day * kDay, taken.begin() + (day + 1) * kDay, true) > 600;
    }
    ASSERT_EQ(logged.entry.flagged(), long_day);
  }
}

}  // namespace
}  // namespace wenming::volunteer
