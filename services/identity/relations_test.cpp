#include "identity/relations.h"

#include <gmock/gmock.h>

#include <chrono>

#include "identity/identity_fixture.h"

namespace wenming::identity {
namespace {

using namespace std::chrono_literals;
using contract::v1::RELATION_KIND_ASSESSMENT_TEAM;
using contract::v1::RELATION_KIND_BODY_MEMBER;
using contract::v1::RELATION_KIND_GUARANTOR;
using contract::v1::ROLE_LIAISON;
using contract::v1::ROLE_OFFICE;
using ::testing::ElementsAre;

/// A county with a bureau and a town. It is 2026-03-05.
class RelationsTest : public IdentityFixture {
 protected:
  RelationsTest()
      : county(create("county").id()), bureau(create("bureau", county).id()), town(create("town", county).id()) {}

  v1::CreateRelationRequest guarantor(std::string_view valid_from = {}, std::string_view valid_to = {}) {
    v1::CreateRelationRequest request;
    request.set_kind(RELATION_KIND_GUARANTOR);
    request.set_holder_id(bureau);
    request.set_unit_id(town);
    request.set_basis("No. 3");
    request.set_valid_from(std::string(valid_from));
    request.set_valid_to(std::string(valid_to));
    return request;
  }
  v1::Relation relate(const v1::CreateRelationRequest& request) { return relate(request, root()); }
  v1::Relation relate(const v1::CreateRelationRequest& request, const domain::Principal& who) {
    return call<v1::Relation>("CreateRelation", request, who);
  }
  v1::Relation end(const v1::Relation& relation, std::string_view valid_to = {}) {
    v1::EndRelationRequest request;
    request.set_relation_id(relation.id());
    request.set_valid_to(std::string(valid_to));
    request.set_reason("over");
    return call<v1::Relation>("EndRelation", request, root());
  }
  v1::Relation correct(v1::CorrectRelationRequest request, const v1::Relation& relation) {
    request.set_relation_id(relation.id());
    request.set_reason("mistyped");
    return call<v1::Relation>("CorrectRelation", request, root());
  }
  int relations_seen(const domain::Principal& who, const v1::ListRelationsRequest& request = {}) {
    return call<v1::ListRelationsResponse>("ListRelations", request, who).relations_size();
  }

  const std::string county, bureau, town;
};

TEST_F(RelationsTest, BeginTodayAndHoldUntilTheyAreEnded) {
  const v1::Relation relation = relate(guarantor());
  EXPECT_EQ(relation.valid_from(), "2026-03-05");
  EXPECT_EQ(relation.valid_to(), "9999-12-31");
  EXPECT_EQ(relation.basis(), "No. 3");
  EXPECT_EQ(end(relation, "2026-04-01").valid_to(), "2026-04-01");
  EXPECT_THAT(statements_about(relation.id()),
              ElementsAre("2 ENDED 2026-03-05..2026-04-01 over", "1 BEGAN 2026-03-05..9999-12-31 "));
  const auto events = published<v1::RelationChanged>();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].valid_to(), "2026-04-01");
  EXPECT_EQ(events[1].version(), 2);
}

TEST_F(RelationsTest, CanBeClosedOnTheDayOnWhichTheyBegan) {
  const v1::Relation relation = relate(guarantor());
  EXPECT_EQ(end(relation).valid_to(), "2026-03-05");
  v1::ListRelationsRequest today;
  today.set_on("2026-03-05");
  EXPECT_EQ(relations_seen(root(), today), 0);
  EXPECT_EQ(relations_seen(root()), 1);
}

TEST_F(RelationsTest, KeepWhatWasStatedBeforeACorrection) {
  const v1::Relation relation = relate(guarantor("2026-01-01", "2026-12-31"));
  v1::CorrectRelationRequest request;
  request.set_valid_from("2026-02-01");
  request.set_open_end(true);
  EXPECT_EQ(correct(request, relation).valid_to(), "9999-12-31");
  v1::CorrectRelationRequest withdraw;
  withdraw.set_withdraw(true);
  correct(withdraw, relation);
  EXPECT_THAT(statements_about(relation.id()),
              ElementsAre("3 WITHDRAWN 2026-02-01..2026-02-01 mistyped", "2 CORRECTED 2026-02-01..9999-12-31 mistyped",
                          "1 BEGAN 2026-01-01..2026-12-31 "));
  EXPECT_REFUSED("correction_unclear", correct({}, relation));
  withdraw.set_open_end(true);
  EXPECT_REFUSED("correction_unclear", correct(withdraw, relation));
}

