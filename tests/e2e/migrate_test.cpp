// Installations whose databases are made before the services start, as those for a city are.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/empty_databases.h"
#include "e2e/server_process.h"

namespace wenming::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kRefused = 1;

MATCHER_P2(Ends, exit_code, output, "") {
  *result_listener << "exit code " << arg.exit_code << " and the output\n" << arg.output;
  return arg.exit_code == exit_code && ::testing::Matches(output)(arg.output);
}

class MigrateTest : public ::testing::Test {
 protected:
  void migrate_serve_and_sign_in(const std::string& store, const std::vector<std::string>& settings = {}) const {
    for (int times = 1; times <= 2; ++times) {
      EXPECT_THAT(run_wenming({"migrate", "--store", store}),
                  Ends(0, AllOf(HasSubstr("up to date"), Not(HasSubstr("assword")))));
    }
    ServerProcess server(folder_.path() / "data", settings, ServerProcess::FirstPassword::FromFile, store);
    EXPECT_GT(server.admin().get("/v1/users").MemberCount(), 0U);
    EXPECT_THAT(server.log(), Not(HasSubstr("First sign-in")));
  }

  const TemporaryFolder folder_;
};

TEST_F(MigrateTest, LeavesTheFirstPasswordToTheFirstStartInAFolder) {
  migrate_serve_and_sign_in("sqlite:" + (folder_.path() / "data").string());
}

TEST_F(MigrateTest, LeavesTheFirstPasswordToTheFirstStartOnPostgres) {
  const EmptyDatabases databases(folder_.path().filename().string());
  const std::string keys = (folder_.path() / "keys").string();
  ASSERT_THAT(run_wenming({"keys", "make", keys}), Ends(0, HasSubstr("")));
  migrate_serve_and_sign_in(databases.url(), {"keys.file=" + keys});
}

TEST_F(MigrateTest, ComesBeforeServeOnDatabasesThatOthersMayServeFrom) {
  const EmptyDatabases databases(folder_.path().filename().string());
  const std::vector<std::string> serve{"serve", "--listen", "127.0.0.1:0", "--store", databases.url()};
  EXPECT_THAT(run_wenming(serve), Ends(kRefused, AllOf(HasSubstr("identity"), HasSubstr("run `wenming migrate`"))));
  EXPECT_THAT(run_wenming(serve), Ends(kRefused, HasSubstr("run `wenming migrate`")))
      << "nothing was made by the first";
}

}  // namespace
}  // namespace wenming::e2e
