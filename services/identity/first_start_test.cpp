#include "identity/first_start.h"

#include <gmock/gmock.h>

#include <fstream>

#include "identity/identity_fixture.h"

namespace wenming::identity {
namespace {

using contract::v1::ROLE_ADMIN;
using contract::v1::ROLE_OFFICE;

class FirstStartTest : public IdentityFixture {};

TEST_F(FirstStartTest, MakesAnAdminOfTheWholeDeploymentWhoseMadePasswordIsToldOnce) {
  const std::string notice = service().first_start_notice()();
  const std::string password = notice.substr(notice.rfind(' ') + 1);
  EXPECT_EQ(password.size(), 19U) << notice;
  EXPECT_EQ(service().first_start_notice()(), "");
  const v1::Me admin = me(bearer(sign_in("admin", password)));
  ASSERT_EQ(admin.roles_size(), 2);
  EXPECT_THAT((std::vector{admin.roles(0).role(), admin.roles(1).role()}),
              ::testing::UnorderedElementsAre(ROLE_ADMIN, ROLE_OFFICE));
  EXPECT_EQ(admin.roles(0).unit_id(), "");
}

/// A store that begins with a file for the admin's password.
class FileStart : public testing::ServiceFixture {
 public:
  explicit FileStart(const std::string& file)
      : ServiceFixture(&identity::service,
                       {{"identity.password_memory_kib", "64"}, {"identity.admin_password_file", file}}) {}

  bool admin_signs_in_with(const std::string& password) {
    v1::CreateSessionRequest request;
    request.set_account("admin");
    request.set_password(password);
    return !call<v1::SessionTokens>("CreateSession", request, anonymous()).access_token().empty();
  }
  std::string notice() { return service().first_start_notice()(); }

 private:
  void TestBody() override {}
};

TEST(FirstStartFileTest, TakesThePasswordFromAFile) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder.path() / "password").string();
  std::ofstream(path) << "from a file, at last\r\n";
  FileStart start(path);
  EXPECT_TRUE(start.admin_signs_in_with("from a file, at last"));
  EXPECT_EQ(start.notice(), "");
}

TEST(FirstStartFileTest, DoesNotStartWithAFileThatHoldsNoFitPassword) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder.path() / "password").string();
  EXPECT_THROW(FileStart{path}, std::runtime_error);
  std::ofstream(path) << "short\n";
  EXPECT_THROW(FileStart{path}, std::runtime_error);
}

}  // namespace
}  // namespace wenming::identity
