#include "reference/reference.h"

#include <gmock/gmock.h>

#include <chrono>

#include "testing/service_fixture.h"

namespace wenming::reference {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

identity::v1::OrganisationChanged organisation_event(std::string_view id, std::string_view parent_id,
                                                     std::int64_t version) {
  identity::v1::OrganisationChanged event;
  event.set_organisation_id(std::string(id));
  event.set_code("code-" + std::string(id));
  event.set_level(identity::v1::ORGANISATION_LEVEL_UNIT);
  event.set_version(version);
  identity::v1::OrganisationStretch& stretch = *event.add_stretches();
  stretch.set_valid_from("2020-01-01");
  stretch.set_valid_to("9999-12-31");
  stretch.set_name("name of " + std::string(id));
  stretch.set_parent_id(std::string(parent_id));
  return event;
}

/// From 2026-07-01 on another parent.
identity::v1::OrganisationChanged moved(identity::v1::OrganisationChanged event, std::string_view parent_id) {
  event.set_version(event.version() + 1);
  identity::v1::OrganisationStretch later = event.stretches(0);
  event.mutable_stretches(0)->set_valid_to("2026-07-01");
  later.set_valid_from("2026-07-01");
  later.set_parent_id(std::string(parent_id));
  *event.add_stretches() = later;
  return event;
}

class ReferenceTest : public testing::ServiceFixture {
 protected:
  ReferenceTest() : ServiceFixture(replica()) {}

