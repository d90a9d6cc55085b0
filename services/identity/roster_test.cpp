#include "identity/roster.h"

#include <gmock/gmock.h>

#include <chrono>

#include "identity/identity_fixture.h"
#include "reference/reference.h"

namespace wenming::identity {
namespace {

using contract::v1::ROLE_AUDITOR;
using contract::v1::ROLE_LIAISON;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RosterTest : public IdentityFixture {
 protected:
  RosterTest() : county(create("county").id()), bureau(create("bureau", county).id()) {}

  v1::StaffMember leave(const std::string& staff_id, std::string_view day) {
    v1::EndStaffRequest request;
    request.set_staff_id(staff_id);
    request.set_valid_to(std::string(day));
    request.set_reason("retired");
    return call<v1::StaffMember>("EndStaff", request, root());
  }
  v1::StaffExemption exempt(const std::string& staff_id, std::string_view from, std::string_view to) {
    v1::ExemptStaffRequest request;
    request.set_staff_id(staff_id);
    request.set_reason("maternity leave");
    request.set_valid_from(std::string(from));
    request.set_valid_to(std::string(to));
    return call<v1::StaffExemption>("ExemptStaff", request, root());
  }
  std::int64_t heads(core::Date day) {
    return read([&](domain::ReadTx& tx) { return reference::head_count(tx, county, day); });
  }
  v1::ListStaffResponse staff_seen(const domain::Principal& who, std::string_view on = {}) {
    v1::ListStaffRequest request;
    request.set_on(std::string(on));
    return call<v1::ListStaffResponse>("ListStaff", request, who);
  }

  const std::string county, bureau;
};

TEST_F(RosterTest, CountsPeopleFromJoiningToLeavingWithoutThoseWhoAreExempt) {
  const std::string wang = add_staff(bureau, "1").id();
  add_staff(bureau, "2");
  leave(wang, "2026-05-01");
  exempt(wang, "2026-04-01", "2026-04-11");
  EXPECT_EQ(heads(core::Date(2026, 3, 31)), 2);
  EXPECT_EQ(heads(core::Date(2026, 4, 1)), 1);
  EXPECT_EQ(heads(core::Date(2026, 4, 11)), 2);
  EXPECT_EQ(heads(core::Date(2026, 5, 1)), 1);
  EXPECT_EQ(staff_seen(root(), "2026-05-01").staff_size(), 1);
  EXPECT_EQ(staff_seen(root()).staff_size(), 2);
}

TEST_F(RosterTest, ShowsNamesToThoseWhoKeepItAndMasksThemForOthers) {
  v1::AddStaffRequest request;
  request.set_unit_id(bureau);
  request.set_name("欧阳修");
  const auto added = outcome("AddStaff", request, user_with("liaison", ROLE_LIAISON, bureau));
  EXPECT_FALSE(added.unmasked);
  v1::ListStaffRequest all;
  EXPECT_TRUE(
      outcome("ListStaff", all, as(value<std::string>("SELECT id FROM users WHERE account = 'liaison'").value()))
          .unmasked);
  EXPECT_FALSE(outcome("ListStaff", all, user_with("auditor", ROLE_AUDITOR, county)).unmasked);
  EXPECT_THAT(staff_seen(user_with("elsewhere", ROLE_LIAISON, create("elsewhere").id())).staff(), IsEmpty());
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM journal WHERE CAST(answer AS TEXT) LIKE '%欧阳修%'"), 0);
}

TEST_F(RosterTest, GivesANumberToOnePersonAtATime) {
  const std::string wang = add_staff(bureau, "0417").id();
  EXPECT_REFUSED("staff_number_taken", add_staff(bureau, "0417"));
  add_staff(county, "0417");
  leave(wang, "2026-03-01");
  v1::AddStaffRequest again;
  again.set_unit_id(bureau);
  again.set_number("0417");
  again.set_name("successor");
  again.set_valid_from("2026-03-01");
  call<v1::StaffMember>("AddStaff", again, root());
}

TEST_F(RosterTest, RecordsWhyDaysWereCorrected) {
  const std::string wang = add_staff(bureau, "0417").id();
  v1::CorrectStaffRequest request;
  request.set_staff_id(wang);
  request.set_valid_from("2025-07-01");
  request.set_reason("contract found");
  call<v1::StaffMember>("CorrectStaff", request, root());
  EXPECT_THAT(statements_about(wang),
              ElementsAre("2 CORRECTED 2025-07-01..9999-12-31 contract found", "1 BEGAN 0001-01-01..9999-12-31 "));
}

TEST_F(RosterTest, TellsNobodyWhySomebodyIsExempt) {
  const std::string wang = add_staff(bureau, "0417").id();
  const v1::StaffExemption exemption = exempt(wang, "2026-04-01", "2026-07-01");
  EXPECT_REFUSED("fact_overlaps", exempt(wang, "2026-06-30", "2026-08-01"));
  for (const auto& event : published<v1::StaffExemptionChanged>())
    EXPECT_EQ(event.SerializeAsString().find("maternity"), std::string::npos);
  v1::EndExemptionRequest request;
  request.set_exemption_id(exemption.id());
  request.set_valid_to("2026-06-01");
  request.set_reason("back early");
  EXPECT_EQ(call<v1::StaffExemption>("EndExemption", request, root()).valid_to(), "2026-06-01");
  v1::ListExemptionsRequest all;
  all.set_within(county);
  EXPECT_EQ(call<v1::ListExemptionsResponse>("ListExemptions", all, root()).exemptions(0).reason(), "maternity leave");
}

}  // namespace
}  // namespace wenming::identity
