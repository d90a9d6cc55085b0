#include <gmock/gmock.h>

#include "volunteer/volunteer_fixture.h"
#include "wenming/volunteer/v1/events.pb.h"

namespace wenming::volunteer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class VolunteersTest : public VolunteerFixture {
 protected:
  v1::Volunteer get(const v1::Volunteer& who, std::string_view user) {
    return call<v1::Volunteer>("GetVolunteer", naming(who), as(user));
  }
  static v1::GetVolunteerRequest naming(const v1::Volunteer& who) {
    v1::GetVolunteerRequest request;
    request.set_volunteer_id(who.id());
    return request;
  }

  v1::Volunteer update(const v1::UpdateVolunteerRequest& request, std::string_view user, std::int64_t if_match) {
    return call<v1::Volunteer>("UpdateVolunteer", request, as(user), {{}, if_match});
  }
  static v1::UpdateVolunteerRequest change(const v1::Volunteer& who) {
    v1::UpdateVolunteerRequest request;
    request.set_volunteer_id(who.id());
    return request;
  }

  std::vector<std::string> names_in(const v1::ListVolunteersRequest& request, std::string_view user) {
    std::vector<std::string> names;
    const auto page = call<v1::ListVolunteersResponse>("ListVolunteers", request, as(user));
    for (const auto& volunteer : page.volunteers()) names.push_back(volunteer.display_name());
    return names;
  }
};

TEST_F(VolunteersTest, GivesEveryVolunteerTheNextNumber) {
  EXPECT_EQ(enrol("甲").number(), "V00000001");
  EXPECT_EQ(enrol("乙").number(), "V00000002");
}

TEST_F(VolunteersTest, GivesTheNumberOfARefusedRegistrationToTheNext) {
  enrol("甲", "town", "volunteer");
  EXPECT_REFUSED("user_taken", enrol("乙", "town", "volunteer"));
  EXPECT_EQ(enrol("丙").number(), "V00000002");
}

TEST_F(VolunteersTest, RefusesAHomeUnitThatIsNotInTheTree) {
  v1::RegisterVolunteerRequest request;
  request.set_display_name("甲");
  request.set_phone("13800001234");
  request.set_unit_id("nowhere");
  grant("province", contract::v1::ROLE_OFFICE);
  EXPECT_REFUSED("unit_unknown", call<v1::Volunteer>("RegisterVolunteer", request, as("province")));
}

TEST_F(VolunteersTest, RefusesALiaisonWhoRegistersOutsideTheirSubtree) {
  v1::RegisterVolunteerRequest request;
  request.set_display_name("甲");
  request.set_phone("13800001234");
  request.set_unit_id("village");
  EXPECT_EQ(call<v1::Volunteer>("RegisterVolunteer", request, as("liaison")).unit_id(), "village");
  EXPECT_REFUSED("not_found", call<v1::Volunteer>("RegisterVolunteer", request, as("other-liaison")));
  EXPECT_REFUSED("not_allowed", call<v1::Volunteer>("RegisterVolunteer", request, as("volunteer")));
}

TEST_F(VolunteersTest, RefusesARegistrationWithoutNameOrPhone) {
  v1::RegisterVolunteerRequest request;
  request.set_unit_id("town");
  EXPECT_FIELD_REFUSED("/display_name", call<v1::Volunteer>("RegisterVolunteer", request, as("office")));
  EXPECT_FIELD_REFUSED("/phone", call<v1::Volunteer>("RegisterVolunteer", request, as("office")));
}

TEST_F(VolunteersTest, ShowsThePhoneToThePersonAndTheirLiaisonButMasksItForTheAuditor) {
  const auto who = enrol("甲", "town", "volunteer");
  EXPECT_EQ(get(who, "volunteer").phone(), "13800001234");
  EXPECT_TRUE(outcome("GetVolunteer", naming(who), as("volunteer")).unmasked);
  EXPECT_TRUE(outcome("GetVolunteer", naming(who), as("liaison")).unmasked);
  EXPECT_FALSE(outcome("GetVolunteer", naming(who), as("auditor")).unmasked);
}

TEST_F(VolunteersTest, HidesAVolunteerFromOthersAndFromOtherTowns) {
  const auto who = enrol("甲", "town", "volunteer");
  EXPECT_REFUSED("not_found", get(who, "other-volunteer"));
  EXPECT_REFUSED("not_found", get(who, "other-liaison"));
}

TEST_F(VolunteersTest, ListsByUnitNameNumberAndAccountInTheOrderOfNumbers) {
  enrol("张一", "town", "volunteer");
  enrol("张二", "village");
  enrol("王三", "other-town");

  v1::ListVolunteersRequest all;
  EXPECT_THAT(names_in(all, "office"), ElementsAre("张一", "张二", "王三"));
  EXPECT_THAT(names_in(all, "other-liaison"), ElementsAre("王三"));
  EXPECT_THAT(names_in(all, "volunteer"), ElementsAre("张一"));

  v1::ListVolunteersRequest in_town;
  in_town.set_unit_id("town");
  EXPECT_THAT(names_in(in_town, "office"), ElementsAre("张一", "张二"));
  EXPECT_THAT(names_in(in_town, "other-liaison"), IsEmpty());

  v1::ListVolunteersRequest named;
  named.set_name_contains("三");
  EXPECT_THAT(names_in(named, "office"), ElementsAre("王三"));

  v1::ListVolunteersRequest numbered;
  numbered.set_number("V00000002");
  EXPECT_THAT(names_in(numbered, "office"), ElementsAre("张二"));

  v1::ListVolunteersRequest by_account;
  by_account.set_user_id("volunteer");
  EXPECT_THAT(names_in(by_account, "office"), ElementsAre("张一"));
}

