#include "identity/users.h"

#include <gmock/gmock.h>

#include "core/encoding.h"
#include "core/hash.h"
#include "identity/identity_fixture.h"

namespace wenming::identity {
namespace {

using contract::v1::ROLE_ADMIN;
using contract::v1::ROLE_AUDITOR;
using contract::v1::ROLE_LIAISON;
using contract::v1::ROLE_OFFICE;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class UsersTest : public IdentityFixture {
 protected:
  v1::User disable(const domain::Principal& who, const std::string& user_id) {
    v1::DisableUserRequest request;
    request.set_user_id(user_id);
    return call<v1::User>("DisableUser", request, who);
  }
  v1::User enable(const domain::Principal& who, const std::string& user_id) {
    v1::EnableUserRequest request;
    request.set_user_id(user_id);
    return call<v1::User>("EnableUser", request, who);
  }
  std::string reset_password(const domain::Principal& who, const std::string& user_id) {
    v1::ResetPasswordRequest request;
    request.set_user_id(user_id);
    return call<v1::ResetPasswordResponse>("ResetPassword", request, who).password();
  }
  void change_password(const domain::Principal& who, std::string_view current, std::string_view next) {
    v1::ChangePasswordRequest request;
    request.set_current_password(std::string(current));
    request.set_new_password(std::string(next));
    call<v1::ChangePasswordResponse>("ChangePassword", request, who);
  }
  std::vector<std::string> accounts(const domain::Principal& who, std::string_view account = {}) {
    v1::ListUsersRequest request;
    request.set_account(std::string(account));
    std::vector<std::string> found;
    const auto page = call<v1::ListUsersResponse>("ListUsers", request, who);
    for (const v1::User& user : page.users()) found.push_back(user.account());
    return found;
  }
};

TEST_F(UsersTest, CreatesAUserWhoCanSignIn) {
  const v1::User user = add_user("LiHua");
  EXPECT_EQ(user.account(), "lihua");
  EXPECT_EQ(user.version(), 1);
  EXPECT_EQ(sign_in("lihua").user_id(), user.id());
  EXPECT_EQ(sign_in("LIHUA").user_id(), user.id());
}

TEST_F(UsersTest, RefusesAnAccountThatIsTakenWhateverItsCapitals) {
  add_user("lihua");
  EXPECT_REFUSED("account_taken", add_user("LiHua"));
}

TEST_F(UsersTest, RefusesPasswordsThatAreTooShortOrTheAccount) {
  EXPECT_REFUSED("password_too_short", add_user(root(), "lihua", {}, "123456789"));
  EXPECT_REFUSED("password_is_account", add_user(root(), "li.hua.2026", {}, "Li.Hua.2026"));
  EXPECT_EQ(add_user(root(), "lihua", {}, "一二三四五六七八九十").account(), "lihua");
}

TEST_F(UsersTest, StoresNoPassword) {
  add_user("lihua");
  const std::string hash = value<std::string>("SELECT password_hash FROM users WHERE account = 'lihua'").value();
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << hash;
}

TEST_F(UsersTest, KeepsPasswordsFromBeingGuessedByWhatIsHashedForRepeatedRequests) {
  v1::CreateUserRequest request;
  request.set_account("lihua");
  request.set_display_name("name");
  request.set_password(std::string(kPassword));
  const testing::CallOptions options{.idempotency_key = "key", .if_match = {}};
  const std::string id = call<v1::User>("CreateUser", request, root(), options).id();
  // With a hash that anybody can make, passwords could be tried on a copy of the journal.
  store().read([&](domain::ReadTx& tx) {
    for (const domain::Row& row : tx.query("SELECT request_hash FROM journal WHERE request_hash IS NOT NULL"))
      EXPECT_NE(row.blob(0), core::bytes_of(core::sha256(request.SerializeAsString())));
  });
  EXPECT_EQ(call<v1::User>("CreateUser", request, root(), options).id(), id);
  request.set_password("another horse battery");
  EXPECT_REFUSED("idempotency_key_reused", call<v1::User>("CreateUser", request, root(), options));
}

TEST_F(UsersTest, DisablesAUserAtOnce) {
  const std::string id = add_user("lihua").id();
  const auto session = sign_in("lihua");
  EXPECT_EQ(me(bearer(session)).account(), "lihua");
  EXPECT_TRUE(disable(root(), id).disabled());
  EXPECT_REFUSED("not_signed_in", me(bearer(session)));
  EXPECT_REFUSED("sign_in_failed", sign_in("lihua"));
}

TEST_F(UsersTest, EnablesAUserWithoutRevivingTheirSessions) {
  const std::string id = add_user("lihua").id();
  const auto session = sign_in("lihua");
  disable(root(), id);
  EXPECT_FALSE(enable(root(), id).disabled());
  EXPECT_REFUSED("not_signed_in", me(bearer(session)));
  EXPECT_EQ(sign_in("lihua").user_id(), id);
}

TEST_F(UsersTest, TellsOtherServicesWhoIsDisabledAndNothingMore) {
  const std::string id = add_user("lihua").id();
  disable(root(), id);
  disable(root(), id);
  enable(root(), id);
  const auto events = published<v1::UserStatusChanged>();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_TRUE(events[0].disabled());
  EXPECT_FALSE(events[1].disabled());
  EXPECT_GT(events[1].version(), events[0].version());
}

TEST_F(UsersTest, NeverDisablesTheLastAdmin) {
  EXPECT_REFUSED("last_admin", disable(root(), root().user_id));
  user_with("second", ROLE_ADMIN);
  EXPECT_TRUE(disable(root(), root().user_id).disabled());
}

TEST_F(UsersTest, ResetsAPasswordAndShowsItOnce) {
  const std::string id = add_user("lihua").id();
  const auto session = sign_in("lihua");
  const std::string password = reset_password(root(), id);
  EXPECT_REFUSED("not_signed_in", me(bearer(session)));
  EXPECT_EQ(sign_in("lihua", password).user_id(), id);
  EXPECT_REFUSED("sign_in_failed", sign_in("lihua"));
  EXPECT_EQ(
      value<std::int64_t>("SELECT COUNT(*) FROM journal WHERE CAST(answer AS TEXT) LIKE '%' || $1 || '%'", password),
      0);
}

TEST_F(UsersTest, KeepsAnAdminOfACountyFromTakingOverWhoHoldsMore) {
  const std::string county = create("county").id();
  const domain::Principal county_admin = user_with("county-admin", ROLE_ADMIN, county);
  const std::string boss = add_user("boss", county).id();
  const std::string clerk = add_user("clerk", county).id();
  give(root(), boss, ROLE_AUDITOR, "");
  give(root(), clerk, ROLE_LIAISON, county);
  EXPECT_REFUSED("beyond_your_grants", reset_password(county_admin, boss));
  EXPECT_EQ(reset_password(county_admin, clerk).size(), 19U);
  EXPECT_TRUE(disable(county_admin, clerk).disabled());
}

TEST_F(UsersTest, LetsAnAdminStopTheirUsersWhateverThoseWereGrantedElsewhere) {
  const std::string county = create("county").id();
  const std::string other = create("other").id();
  const domain::Principal county_admin = user_with("county-admin", ROLE_ADMIN, county);
  const std::string clerk = add_user("clerk", county).id();
  const auto session = sign_in("clerk");
  give(user_with("other-office", ROLE_OFFICE, other), clerk, ROLE_LIAISON, other);
  EXPECT_TRUE(disable(county_admin, clerk).disabled());
  EXPECT_REFUSED("not_signed_in", me(bearer(session)));
  EXPECT_REFUSED("beyond_your_grants", enable(county_admin, clerk));
}

TEST_F(UsersTest, SearchesAccountsOnlyForThoseWhoSeeThem) {
  const std::string county = create("county").id();
  add_user("lihua", county);
  const domain::Principal office = user_with("office", ROLE_OFFICE, county);
  EXPECT_THAT(accounts(office), ElementsAre("lihua"));
  EXPECT_REFUSED("filter_masked", accounts(office, "lihua"));
  EXPECT_THAT(accounts(user_with("county-admin", ROLE_ADMIN, county), "lihua"), ElementsAre("lihua"));
}

TEST_F(UsersTest, KeepsAnAdminOfACountyToItsUsers) {
  const std::string county = create("county").id();
  const std::string other = create("other").id();
  const domain::Principal county_admin = user_with("county-admin", ROLE_ADMIN, county);
  add_user("theirs", county);
  const std::string stranger = add_user("stranger", other).id();
  EXPECT_THAT(accounts(county_admin), ElementsAre("theirs"));
  EXPECT_REFUSED("not_found", disable(county_admin, stranger));
  EXPECT_REFUSED("not_found", add_user(county_admin, "new", other));
  EXPECT_EQ(add_user(county_admin, "new", county).unit_id(), county);
}

TEST_F(UsersTest, ChangesTheOwnPasswordAndEndsTheOtherSessions) {
  add_user("lihua");
  const auto here = sign_in("lihua");
  const auto elsewhere = sign_in("lihua");
  change_password(bearer(here), kPassword, "another password");
  EXPECT_EQ(me(bearer(here)).account(), "lihua");
  EXPECT_REFUSED("not_signed_in", me(bearer(elsewhere)));
  EXPECT_EQ(sign_in("lihua", "another password").user_id(), here.user_id());
}

TEST_F(UsersTest, CountsAWrongPresentPasswordAsAFailedSignIn) {
  add_user("lihua");
  const auto session = sign_in("lihua");
  EXPECT_REFUSED("password_wrong", change_password(bearer(session), "not the password", "another password"));
  EXPECT_REFUSED("too_many", change_password(bearer(session), kPassword, "another password"));
  EXPECT_REFUSED("too_many", sign_in("lihua"));
}

TEST_F(UsersTest, ListsUsersByAccount) {
  add_user("lihua");
  add_user("wangfang");
  EXPECT_THAT(accounts(root()), ElementsAre("wangfang", "lihua", "admin"));
  EXPECT_THAT(accounts(root(), "LiHua"), ElementsAre("lihua"));
  EXPECT_THAT(accounts(root(), "nobody"), IsEmpty());
}

TEST_F(UsersTest, ShowsNamesInTheClearToAdminsAndToOneself) {
  const std::string county = create("county").id();
  const std::string id = add_user("lihua", county).id();
  const domain::Principal office = user_with("office", ROLE_OFFICE, county);
  v1::GetUserRequest request;
  request.set_user_id(id);
  EXPECT_TRUE(outcome("GetUser", request, root()).unmasked);
  EXPECT_TRUE(outcome("GetUser", request, as(id)).unmasked);
  EXPECT_FALSE(outcome("GetUser", request, office).unmasked);
  request.set_user_id(root().user_id);
  EXPECT_REFUSED("not_found", outcome("GetUser", request, as(id)));
}

TEST_F(UsersTest, TellsTheCallerWhoTheyAreAndWhatTheyMayDo) {
  const std::string county = create("county").id();
  const domain::Principal liaison = user_with("lihua", ROLE_LIAISON, county);
  const v1::Me caller = me(liaison);
  EXPECT_EQ(caller.user_id(), liaison.user_id);
  EXPECT_EQ(caller.display_name(), "name of lihua");
  ASSERT_EQ(caller.roles_size(), 1);
  EXPECT_EQ(caller.roles(0).role(), ROLE_LIAISON);
  EXPECT_EQ(caller.roles(0).unit_id(), county);
  EXPECT_EQ(caller.roles(0).unit_name(), "name of county");
}

}  // namespace
}  // namespace wenming::identity
