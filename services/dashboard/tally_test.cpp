#include "dashboard/tally.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>

#include "dashboard/figures_fixture.h"

namespace wenming::dashboard {
namespace {

using hotline::v1::CASE_STATE_CLOSED;
using ::testing::IsEmpty;

class TallyTest : public FiguresFixture {};

TEST_F(TallyTest, SumsUpTheTreeToTheWholeDeployment) {
  place("county");
  place("town", "county");
  place("village", "town");
  deliver(case_event("c1", 1, "village", "2026-03-05"));
  deliver(case_event("c2", 1, "town", "2026-03-31"));
  EXPECT_EQ(figures("village").cases_received(), 1);
  EXPECT_EQ(figures("town").cases_received(), 2);
  EXPECT_EQ(figures("county").cases_received(), 2);
  EXPECT_EQ(figures("").cases_received(), 2);
  EXPECT_EQ(figures("town", "2026-03-06", "2026-04-10").cases_received(), 1);
  EXPECT_EQ(figures("town", "2026-03-01", "2026-03-31").cases_received(), 2);
  EXPECT_THAT(recounted(), IsEmpty());
}

TEST_F(TallyTest, TakesAwayWhatTheVersionBeforeCounted) {
  place("town");
  deliver(hours_event("h1", 1, "town", "2026-03-05", 90));
  deliver(hours_event("h2", 1, "town", "2026-03-05", 30));
  EXPECT_EQ(figures("town").service_minutes(), 120);
  deliver(hours_event("h1", 2, "town", "2026-03-05", 90, volunteer::v1::HOURS_STATUS_REVOKED));
  EXPECT_EQ(figures("town").service_minutes(), 30);
  EXPECT_EQ(figures("town").hour_entries_approved(), 1);
  EXPECT_THAT(recounted(), IsEmpty());
}

TEST_F(TallyTest, IgnoresAVersionThatComesLate) {
  place("town");
  deliver(case_event("c1", 2, "town", "2026-03-05", CASE_STATE_CLOSED));
  deliver(case_event("c1", 1, "town", "2026-03-05"));
  EXPECT_EQ(figures("town").cases_open(), 0);
  EXPECT_EQ(figures("town").cases_closed(), 1);
}

TEST_F(TallyTest, CarriesAFactToAnotherUnitWhenItChangesHands) {
  place("county");
  place("a", "county");
  place("b", "county");
  deliver(case_event("c1", 1, "a", "2026-03-05"));
  deliver(case_event("c1", 2, "b", "2026-03-05"));
  EXPECT_EQ(figures("a").cases_received(), 0);
  EXPECT_EQ(figures("b").cases_received(), 1);
  EXPECT_EQ(figures("county").cases_received(), 1);
}

TEST_F(TallyTest, CountsSeveralVersionsInOneBatchOnce) {
  place("town");
  const auto one = case_event("c1", 1, "town", "2026-03-05"), two = case_event("c1", 2, "town", "2026-03-05"),
             three = case_event("c1", 3, "town", "2026-03-05", CASE_STATE_CLOSED);
  deliver_all({&one, &two, &three, &two});
  EXPECT_EQ(figures("town").cases_received(), 1);
  EXPECT_EQ(figures("town").cases_closed(), 1);
  EXPECT_THAT(recounted(), IsEmpty());
}

TEST_F(TallyTest, LetsAMoveFromADayOnLeaveEarlierDaysWhereTheyWere) {
  place("a");
  place("b");
  place("village", "a");
  deliver(case_event("june", 1, "village", "2026-06-30"));
  deliver(case_event("july", 1, "village", "2026-07-01"));
  EXPECT_EQ(figures("a").cases_received(), 2);
  place("village", {{kAlways, "2026-07-01", "a"}, {"2026-07-01", kForEver, "b"}}, 2);
  EXPECT_EQ(figures("a").cases_received(), 1);
  EXPECT_EQ(figures("b").cases_received(), 1);
  EXPECT_EQ(figures("village").cases_received(), 2);
  deliver(case_event("late news of june", 1, "village", "2026-06-01"));
  EXPECT_EQ(figures("a").cases_received(), 2);
  EXPECT_THAT(recounted(), IsEmpty());
}

TEST_F(TallyTest, CarriesEverythingBelowAnOrganisationThatMoves) {
  place("a");
  place("b");
  place("town", "a");
  place("village", "town");
  deliver(case_event("c1", 1, "village", "2026-06-30"));
  place("town", {{kAlways, kForEver, "b"}}, 2);
  EXPECT_EQ(figures("a").cases_received(), 0);
  EXPECT_EQ(figures("b").cases_received(), 1);
  EXPECT_EQ(figures("town").cases_received(), 1);
  EXPECT_THAT(recounted(), IsEmpty());
}

TEST_F(TallyTest, CarriesFiguresToOrganisationsThatArriveAfterTheirFacts) {
  deliver(case_event("c1", 1, "village", "2026-03-05"));
  EXPECT_EQ(figures("").cases_received(), 1);
  place("village", "town");
  place("town", "county");
  place("county");
  EXPECT_EQ(figures("village").cases_received(), 1);
  EXPECT_EQ(figures("town").cases_received(), 1);
  EXPECT_EQ(figures("county").cases_received(), 1);
  EXPECT_EQ(figures("").cases_received(), 1);
  EXPECT_THAT(recounted(), IsEmpty());
}

TEST_F(TallyTest, FollowsACorrectionOfTheDayOfAMove) {
  place("a");
  place("b");
  place("village", {{kAlways, "2026-07-01", "a"}, {"2026-07-01", kForEver, "b"}});
  deliver(case_event("c1", 1, "village", "2026-06-15"));
  place("village", {{kAlways, "2026-06-01", "a"}, {"2026-06-01", kForEver, "b"}}, 2);
  EXPECT_EQ(figures("a").cases_received(), 0);
  EXPECT_EQ(figures("b").cases_received(), 1);
  EXPECT_THAT(recounted(), IsEmpty());
}

TEST_F(TallyTest, CountsDaysBeforeAnOrganisationWasFounded) {
  place("county");
  place("village", {{"2026-01-01", kForEver, "county"}});
  deliver(case_event("c1", 1, "village", "2019-04-25"));
  EXPECT_EQ(figures("county").cases_received(), 1);
  EXPECT_EQ(figures("county", "2019-04-01", "2019-04-30").cases_received(), 1);
}

TEST_F(TallyTest, TellsTheStreamsOfEveryOrganisationThatIsTouched) {
  place("county");
  place("town", "county");
  place("other", "county");
  const auto position = [&](const char* key) {
    return value<std::int64_t>("SELECT position FROM changed WHERE key = $1", key).value_or(0);
  };
  const auto before = position("unit:other");
  deliver(case_event("c1", 1, "town", "2026-03-05"));
  EXPECT_GT(position("unit:town"), before);
  EXPECT_GT(position("unit:county"), before);
  EXPECT_GT(position("unit:"), before);
  EXPECT_EQ(position("unit:other"), before);
}

TEST_F(TallyTest, NoticesAFigureThatIsWrong) {
  place("town");
  deliver(case_event("c1", 1, "town", "2026-03-05"));
  work([](domain::Tx& tx) {
    tx.run("UPDATE day_counters SET amount = 5 WHERE unit_id = 'town' AND metric = 'CASES_OPEN'");
  });
  EXPECT_EQ(recounted(), std::vector<std::string>{"day_counters town 2026-03-05 CASES_OPEN: 5, counted 1"});
}

/// A history of facts and of a tree that changes, in an order in which it could have happened.
std::vector<std::unique_ptr<google::protobuf::Message>> made_history(std::mt19937& random) {
  using Event = std::unique_ptr<google::protobuf::Message>;
  std::vector<Event> events;
  std::map<std::string, std::int64_t> versions;
  const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  const auto day = [&] { return core::to_text(core::Date(2026, 5, 1) + std::chrono::days(pick(90))); };
  const auto unit = [&] { return "unit" + std::to_string(pick(8)); };
  for (int i = 0; i < 300; ++i) {
    switch (pick(4)) {
      case 0: {
        const std::string id = "c" + std::to_string(pick(40));
        events.push_back(Event(new hotline::v1::CaseChanged(case_event(
            id, ++versions[id], unit(), day(), pick(2) ? CASE_STATE_CLOSED : hotline::v1::CASE_STATE_SIGNED))));
        break;
      }
      case 1:
      case 2: {
        const std::string id = "h" + std::to_string(pick(60));
        events.push_back(Event(new volunteer::v1::HoursChanged(hours_event(
            id, ++versions[id], unit(), day(), 1 + pick(600), static_cast<volunteer::v1::HoursStatus>(1 + pick(4))))));
        break;
      }
      default: {
        const int number = pick(8);
        const std::string id = "unit" + std::to_string(number);
        // A parent has a smaller number, so that there is no circle.
        const auto parent = [&] { return number == 0 ? std::string() : "unit" + std::to_string(pick(number)); };
        const std::string moved = day();
        events.push_back(Event(new identity::v1::OrganisationChanged(
            organisation_event(id, ++versions[id], {{kAlways, moved, parent()}, {moved, kForEver, parent()}}))));
      }
    }
  }
  return events;
}

TEST_F(TallyTest, GivesTheSameFiguresInWhateverOrderAndHoweverOftenEventsCome) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto history = made_history(random);
  std::vector<const google::protobuf::Message*> events;
  for (const auto& event : history) events.insert(events.end(), 1 + random() % 2, event.get());
  std::shuffle(events.begin(), events.end(), random);

