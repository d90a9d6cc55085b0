#include "runtime/open_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace wenming::runtime {
namespace {

TEST(OpenFilesTest, RaisesTheSoftBoundToTheHardOne) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{before.rlim_max / 2, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_open_files(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(OpenFilesTest, GivesConnectionsWhatTheProcessDoesNotNeed) {
  EXPECT_EQ(connections_within(100'000, 10'000, 400), 10'000U);
  EXPECT_EQ(connections_within(1024, 10'000, 400), 624U);
  EXPECT_EQ(connections_within(1024, 100, 400), 100U);
  EXPECT_EQ(connections_within(256, 10'000, 400), 64U) << "some, where not even the databases fit";
}

TEST(OpenFilesTest, ReckonsWithEveryDatabase) {
  EXPECT_GT(own_files(7, 2), own_files(1, 2));
  EXPECT_GT(own_files(7, 8), own_files(7, 2));
  EXPECT_LT(own_files(7, 2), 600U) << "a common bound of 1,024 leaves room for clients";
}

}  // namespace
}  // namespace wenming::runtime
