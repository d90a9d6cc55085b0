#include "identity/user_import.h"

#include <gmock/gmock.h>

#include "identity/identity_fixture.h"

namespace wenming::identity {
namespace {

using contract::v1::Job;
using contract::v1::ROLE_ADMIN;
using contract::v1::ROLE_LIAISON;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class UserImportTest : public IdentityFixture {
 protected:
  UserImportTest() : county_(create("county").id()), bureau_(create("bureau", county_).id()) {}

  Job import(const std::string& rows, const domain::Principal& by, const std::string& unit_id = {}) {
    v1::ImportUsersRequest request;
    request.set_content("account,display_name,unit_code,role\n" + rows);
    request.set_unit_id(unit_id);
    return run_job("ImportUsers", request, by);
  }
  Job import(const std::string& rows) { return import(rows, root()); }
  std::string user_id(std::string_view account) {
    return value<std::string>("SELECT id FROM users WHERE account = $1", account).value_or("");
  }
  std::int64_t roles_of(std::string_view account) {
    return value<std::int64_t>("SELECT COUNT(*) FROM grants WHERE user_id = $1", user_id(account)).value();
  }

  const std::string county_, bureau_;
};

TEST_F(UserImportTest, MakesUsersWithTheirUnitAndRole) {
  EXPECT_EQ(import("LiHua,李华,bureau,liaison\nwang,王芳,county,\n").taken(), 2);
  EXPECT_EQ(value<std::string>("SELECT unit_id FROM users WHERE account = 'lihua'"), bureau_);
  EXPECT_EQ(value<std::string>("SELECT role FROM grants WHERE user_id = $1", user_id("lihua")), "LIAISON");
  EXPECT_EQ(roles_of("wang"), 0);
}

TEST_F(UserImportTest, LetsNobodySignInBeforeTheyHaveAPassword) {
  import("lihua,李华,bureau,\n");
  EXPECT_REFUSED("sign_in_failed", sign_in("lihua", kPassword));
  v1::ResetPasswordRequest request;
  request.set_user_id(user_id("lihua"));
  const auto reset = call<v1::ResetPasswordResponse>("ResetPassword", request, root());
  advance(std::chrono::hours(1));
  EXPECT_FALSE(sign_in("lihua", reset.password()).access_token().empty());
}

TEST_F(UserImportTest, ChangesNothingByTheSameFileAgainAndAddsARoleThatIsMissing) {
  import("lihua,李华,bureau,\n");
  EXPECT_EQ(import("lihua,李华,bureau,\n").unchanged(), 1);
  EXPECT_EQ(import("lihua,李华,bureau,liaison\n").taken(), 1);
  EXPECT_EQ(import("lihua,李华,bureau,liaison\n").unchanged(), 1);
  EXPECT_EQ(roles_of("lihua"), 1);
}

TEST_F(UserImportTest, NamesEveryCellThatCannotBeUsedWithoutShowingWhoItIsOf) {
  import("known,李华,bureau,\n");
  const Job job = import(
      "known,王芳,bureau,\n"
      "李华华,李华华,bureau,\n"
      "chen,,nowhere,king\n"
      "zhao,赵敏,bureau,citizen\n"
      "zhao,赵敏,bureau,\n");
  EXPECT_THAT(errors_of(job), ElementsAre("2/2 account DIFFERS", "3/3 account NOT_VALID", "4/4 display_name BLANK",
                                          "4/4 unit_code UNKNOWN_UNIT", "4/4 role NOT_VALID", "5/5 role NOT_VALID",
                                          "6/6 account REPEATED"));
  EXPECT_EQ(job.taken(), 0);
  EXPECT_THAT(error_file_of(job), Not(HasSubstr("李华华")));
  EXPECT_THAT(error_file_of(job), HasSubstr("李**"));
}

TEST_F(UserImportTest, KeepsAnAdminToTheirSubtreeAndRank) {
  const domain::Principal admin = user_with("bureau.admin", ROLE_ADMIN, bureau_);
  EXPECT_THAT(errors_of(import("a1,a,bureau,admin\na2,a,county,liaison\n", admin, bureau_)),
              ElementsAre("3/3 unit_code OUTSIDE", "3/3 role BEYOND_YOUR_GRANTS"));
  EXPECT_EQ(roles_of("a1"), 1);
  EXPECT_REFUSED("not_found", import("a3,a,bureau,\n", admin)) << "all units are not theirs";
}

TEST_F(UserImportTest, OnlySaysWhatWouldHappenOnADryRun) {
  v1::ImportUsersRequest request;
  request.set_content("account,display_name,unit_code\nlihua,李华,bureau\n");
  request.set_dry_run(true);
  const Job job = run_job("ImportUsers", request, root());
  EXPECT_EQ(job.taken(), 1);
  EXPECT_THAT(errors_of(job), IsEmpty());
  EXPECT_EQ(user_id("lihua"), "");
}

}  // namespace
}  // namespace wenming::identity
