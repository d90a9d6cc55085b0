// What relations open and close: the conditions of the contract, judged on a database that holds the reference facts.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <chrono>

#include "domain/refusal.h"
#include "domain/visibility.h"
#include "reference/reference.h"
#include "testing/service_fixture.h"

namespace wenming::reference {
namespace {

using namespace contract::v1;
using namespace std::chrono_literals;
using domain::Related;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

contract::Method method_with(const std::string& rules) {
  contract::Method method;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(rules, &method.rule));
  return method;
}

const std::string kWithinUnit = "allow { role: ROLE_LIAISON when: WHEN_WITHIN_UNIT } ";
const std::string kGuarantor = "allow { role: ROLE_LIAISON when: WHEN_RELATED related: RELATION_KIND_GUARANTOR } ";
const std::string kCoUnit = "allow { role: ROLE_LIAISON when: WHEN_RELATED related: RELATION_KIND_CO_UNIT } ";
const std::string kMember = "allow { role: ROLE_USER when: WHEN_RELATED related: RELATION_KIND_BODY_MEMBER } ";
const std::string kTeam = "allow { role: ROLE_INSPECTOR when: WHEN_RELATED related: RELATION_KIND_ASSESSMENT_TEAM } ";

/// A county with a bureau and a town, which has a community. The bureau's branch and the town's have nothing in common
/// but the county. It is 2026-03-05.
class RelationsTest : public testing::ServiceFixture {
 protected:
  RelationsTest() : ServiceFixture(replica()) {
    organisation("county");
    organisation("bureau", "county");
    organisation("section", "bureau");
    organisation("town", "county");
    organisation("community", "town");
    grant("wang", ROLE_LIAISON, "bureau");
    grant("zhao", ROLE_LIAISON, "section");
    grant("li", ROLE_INSPECTOR, "section");
  }

  domain::Caller caller(domain::ReadTx& tx, std::string_view user) { return domain::resolve(tx, as(user)); }

