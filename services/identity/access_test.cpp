#include <gmock/gmock.h>

#include <chrono>

#include "auth/secrets.h"
#include "identity/identity_fixture.h"

namespace wenming::identity {
namespace {

using namespace std::chrono_literals;
using contract::v1::Role;
using contract::v1::ROLE_ADMIN;
using contract::v1::ROLE_CITIZEN;
using contract::v1::ROLE_INSPECTOR;
using contract::v1::ROLE_LIAISON;
using contract::v1::ROLE_OFFICE;
using contract::v1::ROLE_OPERATOR;
using contract::v1::ROLE_USER;

class AccessTest : public IdentityFixture {
 protected:
  AccessTest() : county(create("county").id()), bureau(create("bureau", county).id()), other(create("other").id()) {}

  v1::Grant end(const domain::Principal& who, const std::string& grant_id) {
    v1::EndGrantRequest request;
    request.set_grant_id(grant_id);
    return call<v1::Grant>("EndGrant", request, who);
  }
  int grants_seen(const domain::Principal& who, const std::string& user_id = {}) {
    v1::ListGrantsRequest request;
    request.set_user_id(user_id);
    return call<v1::ListGrantsResponse>("ListGrants", request, who).grants_size();
  }
  v1::CreateApiKeyResponse key(const domain::Principal& who, Role role, const std::string& unit_id,
                               std::chrono::microseconds lifetime = 24h) {
    v1::CreateApiKeyRequest request;
    request.set_name("12345 intake");
    request.set_role(role);
    request.set_unit_id(unit_id);
    *request.mutable_expires_at() = domain::to_proto(now() + lifetime);
    return call<v1::CreateApiKeyResponse>("CreateApiKey", request, who);
  }
  static domain::Principal bearer_of(const v1::CreateApiKeyResponse& made) {
    return {{}, {}, auth::hash_of_secret(made.secret())};
  }

