#include "identity/roster_import.h"

#include <gmock/gmock.h>

#include "identity/identity_fixture.h"

namespace wenming::identity {
namespace {

using contract::v1::Job;
using contract::v1::ROLE_LIAISON;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RosterImportTest : public IdentityFixture {
 protected:
  RosterImportTest() : county(create("county").id()), bureau(create("bureau", county).id()) {}

  Job import_rows(const std::string& rows, bool dry_run = false) { return import_rows(rows, dry_run, {}, root()); }
  Job import_rows(const std::string& rows, bool dry_run, const std::string& within, const domain::Principal& who) {
    v1::ImportStaffRequest request;
    request.set_content("unit_code,number,name,title,joined_on,left_on\n" + rows);
    request.set_dry_run(dry_run);
    request.set_unit_id(within);
    return run_job("ImportStaff", request, who);
  }
  /// `0417 name title 2020-07-01..9999-12-31`, oldest entry first.
  std::vector<std::string> roster() {
    std::vector<std::string> texts;
    const auto response = call<v1::ListStaffResponse>("ListStaff", v1::ListStaffRequest(), root());
    for (const v1::StaffMember& entry : response.staff()) {
      texts.insert(texts.begin(), entry.number() + ' ' + entry.name() + ' ' + entry.title() + ' ' + entry.valid_from() +
                                      ".." + entry.valid_to());
    }
    return texts;
  }

  const std::string county, bureau;
};

TEST_F(RosterImportTest, AddsCorrectsAndLeavesAlone) {
  EXPECT_EQ(import_rows("bureau,1,wang,clerk,2020-07-01,\nbureau,2,li,,,\n").taken(), 2);
  const Job second = import_rows("bureau,1,wang,chief,2020-07-01,\nbureau,2,li,,,\n");
  EXPECT_EQ(second.taken(), 1);
  EXPECT_EQ(second.unchanged(), 1);
  EXPECT_THAT(roster(), ElementsAre("1 wang chief 2020-07-01..9999-12-31", "2 li  0001-01-01..9999-12-31"));
  EXPECT_EQ(import_rows("bureau,1,wang,chief,2020-07-01,\nbureau,2,li,,,\n").unchanged(), 2);
  EXPECT_EQ(published<v1::StaffMemberChanged>().size(), 3U);
}

TEST_F(RosterImportTest, TakesABlankDayForNotStated) {
  import_rows("bureau,1,wang,,2020-07-01,2026-01-01\n");
  EXPECT_EQ(import_rows("bureau,1,wang,,,\n").unchanged(), 1);
  EXPECT_THAT(roster(), ElementsAre("1 wang  2020-07-01..2026-01-01"));
}

TEST_F(RosterImportTest, EntersAgainWhoComesBackAfterHavingLeft) {
  import_rows("bureau,1,wang,,2020-07-01,2026-01-01\n");
  EXPECT_EQ(import_rows("bureau,1,wang,,2026-03-01,\n").taken(), 1);
  EXPECT_THAT(roster(), ElementsAre("1 wang  2020-07-01..2026-01-01", "1 wang  2026-03-01..9999-12-31"));
  EXPECT_THAT(errors_of(import_rows("bureau,1,wang,,2025-03-01,\n")), ElementsAre("2/2 joined_on STAYS_OVERLAP"));
}

TEST_F(RosterImportTest, TellsPeopleOfTwoUnitsApartWhoHaveTheSameNumber) {
  EXPECT_EQ(import_rows("bureau,1,wang,,,\ncounty,1,li,,,\n").taken(), 2);
}

TEST_F(RosterImportTest, NamesEveryBadCellAndTakesTheSoundRows) {
  const Job job = import_rows(
      "nowhere,1,wang,,,\n"
      "bureau,,li,,,\n"
      "bureau,3,,,2026-13-01,never\n"
      "bureau,4,zhao,,2026-05-01,2026-04-01\n"
      "bureau,5,qian,,,\n"
      "bureau,5,sun,,,\n");
  EXPECT_THAT(errors_of(job), UnorderedElementsAre("2/2 unit_code UNKNOWN_UNIT", "3/3 number BLANK", "4/4 name BLANK",
                                                   "4/4 joined_on NOT_A_DAY", "4/4 left_on NOT_A_DAY",
                                                   "5/5 left_on DAYS_TURNED", "7/7 number REPEATED"));
  EXPECT_THAT(roster(), ElementsAre("5 qian  0001-01-01..9999-12-31"));
}

TEST_F(RosterImportTest, ChangesNothingOnADryRun) {
  EXPECT_EQ(import_rows("bureau,1,wang,,,\n", true).taken(), 1);
  EXPECT_THAT(roster(), IsEmpty());
}

TEST_F(RosterImportTest, StaysWithinTheUnitThatItIsFor) {
  const domain::Principal liaison = user_with("liaison", ROLE_LIAISON, bureau);
  EXPECT_THAT(errors_of(import_rows("county,1,wang,,,\n", false, bureau, liaison)),
              ElementsAre("2/2 unit_code OUTSIDE"));
  EXPECT_EQ(import_rows("bureau,1,wang,,,\n", false, bureau, liaison).taken(), 1);
  EXPECT_REFUSED("not_found", import_rows("bureau,2,li,,,\n", false, county, liaison));
  EXPECT_REFUSED("not_found", import_rows("bureau,2,li,,,\n", false, {}, liaison));
}

}  // namespace
}  // namespace wenming::identity
