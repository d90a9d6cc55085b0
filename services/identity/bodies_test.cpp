#include "identity/bodies.h"

#include <gmock/gmock.h>

#include <chrono>

#include "identity/identity_fixture.h"

namespace wenming::identity {
namespace {

using namespace std::chrono_literals;
using contract::v1::ROLE_ADMIN;
using contract::v1::ROLE_LIAISON;
using contract::v1::ROLE_OFFICE;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BodiesTest : public IdentityFixture {
 protected:
  BodiesTest()
      : county(create("county").id()),
        bureau(create("bureau", county).id()),
        group(form(county)),
        wang(add_staff(bureau, "0417")) {}

  v1::Body get(const std::string& body_id) {
    v1::GetBodyRequest request;
    request.set_body_id(body_id);
    return call<v1::Body>("GetBody", request, root());
  }
  v1::BodyMember end(const v1::BodyMember& member, std::string_view valid_to = {}) {
    v1::EndBodyMemberRequest request;
    request.set_body_member_id(member.id());
    request.set_valid_to(std::string(valid_to));
    request.set_reason("transferred");
    return call<v1::BodyMember>("EndBodyMember", request, root());
  }
  v1::ListBodyMembersResponse members(const domain::Principal& who, std::string_view on = {}) {
    v1::ListBodyMembersRequest request;
    request.set_on(std::string(on));
    return call<v1::ListBodyMembersResponse>("ListBodyMembers", request, who);
  }
  std::vector<std::string> positions(std::string_view on) {
    std::vector<std::string> texts;
    const v1::ListBodyMembersResponse response = members(root(), on);
    for (const v1::BodyMember& member : response.members())
      texts.push_back(member.name() + ' ' +
                      std::string(domain::enum_text(*v1::BodyPosition_descriptor(), member.position())));
    return texts;
  }

  const std::string county, bureau;
  const v1::Body group;
  const v1::StaffMember wang;
};

TEST_F(BodiesTest, KeepEveryNameAndDocumentThatTheyHad) {
  v1::RestateBodyRequest request;
  request.set_body_id(group.id());
  request.set_name("committee");
  request.set_basis_document("No. 19");
  request.set_duties("to lead\nthe campaign");
  request.set_reason("new term");
  call<v1::Body>("RestateBody", request, root());
  const v1::Body now = get(group.id());
  EXPECT_EQ(now.name(), "committee");
  ASSERT_EQ(now.statements_size(), 2);
  EXPECT_EQ(now.statements(0).basis_document(), "No. 5");
  EXPECT_EQ(now.statements(1).duties(), "to lead\nthe campaign");
  EXPECT_EQ(now.statements(1).reason(), "new term");
  EXPECT_EQ(published<v1::BodyChanged>().back().name(), "committee");
}

TEST_F(BodiesTest, AppointAgainWithTheEarlierTermsOnRecord) {
  const v1::BodyMember first = appoint(group.id(), wang.id(), v1::BODY_POSITION_DEPUTY_LEADER);
  EXPECT_REFUSED("fact_overlaps", appoint(group.id(), wang.id(), v1::BODY_POSITION_LEADER));
  advance(24h * 30);
  end(first);
  appoint(group.id(), wang.id(), v1::BODY_POSITION_LEADER);
  EXPECT_THAT(positions("2026-03-05"), ElementsAre("name of 0417 DEPUTY_LEADER"));
  EXPECT_THAT(positions("2026-04-04"), ElementsAre("name of 0417 LEADER"));
  EXPECT_THAT(positions("2026-03-04"), IsEmpty());
  EXPECT_EQ(members(root()).members_size(), 2);
}

TEST_F(BodiesTest, TakeMembersFromRostersOnly) {
  v1::AppointBodyMemberRequest request;
  request.set_body_id(group.id());
  request.set_staff_id(group.id());
  request.set_position(v1::BODY_POSITION_MEMBER);
  EXPECT_REFUSED("staff_unknown", call<v1::BodyMember>("AppointBodyMember", request, root()));
  request.set_staff_id(wang.id());
  request.set_valid_from("2026-03-01");
  EXPECT_REFUSED("body_unknown", call<v1::BodyMember>("AppointBodyMember", request, root()));
}

TEST_F(BodiesTest, ShowTheirMembersToThemselvesAsLongAsTheySit) {
  const std::string user = add_user("wang", bureau).id();
  EXPECT_THAT(members(as(user)).members(), IsEmpty());
  const v1::BodyMember member = appoint(group.id(), wang.id());
  EXPECT_THAT(members(as(user)).members(), IsEmpty()) << "nobody has said yet that this is them";
  link(root(), wang.id(), user);
  ASSERT_EQ(members(as(user)).members_size(), 1);
  EXPECT_EQ(members(as(user)).members(0).name(), "name of 0417");
  advance(24h);
  end(member);
  EXPECT_THAT(members(as(user)).members(), IsEmpty());
  EXPECT_EQ(members(root()).members_size(), 1) << "the record stays";
}

TEST_F(BodiesTest, AreOpenedByAnAccountOnlyToThoseWhoCouldAppoint) {
  appoint(group.id(), wang.id());
  const domain::Principal office = user_with("office-of-the-bureau", ROLE_OFFICE, bureau);
  const std::string own = add_user("own", bureau).id();
  EXPECT_REFUSED("beyond_your_grants", link(office, wang.id(), own));
  EXPECT_REFUSED("not_allowed", link(user_with("liaison", ROLE_LIAISON, bureau), wang.id(), own));
  const v1::StaffMember other = add_staff(bureau, "0418");
  EXPECT_EQ(link(office, other.id(), own).user_id(), own);
  EXPECT_REFUSED("not_found", link(office, other.id(), add_user("of-the-county", county).id()));
}

TEST_F(BodiesTest, ProtectTheAccountsOfTheirMembers) {
  const std::string user = add_user("wang", bureau).id();
  v1::ResetPasswordRequest request;
  request.set_user_id(user);
  const domain::Principal admin = user_with("admin-of-the-bureau", ROLE_ADMIN, bureau);
  call<v1::ResetPasswordResponse>("ResetPassword", request, admin);
  appoint(group.id(), wang.id());
  link(root(), wang.id(), user);
  EXPECT_REFUSED("beyond_your_grants", call<v1::ResetPasswordResponse>("ResetPassword", request, admin));
}

TEST_F(BodiesTest, AreManagedByTheOfficeOfTheUnitThatFormedThem) {
  v1::AppointBodyMemberRequest request;
  request.set_body_id(group.id());
  request.set_staff_id(wang.id());
  request.set_position(v1::BODY_POSITION_MEMBER);
  EXPECT_REFUSED("not_found", call<v1::BodyMember>("AppointBodyMember", request,
                                                   user_with("office-of-the-bureau", ROLE_OFFICE, bureau)));
  call<v1::BodyMember>("AppointBodyMember", request, user_with("office-of-the-county", ROLE_OFFICE, county));
}

TEST_F(BodiesTest, CloseForTheirMembersWhenDissolved) {
  const std::string user = add_user("wang", bureau).id();
  link(root(), wang.id(), user);
  appoint(group.id(), wang.id());
  EXPECT_EQ(members(as(user)).members_size(), 1);
  v1::EndBodyRequest request;
  request.set_body_id(group.id());
  request.set_reason("campaign over");
  EXPECT_EQ(call<v1::Body>("EndBody", request, root()).valid_to(), "2026-03-05");
  EXPECT_THAT(members(as(user)).members(), IsEmpty());
  v1::ListBodiesRequest today;
  today.set_on("2026-03-05");
  EXPECT_THAT(call<v1::ListBodiesResponse>("ListBodies", today, root()).bodies(), IsEmpty());
}

}  // namespace
}  // namespace wenming::identity