  std::string county, bureau, other;
};

TEST_F(AccessTest, GivesARoleThatHoldsAtOnce) {
  const std::string id = add_user("lihua").id();
  const v1::Grant grant = give(root(), id, ROLE_LIAISON, bureau);
  EXPECT_EQ(grant.user_id(), id);
  EXPECT_EQ(domain::from_proto(grant.starts_at()), now());
  EXPECT_FALSE(grant.has_ends_at());
  EXPECT_EQ(me(as(id)).roles_size(), 1);
}

TEST_F(AccessTest, EndsARoleAtOnce) {
  const std::string id = add_user("lihua").id();
  const std::string grant_id = give(root(), id, ROLE_LIAISON, bureau).id();
  EXPECT_TRUE(end(root(), grant_id).has_ends_at());
  EXPECT_EQ(me(as(id)).roles_size(), 0);
  EXPECT_REFUSED("grant_ended", end(root(), grant_id));
}

TEST_F(AccessTest, EndsARoleOnItsDay) {
  const std::string id = add_user("lihua").id();
  v1::CreateGrantRequest request;
  request.set_user_id(id);
  request.set_role(ROLE_INSPECTOR);
  request.set_unit_id(bureau);
  *request.mutable_ends_at() = domain::to_proto(now() + 24h);
  call<v1::Grant>("CreateGrant", request, root());
  EXPECT_EQ(me(as(id)).roles_size(), 1);
  advance(24h);
  EXPECT_EQ(me(as(id)).roles_size(), 0);
  *request.mutable_ends_at() = domain::to_proto(now());
  EXPECT_REFUSED("moment_out_of_range", call<v1::Grant>("CreateGrant", request, root()));
}

TEST_F(AccessTest, RefusesRolesThatEverybodyHas) {
  const std::string id = add_user("lihua").id();
  EXPECT_REFUSED("role_not_grantable", give(root(), id, ROLE_CITIZEN, bureau));
  EXPECT_REFUSED("role_not_grantable", give(root(), id, ROLE_USER, bureau));
}

TEST_F(AccessTest, RefusesUnknownUsersAndUnits) {
  const std::string id = add_user("lihua").id();
  EXPECT_REFUSED("not_found", give(root(), county, ROLE_LIAISON, bureau));
  EXPECT_REFUSED("unit_unknown", give(root(), id, ROLE_LIAISON, id));
}

TEST_F(AccessTest, LetsAnOfficeGiveEveryRoleButAdminBelowItsNode) {
  const domain::Principal office = user_with("office", ROLE_OFFICE, county);
  const std::string id = add_user("lihua").id();
  EXPECT_EQ(give(office, id, ROLE_LIAISON, bureau).unit_id(), bureau);
  EXPECT_EQ(give(office, id, ROLE_OFFICE, county).unit_id(), county);
  EXPECT_REFUSED("beyond_your_grants", give(office, id, ROLE_ADMIN, bureau));
  EXPECT_REFUSED("not_found", give(office, id, ROLE_LIAISON, other));
  EXPECT_REFUSED("not_found", give(office, id, ROLE_LIAISON, ""));
}

TEST_F(AccessTest, JudgesEachRoleByWhereItWasGranted) {
  const domain::Principal mixed = user_with("mixed", ROLE_OFFICE, county);
  give(root(), mixed.user_id, ROLE_ADMIN, other);
  const std::string id = add_user("lihua").id();
  EXPECT_EQ(give(mixed, id, ROLE_ADMIN, other).role(), ROLE_ADMIN);
  EXPECT_REFUSED("beyond_your_grants", give(mixed, id, ROLE_ADMIN, county));
}

TEST_F(AccessTest, LetsAnOfficeTakeNoMoreThanItMayGive) {
  const domain::Principal office = user_with("office", ROLE_OFFICE, county);
  const std::string id = add_user("lihua").id();
  const std::string admin_there = give(root(), id, ROLE_ADMIN, bureau).id();
  const std::string liaison_there = give(root(), id, ROLE_LIAISON, bureau).id();
  EXPECT_REFUSED("beyond_your_grants", end(office, admin_there));
  EXPECT_TRUE(end(office, liaison_there).has_ends_at());
}

TEST_F(AccessTest, KeepsTheLastAdmin) {
  const std::string only =
      value<std::string>("SELECT id FROM grants WHERE role = 'ADMIN' AND unit_id = '' LIMIT 1").value();
  EXPECT_REFUSED("last_admin", end(root(), only));
  user_with("second", ROLE_ADMIN);
  EXPECT_TRUE(end(root(), only).has_ends_at());
}

TEST_F(AccessTest, ShowsGrantsOfTheSubtreeAndOnesOwn) {
  const domain::Principal office = user_with("office", ROLE_OFFICE, county);
  const domain::Principal liaison = user_with("liaison", ROLE_LIAISON, bureau);
  user_with("elsewhere", ROLE_LIAISON, other);
  EXPECT_EQ(grants_seen(office), 2);
  EXPECT_EQ(grants_seen(office, liaison.user_id), 1);
  EXPECT_EQ(grants_seen(liaison), 1);
  EXPECT_EQ(grants_seen(root()), 5);
}

TEST_F(AccessTest, MakesAKeyThatActsWithItsRole) {
  const v1::CreateApiKeyResponse made = key(root(), ROLE_OPERATOR, bureau);
  EXPECT_TRUE(auth::is_api_key(made.secret()));
  const v1::Me caller = me(bearer_of(made));
  EXPECT_EQ(caller.api_key_id(), made.api_key().id());
  EXPECT_EQ(caller.display_name(), "12345 intake");
  ASSERT_EQ(caller.roles_size(), 1);
  EXPECT_EQ(caller.roles(0).role(), ROLE_OPERATOR);
}

TEST_F(AccessTest, StoresOfAKeyOnlyItsHash) {
  const v1::CreateApiKeyResponse made = key(root(), ROLE_OPERATOR, bureau);
  EXPECT_EQ(value<std::string>("SELECT key_hash FROM api_keys"), auth::hash_of_secret(made.secret()));
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM journal WHERE CAST(answer AS TEXT) LIKE '%' || $1 || '%'",
                                made.secret()),
            0);
}