  /// Whether the user may do this to a resource of that scope.
  bool may(std::string_view user, const std::string& rules, const domain::Scope& scope) {
    return read([&](domain::ReadTx& tx) {
      try {
        domain::authorise(tx, method_with(rules), caller(tx, user), &scope);
        return true;
      } catch (const domain::Refusal&) {
        return false;
      }
    });
  }
  bool may_in(std::string_view user, const std::string& rules, const std::string& unit_id,
              const std::string& about_id = {}) {
    domain::Scope scope;
    scope.unit_id = unit_id;
    scope.about_id = about_id;
    return may(user, rules, scope);
  }
  domain::Visibility visible(std::string_view user, const std::string& rules) {
    return read([&](domain::ReadTx& tx) { return domain::Visibility::of(tx, method_with(rules), caller(tx, user)); });
  }
  std::vector<std::string> units_seen(std::string_view user, const std::string& rules) {
    std::vector<std::string> units;
    const domain::Visibility seen = visible(user, rules);
    for (const Related::Place& place : seen.related().value().places()) units.push_back(place.unit_id);
    return units;
  }
};

TEST_F(RelationsTest, GiveAccessFromTheFirstToTheLastDay) {
  relation(RELATION_KIND_GUARANTOR, "bureau", "town", {"2026-03-06", "2026-03-07"});
  EXPECT_FALSE(may_in("wang", kGuarantor, "community"));
  advance_to(testing::at("2026-03-05T23:59+08:00"));
  EXPECT_FALSE(may_in("wang", kGuarantor, "community"));
  advance(1min);
  EXPECT_TRUE(may_in("wang", kGuarantor, "community"));
  EXPECT_THAT(units_seen("wang", kGuarantor), ElementsAre("town"));
  advance_to(testing::at("2026-03-07T23:59+08:00"));
  EXPECT_TRUE(may_in("wang", kGuarantor, "community"));
  advance(1min);
  EXPECT_FALSE(may_in("wang", kGuarantor, "community"));
  EXPECT_THAT(units_seen("wang", kGuarantor), IsEmpty());
}

TEST_F(RelationsTest, AreHeldByThoseWhoseRoleCoversTheHolder) {
  relation(RELATION_KIND_GUARANTOR, "bureau", "community", {});
  grant("chen", ROLE_LIAISON, "county");
  EXPECT_TRUE(may_in("wang", kGuarantor, "community"));
  EXPECT_TRUE(may_in("chen", kGuarantor, "community"));
  EXPECT_FALSE(may_in("zhao", kGuarantor, "community")) << "a section does not hold what its bureau holds";
  EXPECT_FALSE(may_in("li", kGuarantor, "community")) << "the rule does not name an inspector";
  EXPECT_FALSE(may_in("wang", kGuarantor, "town")) << "the relation leads to the community alone";
}

TEST_F(RelationsTest, OpenOnlyTheWayOfTheirKind) {
  relation(RELATION_KIND_CO_UNIT, "bureau", "town", {});
  EXPECT_TRUE(may_in("wang", kCoUnit, "town"));
  EXPECT_FALSE(may_in("wang", kGuarantor, "town"));
  EXPECT_THAT(units_seen("wang", kGuarantor), IsEmpty());
}

TEST_F(RelationsTest, AreLimitedToTheThingThatTheyAreAbout) {
  relation(RELATION_KIND_CO_UNIT, "bureau", "town", {}, "task 7");
  EXPECT_TRUE(may_in("wang", kCoUnit, "community", "task 7"));
  EXPECT_FALSE(may_in("wang", kCoUnit, "community", "task 8"));
  EXPECT_FALSE(may_in("wang", kCoUnit, "community"));
  EXPECT_FALSE(may_in("wang", kCoUnit, "section", "task 7")) << "the thing has to lie where the relation leads";
}

TEST_F(RelationsTest, LeadTheMembersOfABodyToItsWork) {
  member("sun", "leading group", {"2026-03-05", "2026-03-05"});
  domain::Scope work;
  work.unit_id = "county";
  work.body_id = "leading group";
  EXPECT_TRUE(may("sun", kMember, work));
  EXPECT_FALSE(may("wang", kMember, work));
  EXPECT_THAT(visible("sun", kMember).related()->bodies(), ElementsAre("leading group"));
  work.body_id = "other group";
  EXPECT_FALSE(may("sun", kMember, work));
  advance(24h);
  work.body_id = "leading group";
  EXPECT_FALSE(may("sun", kMember, work));
  EXPECT_TRUE(visible("sun", kMember).related()->empty());
}

TEST_F(RelationsTest, LeadNobodyAnywhereOnceTheBodyIsDissolvedOrThePersonHasLeft) {
  member("sun", "leading group", {});
  member("zhou", "leading group", {});
  domain::Scope work;
  work.body_id = "leading group";
  identity::v1::StaffMemberChanged left;
  left.set_staff_id(value<std::string>("SELECT id FROM staff WHERE user_id = 'zhou'").value());
  left.set_user_id("zhou");
  left.set_valid_from("2000-01-01");
  left.set_valid_to("2026-03-05");
  left.set_version(2);
  deliver(left);
  EXPECT_TRUE(may("sun", kMember, work));
  EXPECT_FALSE(may("zhou", kMember, work));
  identity::v1::BodyChanged dissolved;
  dissolved.set_body_id("leading group");
  dissolved.set_valid_from("2000-01-01");
  dissolved.set_valid_to("2026-03-05");
  dissolved.set_version(2);
  deliver(dissolved);
  EXPECT_FALSE(may("sun", kMember, work));
}

TEST_F(RelationsTest, LeadTheMembersOfATeamToItsUnitsWhileBothHold) {
  member("li", "team", {"2026-03-05", "2026-03-08"});
  member("sun", "team", {});
  relation(RELATION_KIND_ASSESSMENT_TEAM, "team", "town", {"2026-03-05", "2026-03-06"}, "round");
  EXPECT_TRUE(may_in("li", kTeam, "community", "round"));
  EXPECT_FALSE(may_in("li", kTeam, "bureau", "round"));
  EXPECT_FALSE(may_in("sun", kTeam, "community", "round")) << "the rule asks for the role as well";
  EXPECT_THAT(visible("li", kTeam).related()->places(), ElementsAre(Related::Place{"town", "round"}));
  advance(48h);
  EXPECT_FALSE(may_in("li", kTeam, "community", "round"));
}

TEST_F(RelationsTest, LeaveOutOfListsWhatTheOwnSubtreesShow) {
  for (const char* unit : {"community", "town"}) relation(RELATION_KIND_GUARANTOR, "bureau", unit, {});
  grant("chen", ROLE_LIAISON, "county");
  EXPECT_THAT(units_seen("wang", kGuarantor + kWithinUnit), ElementsAre("community", "town"));
  EXPECT_THAT(units_seen("chen", kGuarantor + kWithinUnit), IsEmpty());
  EXPECT_THAT(visible("chen", kGuarantor + kWithinUnit).unit_roots(), ElementsAre("county"));
}

TEST_F(RelationsTest, ThatLeadNowhereDoNotMaskWhatTheOwnSubtreesShowInTheClear) {
  const std::string clear = "allow { role: ROLE_LIAISON when: WHEN_WITHIN_UNIT unmasked: true } ";
  EXPECT_TRUE(visible("wang", clear + kGuarantor).unmasked());
  relation(RELATION_KIND_GUARANTOR, "bureau", "town", {});
  EXPECT_FALSE(visible("wang", clear + kGuarantor).unmasked());
}

TEST_F(RelationsTest, ShowEverythingToARoleOnTheWholeDeployment) {
  grant("root", ROLE_LIAISON, "");
  EXPECT_TRUE(visible("root", kGuarantor).all());
  EXPECT_TRUE(may_in("root", kGuarantor, "town"));
  EXPECT_FALSE(visible("root", kMember).all()) << "a member is a person, wherever they have roles";
}

TEST_F(RelationsTest, AreKeptInTheirNewestVersionInWhateverOrderTheyArrive) {
  identity::v1::RelationChanged begun;
  begun.set_relation_id("r");
  begun.set_kind(RELATION_KIND_GUARANTOR);
  begun.set_holder_id("bureau");
  begun.set_unit_id("town");
  begun.set_valid_from("2026-01-01");
  begun.set_valid_to("9999-12-31");
  begun.set_version(1);
  identity::v1::RelationChanged ended = begun;
  ended.set_valid_to("2026-03-01");
  ended.set_version(2);
  deliver(ended);
  deliver(begun);
  EXPECT_FALSE(may_in("wang", kGuarantor, "town"));
}

TEST_F(RelationsTest, LetAMemberInWhoIsKnownBeforeBodyAndRoster) {
  identity::v1::BodyMemberChanged member;
  member.set_body_member_id("m");
  member.set_body_id("group");
  member.set_staff_id("s");
  member.set_position(identity::v1::BODY_POSITION_LEADER);
  identity::v1::StaffMemberChanged staff;
  staff.set_staff_id("s");
  staff.set_user_id("sun");
  identity::v1::BodyChanged body;
  body.set_body_id("group");
  const auto for_ever = [](auto& event) {
    event.set_valid_from("0001-01-01");
    event.set_valid_to("9999-12-31");
    event.set_version(1);
  };
  for_ever(member);
  for_ever(staff);
  for_ever(body);
  domain::Scope work;
  work.body_id = "group";
  deliver(member);
  deliver(staff);
  EXPECT_FALSE(may("sun", kMember, work));
  deliver(body);
  EXPECT_TRUE(may("sun", kMember, work));
}

TEST_F(RelationsTest, CountWhoIsOnARosterAndNotExempt) {
  const auto staff = [this](const char* id, const char* unit, const char* from, const char* to) {
    identity::v1::StaffMemberChanged event;
    event.set_staff_id(id);
    event.set_unit_id(unit);
    event.set_valid_from(from);
    event.set_valid_to(to);
    event.set_version(1);
    deliver(event);
  };
  staff("a", "bureau", "0001-01-01", "9999-12-31");
  staff("b", "section", "2026-03-05", "9999-12-31");
  staff("c", "section", "0001-01-01", "2026-03-05");
  staff("d", "town", "0001-01-01", "9999-12-31");
  const auto count = [this](std::string_view unit, core::Date day) {
    return read([&](domain::ReadTx& tx) { return head_count(tx, unit, day); });
  };
  EXPECT_EQ(count("bureau", core::Date(2026, 3, 4)), 2);
  EXPECT_EQ(count("bureau", core::Date(2026, 3, 5)), 2);
  EXPECT_EQ(count("county", core::Date(2026, 3, 5)), 3);
  identity::v1::StaffExemptionChanged exemption;
  exemption.set_exemption_id("e");
  exemption.set_staff_id("b");
  exemption.set_valid_from("2026-03-06");
  exemption.set_valid_to("2026-03-07");
  exemption.set_version(1);
  deliver(exemption);
  EXPECT_EQ(count("bureau", core::Date(2026, 3, 6)), 1);
  EXPECT_EQ(count("bureau", core::Date(2026, 3, 7)), 2);
}

TEST_F(RelationsTest, KnowTheUsersWhoAnswerForAUnit) {
  member("sun", "group", {});
  identity::v1::ResponsiblePersonChanged head;
  head.set_responsible_person_id("p");
  head.set_unit_id("bureau");
  head.set_staff_id(value<std::string>("SELECT id FROM staff WHERE user_id = 'sun'").value());
  head.set_responsibility(identity::v1::RESPONSIBILITY_FIRST);
  head.set_valid_from("2026-03-01");
  head.set_valid_to("2026-03-05");
  head.set_version(1);
  deliver(head);
  const auto heads = [this](core::Date day) {
    return read(
        [&](domain::ReadTx& tx) { return users_in_charge(tx, "bureau", identity::v1::RESPONSIBILITY_FIRST, day); });
  };
  EXPECT_THAT(heads(core::Date(2026, 3, 4)), ElementsAre("sun"));
  EXPECT_THAT(heads(core::Date(2026, 3, 5)), IsEmpty());
}

}  // namespace
}  // namespace wenming::reference
