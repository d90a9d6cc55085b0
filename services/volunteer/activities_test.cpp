#include <gmock/gmock.h>

#include "volunteer/volunteer_fixture.h"
#include "wenming/volunteer/v1/events.pb.h"

namespace wenming::volunteer {
namespace {

using ::testing::ElementsAre;

class ActivitiesTest : public VolunteerFixture {
 protected:
  const core::Timestamp tomorrow_ = at("2026-03-21T09:00+08:00");

  v1::Activity get(const v1::Activity& activity, contract::v1::Datum datum = contract::v1::DATUM_UNSPECIFIED,
                   std::string_view user = "office") {
    v1::GetActivityRequest request;
    request.set_activity_id(activity.id());
    request.set_datum(datum);
    return call<v1::Activity>("GetActivity", request, as(user));
  }
  std::vector<std::string> ids_in(const v1::ListActivitiesRequest& request, std::string_view user = "office") {
    std::vector<std::string> ids;
    const auto page = call<v1::ListActivitiesResponse>("ListActivities", request, as(user));
    for (const auto& activity : page.activities()) ids.push_back(activity.id());
    return ids;
  }
};

TEST_F(ActivitiesTest, DraftsAnActivityWithTheDefaultRadius) {
  const auto activity = draft(tomorrow_, tomorrow_ + 3_h);
  EXPECT_EQ(activity.status(), v1::ACTIVITY_STATUS_DRAFT);
  EXPECT_EQ(activity.radius_m(), 500);
  EXPECT_EQ(get(activity).SerializeAsString(), activity.SerializeAsString());
}

TEST_F(ActivitiesTest, RefusesAWindowThatEndsBeforeItBegins) {
  EXPECT_REFUSED("activity_window", draft(tomorrow_, tomorrow_));
  EXPECT_REFUSED("activity_window", draft(tomorrow_, tomorrow_ - 1_h));
}

TEST_F(ActivitiesTest, RefusesALiaisonWhoDraftsForAnotherUnit) {
  auto request = occasion(tomorrow_, tomorrow_ + 1_h);
  request.set_unit_id("other-town");
  EXPECT_REFUSED("not_found", call<v1::Activity>("CreateActivity", request, as("liaison")));
}

TEST_F(ActivitiesTest, AnswersThePositionAsItWasGivenOrInTheDatumAskedFor) {
  auto request = occasion(tomorrow_, tomorrow_ + 1_h);
  request.mutable_position()->set_datum(contract::v1::DATUM_GCJ02);
  request.mutable_position()->set_longitude(105.7221);
  request.mutable_position()->set_latitude(29.7066);
  const auto activity = call<v1::Activity>("CreateActivity", request, as("liaison"));

  EXPECT_EQ(get(activity).position().SerializeAsString(), request.position().SerializeAsString());
  const auto wgs84 = get(activity, contract::v1::DATUM_WGS84).position();
  EXPECT_EQ(wgs84.datum(), contract::v1::DATUM_WGS84);
  EXPECT_NEAR(wgs84.longitude(), 105.7221, 0.01);
  EXPECT_NE(wgs84.longitude(), 105.7221);
}

TEST_F(ActivitiesTest, ShowsADraftOnlyToThoseWhoWorkForItsUnit) {
  const auto activity = draft(tomorrow_, tomorrow_ + 3_h);
  const auto called_off = draft(tomorrow_, tomorrow_ + 1_h);
  cancel(called_off);
  const auto seen_by = [&](std::string_view user) { return get(activity, {}, user).id(); };
  EXPECT_EQ(seen_by("liaison"), activity.id());
  EXPECT_EQ(ids_in({}, "auditor").size(), 2U);
  for (const char* stranger : {"volunteer", "other-liaison"}) {
    EXPECT_REFUSED("not_found", seen_by(stranger));
    EXPECT_REFUSED("not_found", get(called_off, {}, stranger));
    EXPECT_THAT(ids_in({}, stranger), ::testing::IsEmpty());
  }
  publish(activity);
  for (const char* anybody : {"volunteer", "other-liaison"}) {
    EXPECT_EQ(seen_by(anybody), activity.id());
    EXPECT_THAT(ids_in({}, anybody), ElementsAre(activity.id()));
  }
  cancel(activity);
  EXPECT_EQ(seen_by("volunteer"), activity.id());
}

TEST_F(ActivitiesTest, PublishesADraftOnce) {
  const auto published = publish(draft(tomorrow_, tomorrow_ + 1_h));
  EXPECT_EQ(published.status(), v1::ACTIVITY_STATUS_PUBLISHED);
  EXPECT_EQ(published.version(), 2);
  EXPECT_REFUSED("activity_not_draft", publish(published));
}

TEST_F(ActivitiesTest, PublishesWhileTheActivityRunsButNotAfterItsEnd) {
  const auto running = draft(now() - 1_h, now() + 1_h);
  const auto late = draft(now() - 1_h, now() + 1_h);
  EXPECT_EQ(publish(running).status(), v1::ACTIVITY_STATUS_PUBLISHED);
  advance(1_h);
  EXPECT_REFUSED("activity_over", publish(late));
}

TEST_F(ActivitiesTest, CancelsDraftsAndPublishedActivitiesWithAReason) {
  EXPECT_EQ(cancel(draft(tomorrow_, tomorrow_ + 1_h)).status(), v1::ACTIVITY_STATUS_CANCELLED);
  const auto cancelled = cancel(publish(draft(tomorrow_, tomorrow_ + 1_h)));
  EXPECT_EQ(cancelled.cancel_reason(), "天气原因");
  EXPECT_REFUSED("activity_cancelled", cancel(cancelled));
  EXPECT_REFUSED("activity_not_draft", publish(cancelled));
}

TEST_F(ActivitiesTest, RefusesToCancelWhatHasTakenPlace) {
  const auto activity = publish(draft(tomorrow_, tomorrow_ + 1_h));
  const auto never_published = draft(tomorrow_, tomorrow_ + 1_h);
  advance_to(tomorrow_ + 1_h);
  EXPECT_REFUSED("activity_over", cancel(activity));
  EXPECT_EQ(cancel(never_published).status(), v1::ACTIVITY_STATUS_CANCELLED);
}

TEST_F(ActivitiesTest, RefusesALiaisonOfAnotherTownAndTheVolunteers) {
  const auto activity = draft(tomorrow_, tomorrow_ + 1_h);
  EXPECT_REFUSED("not_found", publish(activity, "other-liaison"));
  EXPECT_REFUSED("not_allowed", publish(activity, "volunteer"));
}

TEST_F(ActivitiesTest, ListsByUnitStatusThemeAndDayTheLatestFirst) {
  const auto first = draft(tomorrow_, tomorrow_ + 1_h);
  const auto second = publish(draft(tomorrow_ + 24_h, tomorrow_ + 25_h));
  const auto third = draft(tomorrow_ + 48_h, tomorrow_ + 49_h);

  v1::ListActivitiesRequest all;
  EXPECT_THAT(ids_in(all), ElementsAre(third.id(), second.id(), first.id()));

  v1::ListActivitiesRequest published;
  published.set_status(v1::ACTIVITY_STATUS_PUBLISHED);
  EXPECT_THAT(ids_in(published), ElementsAre(second.id()));

  v1::ListActivitiesRequest days;
  days.set_from("2026-03-21");
  days.set_to("2026-03-22");
  EXPECT_THAT(ids_in(days), ElementsAre(second.id(), first.id()));

  v1::ListActivitiesRequest elsewhere;
  elsewhere.set_unit_id("other-town");
  EXPECT_THAT(ids_in(elsewhere), ElementsAre());

  v1::ListActivitiesRequest theme;
  theme.set_theme("植树节");
  EXPECT_THAT(ids_in(theme), ElementsAre());
}

TEST_F(ActivitiesTest, TellsTheOthersTheStateAfterEachChange) {
  cancel(publish(draft(tomorrow_, tomorrow_ + 1_h)));
  const auto events = published<v1::ActivityChanged>();
  ASSERT_EQ(events.size(), 3);
  EXPECT_EQ(events[0].status(), v1::ACTIVITY_STATUS_DRAFT);
  EXPECT_EQ(events[1].status(), v1::ACTIVITY_STATUS_PUBLISHED);
  EXPECT_EQ(events[2].status(), v1::ACTIVITY_STATUS_CANCELLED);
  EXPECT_EQ(events[2].version(), 3);
  EXPECT_EQ(events[2].starts_on(), "2026-03-21");
  EXPECT_EQ(events[2].unit_id(), "town");
}

}  // namespace
}  // namespace wenming::volunteer