TEST_F(AccessTest, RevokesAKeyAtOnce) {
  const v1::CreateApiKeyResponse made = key(root(), ROLE_OPERATOR, bureau);
  v1::RevokeApiKeyRequest request;
  request.set_api_key_id(made.api_key().id());
  EXPECT_TRUE(call<v1::ApiKey>("RevokeApiKey", request, root()).has_revoked_at());
  EXPECT_REFUSED("not_signed_in", me(bearer_of(made)));
  EXPECT_REFUSED("api_key_revoked", call<v1::ApiKey>("RevokeApiKey", request, root()));
}

TEST_F(AccessTest, GivesAKeyAnotherSecretWithoutAGap) {
  const v1::CreateApiKeyResponse made = key(root(), ROLE_OPERATOR, bureau, 24h * 10);
  v1::RotateApiKeyRequest request;
  request.set_api_key_id(made.api_key().id());
  const auto rotate = [&] { return call<v1::CreateApiKeyResponse>("RotateApiKey", request, root()); };
  const v1::CreateApiKeyResponse second = rotate();
  EXPECT_NE(second.secret(), made.secret());
  EXPECT_EQ(second.api_key().id(), made.api_key().id());
  EXPECT_EQ(domain::from_proto(second.api_key().previous_good_until()), now() + 24h);
  EXPECT_EQ(me(bearer_of(made)).api_key_id(), me(bearer_of(second)).api_key_id());
  advance(24h);
  EXPECT_REFUSED("not_signed_in", me(bearer_of(made)));
  EXPECT_EQ(me(bearer_of(second)).roles_size(), 1);

  const v1::CreateApiKeyResponse third = rotate();
  request.set_overlap_hours(0);
  const v1::CreateApiKeyResponse fourth = rotate();
  EXPECT_REFUSED("not_signed_in", me(bearer_of(second)));
  EXPECT_REFUSED("not_signed_in", me(bearer_of(third)));
  EXPECT_EQ(me(bearer_of(fourth)).roles_size(), 1);

  v1::RevokeApiKeyRequest revoke;
  revoke.set_api_key_id(made.api_key().id());
  call<v1::ApiKey>("RevokeApiKey", revoke, root());
  EXPECT_REFUSED("not_signed_in", me(bearer_of(fourth)));
  EXPECT_REFUSED("api_key_revoked", rotate());
}

TEST_F(AccessTest, GivesAKeyThatHasRunOutALongerLifeOnlyWhereItIsStated) {
  v1::RotateApiKeyRequest request;
  request.set_api_key_id(key(root(), ROLE_OPERATOR, bureau, 1h).api_key().id());
  advance(1h);
  const auto rotate = [&] { return call<v1::CreateApiKeyResponse>("RotateApiKey", request, root()); };
  EXPECT_REFUSED("api_key_expired", rotate());
  *request.mutable_expires_at() = domain::to_proto(now() + 24h);
  EXPECT_EQ(me(bearer_of(rotate())).roles_size(), 1);
}

TEST_F(AccessTest, LetsAKeyExpire) {
  const v1::CreateApiKeyResponse made = key(root(), ROLE_OPERATOR, bureau, 1h);
  EXPECT_EQ(me(bearer_of(made)).roles_size(), 1);
  advance(1h);
  EXPECT_REFUSED("not_signed_in", me(bearer_of(made)));
}

TEST_F(AccessTest, BoundsTheLifeOfAKey) {
  EXPECT_REFUSED("moment_out_of_range", key(root(), ROLE_OPERATOR, bureau, 0h));
  EXPECT_REFUSED("moment_out_of_range", key(root(), ROLE_OPERATOR, bureau, 24h * 800));
}

TEST_F(AccessTest, ListsKeysOfTheSubtree) {
  key(root(), ROLE_OPERATOR, bureau);
  key(root(), ROLE_OPERATOR, other);
  const domain::Principal county_admin = user_with("county-admin", ROLE_ADMIN, county);
  const auto seen = call<v1::ListApiKeysResponse>("ListApiKeys", v1::ListApiKeysRequest(), county_admin);
  ASSERT_EQ(seen.api_keys_size(), 1);
  EXPECT_EQ(seen.api_keys(0).name(), "12345 intake");
  EXPECT_EQ(seen.api_keys(0).unit_id(), bureau);
  EXPECT_REFUSED("not_found", key(county_admin, ROLE_OPERATOR, other));
}

}  // namespace
}  // namespace wenming::identity