TEST_F(VolunteersTest, PagesThroughAllOfThemOnce) {
  for (const char* name : {"甲", "乙", "丙"}) enrol(name);
  v1::ListVolunteersRequest request;
  request.set_page_size(2);
  request.set_include_total(true);
  const auto first = call<v1::ListVolunteersResponse>("ListVolunteers", request, as("office"));
  EXPECT_EQ(first.volunteers_size(), 2);
  EXPECT_EQ(first.total(), 3);

  request.set_page_token(first.next_page_token());
  const auto second = call<v1::ListVolunteersResponse>("ListVolunteers", request, as("office"));
  ASSERT_EQ(second.volunteers_size(), 1);
  EXPECT_EQ(second.volunteers(0).display_name(), "丙");
  EXPECT_EQ(second.next_page_token(), "");
}

TEST_F(VolunteersTest, ChangesWhatIsGivenAndKeepsTheRest) {
  const auto who = enrol("甲", "town", "volunteer");
  auto request = change(who);
  request.set_phone("13900005678");
  const auto changed = update(request, "liaison", who.version());
  EXPECT_EQ(changed.phone(), "13900005678");
  EXPECT_EQ(changed.display_name(), "甲");
  EXPECT_EQ(changed.user_id(), "volunteer");
  EXPECT_EQ(changed.version(), 2);
  EXPECT_EQ(get(who, "liaison").SerializeAsString(), changed.SerializeAsString());
}

TEST_F(VolunteersTest, RefusesAChangeOfWhatWasReadBeforeAnotherChange) {
  const auto who = enrol();
  auto request = change(who);
  request.set_display_name("乙");
  update(request, "liaison", 1);
  EXPECT_REFUSED("version_mismatch", update(request, "liaison", 1));
  EXPECT_REFUSED("version_required", call<v1::Volunteer>("UpdateVolunteer", request, as("liaison")));
}

TEST_F(VolunteersTest, LetsOnlyARoleThatCoversBothUnitsMoveAVolunteer) {
  const auto who = enrol();
  auto request = change(who);
  request.set_unit_id("other-town");
  EXPECT_REFUSED("not_allowed", update(request, "liaison", 1));
  EXPECT_EQ(update(request, "office", 1).unit_id(), "other-town");
  EXPECT_REFUSED("not_found", get(who, "liaison"));
}

TEST_F(VolunteersTest, TakesAnAccountAwaySoThatAnotherMayHaveIt) {
  const auto who = enrol("甲", "town", "volunteer");
  const auto other = enrol("乙");
  auto link = change(other);
  link.set_user_id("volunteer");
  EXPECT_REFUSED("user_taken", update(link, "liaison", 1));

  auto unlink = change(who);
  unlink.set_user_id("");
  EXPECT_FALSE(update(unlink, "liaison", 1).has_user_id());
  EXPECT_EQ(update(link, "liaison", 1).user_id(), "volunteer");
}

TEST_F(VolunteersTest, LinksOnlyAccountsThatHoldTheRoleThere) {
  EXPECT_REFUSED("user_not_volunteer", enrol("甲", "town", "nobody-knows"));
  EXPECT_REFUSED("user_not_volunteer", enrol("甲", "town", "auditor"));
  EXPECT_REFUSED("user_not_volunteer", enrol("甲", "other-town", "volunteer"));
  auto link = change(enrol("甲"));
  link.set_user_id("nobody-knows");
  EXPECT_REFUSED("user_not_volunteer", update(link, "liaison", 1));
  EXPECT_EQ(enrol("乙", "village", "volunteer").user_id(), "volunteer");
}

TEST_F(VolunteersTest, SearchesNamesOnlyForThoseWhoSeeThem) {
  enrol("张一");
  v1::ListVolunteersRequest request;
  EXPECT_FALSE(outcome("ListVolunteers", request, as("auditor")).unmasked);
  EXPECT_TRUE(outcome("ListVolunteers", request, as("liaison")).unmasked);
  request.set_name_contains("张");
  EXPECT_REFUSED("filter_masked", names_in(request, "auditor"));
  EXPECT_THAT(names_in(request, "liaison"), ElementsAre("张一"));
}

TEST_F(VolunteersTest, TellsTheOthersWithoutNameOrPhone) {
  const auto who = enrol();
  const auto events = published<v1::VolunteerChanged>();
  ASSERT_EQ(events.size(), 1);
  EXPECT_EQ(events[0].volunteer_id(), who.id());
  EXPECT_EQ(events[0].unit_id(), "town");
  EXPECT_EQ(events[0].registered_on(), "2026-03-20");
  EXPECT_EQ(events[0].SerializeAsString().find("甲"), std::string::npos);
  EXPECT_EQ(events[0].SerializeAsString().find("13800001234"), std::string::npos);
}

}  // namespace
}  // namespace wenming::volunteer
