#include "runtime/node.h"

#include "core/working_calendar.h"
#include "runtime/node_fixture.h"
#include "wenming/identity/v1/events.pb.h"

namespace wenming::runtime::testing {
namespace {

TEST_F(NodeTest, ReadsACalendarAgainThatCouldNotBeRead) {
  std::atomic<int> asked = 0;
  NodeSettings with_calendar = settings();
  with_calendar.store.calendar = [&](domain::ReadTx& tx) {
    if (++asked == 2) throw std::runtime_error("no file descriptors");  // the first time is the start of the store
    return std::make_shared<const core::WorkingCalendar>(tx.offset(), core::WorkingCalendar::parse_hours("09:00-17:00"),
                                                         core::WorkingCalendar::statutory_days());
  };
  Node identity(domain::Service("identity", {}, {}), settings(), nullptr);
  Node listener(seen_events(), with_calendar, nullptr);
  listener.consume({identity.source()});

  identity::v1::CalendarDayChanged day;
  day.set_day("2026-03-05");
  publish(identity, day);
  wait_until([&] { return asked >= 3; }, "the calendar was read again");
  listener.stop_consuming();
  listener.stop();
}

class RebuildTest : public NodeTest {
 protected:
  RebuildTest() {
    for (int version = 1; version <= 3; ++version) publish(volunteer_, change("a", version));
    listener_.consume({volunteer_.source()});
    wait_until([&] { return caught_up(listener_) && seen(listener_) == 3; }, "the events are applied");
  }
  ~RebuildTest() override { listener_.stop_consuming(); }

  Node::RebuildState::Phase rebuild() {
    listener_.start_rebuild(listener_.claim_rebuild());
    wait_until([&] { return listener_.rebuild_state().phase != Node::RebuildState::Running; }, "the rebuild ends");
    return listener_.rebuild_state().phase;
  }

  Node volunteer_{domain::Service("volunteer", {}, {}), settings(), nullptr};
  Node listener_{seen_events(), settings(), nullptr};
};

TEST_F(RebuildTest, MayFollowAnotherAtOnce) {
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(rebuild(), Node::RebuildState::Switched) << listener_.rebuild_state().failure;
    ASSERT_EQ(seen(listener_), 3);
    ASSERT_TRUE(databases_.open_existing("listener")) << "rebuild " << i;
  }
}

TEST_F(RebuildTest, FailsWhereNoFileCanBeMadeAndMayBeTriedAgain) {
  const std::filesystem::path in_the_way = folder_.path() / "data/listener.2.sqlite";
  std::filesystem::create_directories(in_the_way / "something");
  EXPECT_EQ(rebuild(), Node::RebuildState::Failed);
  EXPECT_FALSE(listener_.rebuild_state().failure.empty());
  std::filesystem::remove_all(in_the_way);
  EXPECT_EQ(rebuild(), Node::RebuildState::Switched);
}

TEST_F(RebuildTest, LeavesTheDeadLettersOfThePreviousCopySomethingToHoldOnTo) {
  const events::DeadLetters letters = listener_.dead_letters();
  EXPECT_EQ(letters.open_count(), 0);
  ASSERT_EQ(rebuild(), Node::RebuildState::Switched);
  EXPECT_THROW((void)letters.open_count(), std::logic_error);
  EXPECT_EQ(listener_.dead_letters().open_count(), 0);
}

}  // namespace
}  // namespace wenming::runtime::testing
