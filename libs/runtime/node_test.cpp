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

}  // namespace
}  // namespace wenming::runtime::testing
