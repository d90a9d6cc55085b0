#include "runtime/postgres_databases.h"

#include <gmock/gmock.h>

#include <stdexcept>

namespace wenming::runtime {
namespace {

TEST(PostgresDatabasesTest, TellTheirPlaceWithoutAPassword) {
  EXPECT_EQ(PostgresDatabases("postgresql://u:sesame@db/x_{service}").place(), "postgresql://u:***@db/x_{service}");
  EXPECT_EQ(PostgresDatabases("postgresql://db/x_{service}?user=u&password=sesame").place(),
            "postgresql://db/x_{service}?user=u&password=***");
}

TEST(PostgresDatabasesTest, RefuseAUrlThatLibpqWouldComplainAboutAloud) {
  for (const char* url : {"postgresql://u:sesame%zz@db/x_{service}", "postgresql://u:ses/ame@db/x_{service}",
                          "postgresql://db/x_{service}?password"})
    EXPECT_THROW(PostgresDatabases::check(url), std::invalid_argument) << url;
  for (const char* url : {"postgresql://", "postgresql://u:p%40ss@db1:5432,db2/x_{service}?sslmode=require",
                          "postgresql:///x_{service}?host=/run/postgresql&port=5433"})
    EXPECT_NO_THROW(PostgresDatabases::check(url)) << url;
}

}  // namespace
}  // namespace wenming::runtime
