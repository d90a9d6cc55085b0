#include "identity/calendar.h"

#include <gmock/gmock.h>

#include "core/working_calendar.h"
#include "identity/identity_fixture.h"
#include "reference/reference.h"
#include "wenming/identity/v1/calendar.pb.h"

namespace wenming::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class CalendarTest : public IdentityFixture {
 protected:
  contract::v1::Job import_rows(const std::string& rows, bool dry_run = false) {
    v1::ImportCalendarRequest request;
    request.set_content("date,kind,occasion\n" + rows);
    request.set_dry_run(dry_run);
    return run_job("ImportCalendar", request, root());
  }
  bool is_working_day(core::Date day) {
    bool working = false;
    store().read([&](domain::ReadTx& tx) {
      const auto hours = core::WorkingCalendar::parse_hours("09:00-17:00");
      working = reference::working_calendar(tx, tx.offset(), hours).is_working_day(day);
    });
    return working;
  }
};

TEST_F(CalendarTest, TurnsDaysOffAndWorkingDaysIntoTheCalendar) {
  EXPECT_TRUE(is_working_day(core::Date(2027, 2, 8)));
  const auto response = import_rows("2027-02-08,holiday,春节\n2027-02-20,make_up_workday,春节\n");
  EXPECT_EQ(response.taken(), 2);
  EXPECT_FALSE(is_working_day(core::Date(2027, 2, 8)));
  EXPECT_TRUE(is_working_day(core::Date(2027, 2, 20)));
}

TEST_F(CalendarTest, IsForTheAdminsOfTheWholeDeployment) {
  const domain::Principal townsman = user_with("townsman", contract::v1::ROLE_ADMIN, create("town").id());
  v1::ImportCalendarRequest request;
  request.set_content("date,kind,occasion\n2027-02-08,holiday,春节\n");
  EXPECT_REFUSED("not_allowed", run_job("ImportCalendar", request, townsman));
}

TEST_F(CalendarTest, TakesADayBack) {
  import_rows("2027-02-08,holiday,春节\n");
  EXPECT_EQ(import_rows("2027-02-08,ordinary,更正\n").taken(), 1);
  EXPECT_TRUE(is_working_day(core::Date(2027, 2, 8)));
}

TEST_F(CalendarTest, TakesBackADayThatShipsWithTheProgram) {
  EXPECT_FALSE(is_working_day(core::Date(2026, 10, 1)));
  import_rows("2026-10-01,ordinary,更正\n");
  EXPECT_TRUE(is_working_day(core::Date(2026, 10, 1)));
}

TEST_F(CalendarTest, ChangesNothingByTheSameFileAgain) {
  import_rows("2027-02-08,holiday,春节\n");
  EXPECT_EQ(import_rows("2027-02-08,holiday,春节\n").unchanged(), 1);
  EXPECT_THAT(published<v1::CalendarDayChanged>(), SizeIs(1));
}

TEST_F(CalendarTest, NamesEveryBadRowAndTakesNone) {
  const auto response = import_rows("2027-02-30,holiday,a\n2027-02-08,feast,b\n2027-02-08,holiday,\n");
  EXPECT_EQ(response.taken(), 0);
  EXPECT_THAT(errors_of(response),
              ElementsAre("2/2 date NOT_A_DAY", "3/3 kind NOT_VALID", "4/4 date REPEATED", "4/4 occasion BLANK"));
  EXPECT_THAT(published<v1::CalendarDayChanged>(), SizeIs(0));
}

TEST_F(CalendarTest, ListsDaysInOrder) {
  import_rows("2027-02-20,make_up_workday,春节\n2027-02-08,holiday,春节\n2028-01-01,holiday,元旦\n");
  v1::ListCalendarDaysRequest request;
  request.set_from("2027-01-01");
  request.set_to("2028-01-01");
  const auto days = call<v1::ListCalendarDaysResponse>("ListCalendarDays", request, root());
  ASSERT_EQ(days.days_size(), 2);
  EXPECT_EQ(days.days(0).day(), "2027-02-08");
  EXPECT_EQ(days.days(1).kind(), v1::DAY_KIND_MAKE_UP_WORKDAY);
}

}  // namespace
}  // namespace wenming::identity