TEST_F(RelationsTest, AreRefusedWhereTheirDaysMakeNoSense) {
  EXPECT_REFUSED("days_turned", relate(guarantor("2026-04-01", "2026-04-01")));
  const v1::Relation relation = relate(guarantor("2026-03-01", "2026-06-01"));
  EXPECT_REFUSED("fact_overlaps", relate(guarantor("2026-05-31")));
  relate(guarantor("2026-06-01"));
  v1::CorrectRelationRequest longer;
  longer.set_valid_to("2026-06-02");
  EXPECT_REFUSED("fact_overlaps", correct(longer, relation));
  EXPECT_REFUSED("fact_ended", end(relation, "2026-06-01"));
  EXPECT_REFUSED("days_turned", end(relation, "2026-02-01"));
}

TEST_F(RelationsTest, MakeRoomForAnotherOnceWithdrawn) {
  const v1::Relation relation = relate(guarantor());
  v1::CorrectRelationRequest withdraw;
  withdraw.set_withdraw(true);
  correct(withdraw, relation);
  relate(guarantor("2026-03-01"));
}

TEST_F(RelationsTest, AreGivenByThoseWhoReachWhereTheyLead) {
  EXPECT_REFUSED("not_found", relate(guarantor(), user_with("of-the-bureau", ROLE_OFFICE, bureau)));
  const v1::Relation relation = relate(guarantor(), user_with("of-the-town", ROLE_OFFICE, town));
  EXPECT_EQ(relations_seen(user_with("liaison-of-the-bureau", ROLE_LIAISON, bureau)), 1);
  EXPECT_EQ(relations_seen(user_with("liaison-of-the-town", ROLE_LIAISON, town)), 1);
  const std::string elsewhere = create("elsewhere", county).id();
  EXPECT_EQ(relations_seen(user_with("liaison-elsewhere", ROLE_LIAISON, elsewhere)), 0);
}

TEST_F(RelationsTest, HaveHoldersOfTheirKind) {
  v1::CreateRelationRequest request = guarantor();
  request.set_holder_id(town.substr(0, town.size() - 1) + (town.back() == '0' ? '1' : '0'));
  EXPECT_REFUSED("unit_unknown", relate(request));
  request.set_kind(RELATION_KIND_BODY_MEMBER);
  EXPECT_REFUSED("members_are_appointed", relate(request));
  request.set_kind(RELATION_KIND_ASSESSMENT_TEAM);
  EXPECT_REFUSED("body_unknown", relate(request));
  request.set_holder_id(form(county).id());
  EXPECT_REFUSED("not_a_team", relate(request));
  request.set_holder_id(form(county, v1::BODY_KIND_ASSESSMENT_TEAM).id());
  EXPECT_EQ(relate(request).holder_id(), request.holder_id());
}

TEST_F(RelationsTest, AreListedByKindHolderPlaceAndDay) {
  relate(guarantor("2026-01-01", "2026-02-01"));
  v1::CreateRelationRequest request = guarantor("2026-03-01");
  request.set_about_id("019f0000-0000-7000-8000-000000000001");
  relate(request);
  const auto seen = [this](const auto& set) {
    v1::ListRelationsRequest filter;
    set(filter);
    return relations_seen(root(), filter);
  };
  EXPECT_EQ(seen([&](auto& f) { f.set_holder_id(bureau); }), 2);
  EXPECT_EQ(seen([&](auto& f) { f.set_within(county); }), 2);
  EXPECT_EQ(seen([&](auto& f) { f.set_within(bureau); }), 0);
  EXPECT_EQ(seen([&](auto& f) { f.set_on("2026-01-31"); }), 1);
  EXPECT_EQ(seen([&](auto& f) { f.set_on("2026-02-01"); }), 0);
  EXPECT_EQ(seen([&](auto& f) { f.set_about_id(request.about_id()); }), 1);
  EXPECT_EQ(seen([&](auto& f) { f.set_kind(RELATION_KIND_ASSESSMENT_TEAM); }), 0);
}

}  // namespace
}  // namespace wenming::identity