  for (std::size_t at = 0; at < events.size();) {
    const std::size_t size = std::min<std::size_t>(1 + random() % 20, events.size() - at);
    const std::vector<const google::protobuf::Message*> batch(events.begin() + static_cast<std::ptrdiff_t>(at),
                                                              events.begin() + static_cast<std::ptrdiff_t>(at + size));
    for (const auto* event : batch) {
      const auto* organisation = dynamic_cast<const identity::v1::OrganisationChanged*>(event);
      if (organisation) work([&](domain::Tx& tx) { reference::apply(tx, *organisation); });
    }
    deliver_all(batch);
    at += size;
  }

  EXPECT_THAT(recounted(), IsEmpty());
  // The newest version of each fact, and nothing else, is what the whole deployment counts.
  std::map<std::string, std::int64_t> minutes;
  std::int64_t closed = 0;
  std::map<std::string, bool> is_closed;
  for (const auto& event : history) {
    if (const auto* hours = dynamic_cast<const volunteer::v1::HoursChanged*>(event.get())) {
      minutes[hours->hours_id()] =
          hours->status() == volunteer::v1::HOURS_STATUS_APPROVED ? hours->days(0).minutes() : 0;
    }
    if (const auto* a_case = dynamic_cast<const hotline::v1::CaseChanged*>(event.get()))
      is_closed[a_case->case_id()] = a_case->state() == CASE_STATE_CLOSED;
  }
  std::int64_t sum = 0;
  for (const auto& [id, amount] : minutes) sum += amount;
  for (const auto& [id, now] : is_closed) closed += now ? 1 : 0;
  EXPECT_EQ(figures("").service_minutes(), sum);
  EXPECT_EQ(figures("").cases_closed(), closed);
  EXPECT_EQ(figures("").cases_received(), static_cast<std::int64_t>(is_closed.size()));
}

}  // namespace
}  // namespace wenming::dashboard