  template <class F>
  auto read(F&& body) {
    std::optional<std::invoke_result_t<F, domain::ReadTx&>> result;
    store().read([&](domain::ReadTx& tx) { result.emplace(body(tx)); });
    return std::move(*result);
  }
  std::vector<std::string> ancestors(std::string_view unit_id, core::Date day) {
    return read([&](domain::ReadTx& tx) { return ancestors_on(tx, unit_id, day); });
  }
  void require(std::string_view unit_id) {
    store().read([&](domain::ReadTx& tx) { require_unit(tx, unit_id); });
  }
};

TEST_F(ReferenceTest, FollowsTheTreeUpwardsOnEachDay) {
  deliver(organisation_event("city", "", 1));
  deliver(organisation_event("county", "city", 1));
  deliver(organisation_event("bureau", "county", 1));
  EXPECT_THAT(ancestors("bureau", core::Date(2026, 3, 5)), ElementsAre("bureau", "county", "city"));
  deliver(moved(organisation_event("bureau", "county", 1), "city"));
  EXPECT_THAT(ancestors("bureau", core::Date(2026, 6, 30)), ElementsAre("bureau", "county", "city"));
  EXPECT_THAT(ancestors("bureau", core::Date(2026, 7, 1)), ElementsAre("bureau", "city"));
  EXPECT_THAT(ancestors("bureau", core::Date(2019, 12, 31)), IsEmpty());
}

TEST_F(ReferenceTest, CarriesTheSubtreeAlong) {
  deliver(organisation_event("city", "", 1));
  deliver(organisation_event("county", "city", 1));
  deliver(organisation_event("bureau", "county", 1));
  deliver(organisation_event("section", "bureau", 1));
  deliver(moved(organisation_event("bureau", "county", 1), "city"));
  EXPECT_THAT(ancestors("section", core::Date(2026, 7, 1)), ElementsAre("section", "bureau", "city"));
}

TEST_F(ReferenceTest, RefusesUnitsThatTheTreeDoesNotHaveToday) {
  deliver(organisation_event("city", "", 1));
  require("city");
  EXPECT_REFUSED("unit_unknown", require("nowhere"));
  EXPECT_REFUSED("unit_unknown", require(""));
  auto later = organisation_event("later", "city", 1);
  later.mutable_stretches(0)->set_valid_from("2026-03-06");
  deliver(later);
  EXPECT_REFUSED("unit_unknown", require("later"));
  advance(24h);
  require("later");
}

TEST_F(ReferenceTest, FindsNamesAndCodes) {
  deliver(organisation_event("city", "", 1));
  EXPECT_EQ(read([](domain::ReadTx& tx) { return unit_name(tx, "city"); }), "name of city");
  EXPECT_EQ(read([](domain::ReadTx& tx) { return unit_name(tx, "nowhere"); }), "");
  EXPECT_EQ(read([](domain::ReadTx& tx) { return unit_by_code(tx, "code-city"); }), "city");
  EXPECT_EQ(read([](domain::ReadTx& tx) { return unit_by_code(tx, "other"); }), "");
}

TEST_F(ReferenceTest, KeepsTheNewestStateOfAGrant) {
  identity::v1::GrantChanged grant;
  grant.set_grant_id("g");
  grant.set_user_id("u");
  grant.set_role(contract::v1::ROLE_LIAISON);
  grant.set_version(1);
  *grant.mutable_starts_at() = domain::to_proto(now());
  identity::v1::GrantChanged ended = grant;
  ended.set_version(2);
  *ended.mutable_ends_at() = domain::to_proto(now());
  deliver(ended);
  deliver(grant);
  EXPECT_EQ(value<std::int64_t>("SELECT version FROM grants WHERE id = 'g'"), 2);
  EXPECT_EQ(value<core::Timestamp>("SELECT ends_at FROM grants WHERE id = 'g'"), now());
}

TEST_F(ReferenceTest, KeepsTheNewestStateOfAKeyAUserAndADay) {
  identity::v1::ApiKeyChanged key;
  key.set_api_key_id("k");
  key.set_key_hash("hash");
  key.set_role(contract::v1::ROLE_OPERATOR);
  key.set_version(2);
  *key.mutable_expires_at() = domain::to_proto(now());
  *key.mutable_revoked_at() = domain::to_proto(now());
  deliver(key);
  key.clear_revoked_at();
  key.set_version(1);
  deliver(key);
  EXPECT_EQ(value<core::Timestamp>("SELECT revoked_at FROM api_keys"), now());

  identity::v1::UserStatusChanged user;
  user.set_user_id("u");
  user.set_version(3);
  deliver(user);
  user.set_disabled(true);
  user.set_version(2);
  deliver(user);
  EXPECT_EQ(value<bool>("SELECT disabled FROM disabled_users"), false);

  identity::v1::CalendarDayChanged day;
  day.set_day("2027-02-08");
  day.set_kind(identity::v1::DAY_KIND_ORDINARY);
  day.set_version(2);
  deliver(day);
  day.set_kind(identity::v1::DAY_KIND_HOLIDAY);
  day.set_version(1);
  deliver(day);
  EXPECT_EQ(value<std::string>("SELECT kind FROM calendar_days"), "ORDINARY");
}

TEST_F(ReferenceTest, ForgetsEndedSessionsOnceTheirTokensAreWorthless) {
  identity::v1::SessionEnded first;
  first.set_session_id("first");
  *first.mutable_ended_at() = domain::to_proto(now());
  deliver(first);
  deliver(first);
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM ended_sessions"), 1);
  advance(2h);
  identity::v1::SessionEnded second;
  second.set_session_id("second");
  *second.mutable_ended_at() = domain::to_proto(now());
  deliver(second);
  EXPECT_EQ(value<std::string>("SELECT session_id FROM ended_sessions"), "second");
}

TEST_F(ReferenceTest, KnowsTheKeysThatMayHaveSigned) {
  identity::v1::SigningKeyChanged key;
  key.set_key_id("k1");
  key.set_public_key(std::string(32, '\x01'));
  key.set_version(1);
  *key.mutable_created_at() = domain::to_proto(now());
  deliver(key);
  EXPECT_EQ(read(&signing_keys).size(), 1U);
  key.set_version(2);
  *key.mutable_retires_at() = domain::to_proto(now() + 1h);
  deliver(key);
  EXPECT_EQ(read(&signing_keys).at(0).retires_at, now() + 1h);
  EXPECT_EQ(read(&signing_keys).at(0).bytes, std::string(32, '\x01'));
  advance(1h);
  EXPECT_THAT(read(&signing_keys), IsEmpty());
}

}  // namespace
}  // namespace wenming::reference
