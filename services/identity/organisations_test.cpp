#include "identity/organisations.h"

#include <gmock/gmock.h>

#include "identity/identity_fixture.h"
#include "reference/reference.h"

namespace wenming::identity {
namespace {

using contract::v1::ROLE_ADMIN;
using contract::v1::ROLE_AUDITOR;
using contract::v1::ROLE_OFFICE;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OrganisationsTest : public IdentityFixture {
 protected:
  v1::Organisation rename(const domain::Principal& who, const std::string& id, const std::string& name,
                          const std::string& effective_on = {}) {
    v1::RenameOrganisationRequest request;
    request.set_organisation_id(id);
    request.set_name(name);
    request.set_effective_on(effective_on);
    return call<v1::Organisation>("RenameOrganisation", request, who);
  }
  v1::Organisation move(const domain::Principal& who, const std::string& id, const std::string& parent_id,
                        const std::string& effective_on = {}) {
    v1::MoveOrganisationRequest request;
    request.set_organisation_id(id);
    request.set_parent_id(parent_id);
    request.set_effective_on(effective_on);
    return call<v1::Organisation>("MoveOrganisation", request, who);
  }
  v1::Organisation get(const std::string& id) {
    v1::GetOrganisationRequest request;
    request.set_organisation_id(id);
    return call<v1::Organisation>("GetOrganisation", request, root());
  }
  std::vector<std::string> codes(const v1::ListOrganisationsRequest& request) {
    std::vector<std::string> found;
    const auto page = call<v1::ListOrganisationsResponse>("ListOrganisations", request, root());
    for (const v1::Organisation& organisation : page.organisations()) found.push_back(organisation.code());
    return found;
  }
  /// Codes of the unit and all above it on that day.
  std::vector<std::string> line_on(const std::string& unit_id, core::Date day) {
    std::vector<std::string> line;
    store().read([&](domain::ReadTx& tx) {
      for (const std::string& id : reference::ancestors_on(tx, unit_id, day)) {
        line.push_back(tx.value<std::string>("SELECT code FROM organisations WHERE id = $1", id).value());
      }
    });
    return line;
  }
};

TEST_F(OrganisationsTest, CreatesAnOrganisationThatHasAlwaysBeenThere) {
  const auto city = create("50");
  EXPECT_EQ(city.code(), "50");
  EXPECT_EQ(city.name(), "name of 50");
  EXPECT_EQ(city.parent_id(), "");
  EXPECT_EQ(city.version(), 1);
  EXPECT_EQ(city.valid_from(), "0001-01-01");
  const auto district = create("500111", city.id());
  EXPECT_EQ(district.parent_id(), city.id());
  EXPECT_THAT(line_on(district.id(), core::Date(1999, 1, 1)), ElementsAre("500111", "50"));
}

TEST_F(OrganisationsTest, FoundsAnOrganisationOnADay) {
  const auto city = create("50", {}, "1997-03-14");
  EXPECT_EQ(create("500111", city.id()).valid_from(), "1997-03-14");
  EXPECT_EQ(create("500112", city.id(), "2011-10-27").valid_from(), "2011-10-27");
  EXPECT_REFUSED("before_founding", create("500113", city.id(), "1990-01-01"));
}

TEST_F(OrganisationsTest, RefusesACodeThatIsTaken) {
  const auto city = create("50");
  EXPECT_REFUSED("code_taken", create("50", city.id()));
}

TEST_F(OrganisationsTest, RefusesAnUnknownParent) {
  EXPECT_REFUSED("unit_unknown", create("50", "019cbb5e-8400-7a31-9f0c-2d1c8a51e7b4"));
}

TEST_F(OrganisationsTest, RenamesFromADayOnAndKeepsTheHistory) {
  const auto city = create("50");
  const auto renamed = rename(root(), city.id(), "new", "2026-02-01");
  EXPECT_EQ(renamed.name(), "new");
  EXPECT_EQ(renamed.version(), 2);
  ASSERT_EQ(renamed.history_size(), 2);
  EXPECT_EQ(renamed.history(0).name(), "name of 50");
  EXPECT_EQ(renamed.history(0).valid_to(), "2026-02-01");
  EXPECT_EQ(renamed.history(1).valid_from(), "2026-02-01");
  EXPECT_EQ(get(city.id()).name(), "new");
}

TEST_F(OrganisationsTest, ShowsTheOldNameUntilTheNewOneTakesEffect) {
  const auto city = create("50");
  EXPECT_EQ(rename(root(), city.id(), "new", "2026-04-01").name(), "name of 50");
  advance_to(testing::at("2026-04-01T00:00+08:00"));
  EXPECT_EQ(get(city.id()).name(), "new");
}

TEST_F(OrganisationsTest, ChangesNothingByTheSameNameAgain) {
  const auto city = create("50");
  EXPECT_EQ(rename(root(), city.id(), "name of 50").version(), 1);
  EXPECT_EQ(published<v1::OrganisationChanged>().size(), 1U);
}

TEST_F(OrganisationsTest, RefusesAChangeFromBeforeTheFounding) {
  const auto city = create("50", {}, "1997-03-14");
  EXPECT_REFUSED("before_founding", rename(root(), city.id(), "new", "1997-03-13"));
}

TEST_F(OrganisationsTest, MovesASubtreeFromADayOn) {
  const auto a = create("a");
  const auto b = create("b");
  const auto child = create("child", a.id());
  const auto grandchild = create("grandchild", child.id());
  move(root(), child.id(), b.id(), "2026-03-05");
  EXPECT_THAT(line_on(grandchild.id(), core::Date(2026, 3, 4)), ElementsAre("grandchild", "child", "a"));
  EXPECT_THAT(line_on(grandchild.id(), core::Date(2026, 3, 5)), ElementsAre("grandchild", "child", "b"));
}

TEST_F(OrganisationsTest, RefusesToPutAnOrganisationBelowItself) {
  const auto top = create("top");
  const auto middle = create("middle", top.id());
  const auto bottom = create("bottom", middle.id());
  EXPECT_REFUSED("organisation_cycle", move(root(), top.id(), bottom.id()));
  EXPECT_REFUSED("organisation_cycle", move(root(), top.id(), top.id()));
}

TEST_F(OrganisationsTest, RefusesACircleThatWouldCloseOnlyLater) {
  const auto a = create("a");
  const auto b = create("b");
  move(root(), a.id(), b.id(), "2027-01-01");
  EXPECT_REFUSED("organisation_cycle", move(root(), b.id(), a.id(), "2026-06-01"));
  // Until the day on which it would close there is none.
  move(root(), a.id(), "", "2028-01-01");
  EXPECT_EQ(move(root(), b.id(), a.id(), "2028-01-01").history_size(), 2);
}

TEST_F(OrganisationsTest, RefusesAParentThatIsFoundedLater) {
  const auto old = create("old");
  const auto young = create("young", {}, "2026-06-01");
  EXPECT_REFUSED("before_founding", move(root(), old.id(), young.id(), "2026-05-31"));
  EXPECT_EQ(move(root(), old.id(), young.id(), "2026-06-01").history_size(), 2);
}

TEST_F(OrganisationsTest, BoundsTheDepthOfTheTree) {
  std::string parent_id;
  std::vector<std::string> ids;
  for (int level = 1; level <= organisations::kMaxLevels; ++level) {
    parent_id = create("level-" + std::to_string(level), parent_id).id();
    ids.push_back(parent_id);
  }
  EXPECT_REFUSED("tree_too_deep", create("one-more", parent_id));
  const auto top = create("top");
  EXPECT_REFUSED("tree_too_deep", move(root(), ids[0], top.id()));
}

TEST_F(OrganisationsTest, LetsAnOfficeChangeWhatStandsBelowItsNodeButNotTheNode) {
  const auto county = create("county");
  const auto other = create("other");
  const domain::Principal office = user_with("office", ROLE_OFFICE, county.id());
  const auto unit = create(office, "unit", county.id());
  EXPECT_EQ(rename(office, unit.id(), "bureau").name(), "bureau");
  EXPECT_REFUSED("beyond_your_grants", rename(office, county.id(), "empire"));
  EXPECT_REFUSED("beyond_your_grants", move(office, unit.id(), other.id()));
  EXPECT_REFUSED("beyond_your_grants", move(office, unit.id(), ""));
  EXPECT_REFUSED("not_found", rename(office, other.id(), "colony"));
  EXPECT_REFUSED("not_found", create(office, "stranger", other.id()));
}

TEST_F(OrganisationsTest, LeavesThePastToWhoeverHadTheOrganisationThen) {
  const auto former = create("a"), present = create("b");
  const auto town = create("t", former.id()), elsewhere = create("b1", present.id());
  move(root(), town.id(), present.id(), "2025-01-01");
  const auto office = user_with("office", ROLE_OFFICE, present.id());

  EXPECT_REFUSED("beyond_your_grants", rename(office, town.id(), "ours", "2020-01-01"));
  EXPECT_REFUSED("beyond_your_grants", move(office, town.id(), elsewhere.id(), "2020-01-01"));
  EXPECT_THAT(line_on(town.id(), core::parse_date("2020-01-01").value()), ElementsAre("t", "a"));

  EXPECT_EQ(rename(office, town.id(), "ours", "2025-01-01").name(), "ours");
  EXPECT_EQ(move(office, town.id(), elsewhere.id(), "2025-06-01").parent_id(), elsewhere.id());
}

TEST_F(OrganisationsTest, LeavesALaterParentsTimeToThatParent) {
  const auto present = create("a"), next = create("b");
  const auto town = create("t", present.id());
  move(root(), town.id(), next.id(), "2030-01-01");
  const auto office = user_with("office", ROLE_OFFICE, present.id());
  EXPECT_REFUSED("beyond_your_grants", rename(office, town.id(), "for ever", "2026-01-01"));
  rename(root(), town.id(), "then", "2030-01-01");
  EXPECT_EQ(rename(office, town.id(), "until then", "2026-01-01").history_size(), 3);
}

TEST_F(OrganisationsTest, LetsAuditorsReadAndNotWrite) {
  const auto county = create("county");
  const domain::Principal auditor = user_with("auditor", ROLE_AUDITOR);
  v1::GetOrganisationRequest request;
  request.set_organisation_id(county.id());
  EXPECT_EQ(call<v1::Organisation>("GetOrganisation", request, auditor).code(), "county");
  EXPECT_REFUSED("not_allowed", create(auditor, "unit", county.id()));
  EXPECT_REFUSED("not_signed_in", call<v1::Organisation>("GetOrganisation", request, anonymous()));
}

TEST_F(OrganisationsTest, ListsByParentSubtreeLevelNameAndCode) {
  const auto city = create("50");
  const auto district = create("500111", city.id());
  create("500111001", district.id());
  create("60");
  EXPECT_THAT(codes({}), ElementsAre("50", "500111", "500111001", "60"));
  v1::ListOrganisationsRequest request;
  request.set_parent_id(city.id());
  EXPECT_THAT(codes(request), ElementsAre("500111"));
  request.Clear();
  request.set_within(district.id());
  EXPECT_THAT(codes(request), ElementsAre("500111", "500111001"));
  request.Clear();
  request.set_name("of 6");
  EXPECT_THAT(codes(request), ElementsAre("60"));
  request.Clear();
  request.set_code("500111001");
  EXPECT_THAT(codes(request), ElementsAre("500111001"));
  request.Clear();
  request.set_level(v1::ORGANISATION_LEVEL_CITY);
  EXPECT_THAT(codes(request), IsEmpty());
}

TEST_F(OrganisationsTest, ListsOnlyWhatExistsToday) {
  create("now");
  create("later", {}, "2026-03-06");
  EXPECT_THAT(codes({}), ElementsAre("now"));
  advance(testing::literals::operator""_d(1));
  EXPECT_THAT(codes({}), ElementsAre("later", "now"));
}

TEST_F(OrganisationsTest, RefusesAChangeOfAStateThatTheCallerHasNotSeen) {
  const auto county = create("county");
  rename(root(), county.id(), "second");
  v1::RenameOrganisationRequest request;
  request.set_organisation_id(county.id());
  request.set_name("third");
  EXPECT_REFUSED("version_mismatch",
                 call<v1::Organisation>("RenameOrganisation", request, root(), {.idempotency_key = {}, .if_match = 1}));
}

TEST_F(OrganisationsTest, TellsTheWholeHistoryInEveryEvent) {
  const auto a = create("a");
  const auto b = create("b");
  rename(root(), b.id(), "new", "2026-01-01");
  move(root(), b.id(), a.id(), "2026-02-01");
  const v1::OrganisationChanged last = published<v1::OrganisationChanged>().back();
  EXPECT_EQ(last.organisation_id(), b.id());
  EXPECT_EQ(last.version(), 3);
  EXPECT_EQ(last.stretches_size(), 3);
  EXPECT_EQ(last.stretches(2).parent_id(), a.id());
}

}  // namespace
}  // namespace wenming::identity
