#include "faults/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <stdexcept>

#include "faults/county.h"
#include "faults/load.h"

namespace wenming::faults {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Changes a database behind the server's back.
void meddle(const std::filesystem::path& database, const char* sql) {
  sqlite3* connection = nullptr;
  sqlite3_open(database.c_str(), &connection);
  const int code = sqlite3_exec(connection, sql, nullptr, nullptr, nullptr);
  const std::string error = sqlite3_errmsg(connection);
  const int changed = sqlite3_changes(connection);
  sqlite3_close(connection);
  if (code != SQLITE_OK || changed == 0) throw std::runtime_error(std::string(sql) + ": " + error);
}

/// The tests of this folder are worth as much as their judge sees: here, whatever they look for has really happened.
TEST(JudgeTest, NoticesWhatWasLostDoubledAndMiscounted) {
  const e2e::TemporaryFolder folder;
  const auto data = folder.path() / "data";
  e2e::ServerProcess server(data);
  const County county = make_county(server, 4);
  Load load(county, server, seed_of_this_run(), 2);
  load.play_while(
      [&] { EXPECT_TRUE(e2e::eventually([&] { return load.tally().acknowledged >= 150; })) << load.tally().text(); });
  EXPECT_THAT(judge(server, county, load), IsEmpty());

  server.stop();
  meddle(data / "volunteer.sqlite", "DELETE FROM hour_entries WHERE id = (SELECT id FROM hour_entries LIMIT 1)");
  meddle(data / "hotline.sqlite",
         "UPDATE cases SET version = version + 1 WHERE id = (SELECT id FROM cases ORDER BY received_at DESC LIMIT 1)");
  meddle(
      data / "publicity.sqlite",
      "INSERT INTO placements SELECT '01900000-0000-7000-8000-000000000000', version, unit_id, medium, theme, place, "
      "position_datum, position_longitude, position_latitude, wgs84_longitude, wgs84_latitude, installed_on, "
      "expires_on, state, condition, replacement_due_at, replaces_id, replaced_by_id FROM placements LIMIT 1");
  meddle(data / "dashboard.sqlite", "UPDATE month_counters SET amount = amount + 1 WHERE metric = 'INSPECTIONS'");
  meddle(data / "identity.sqlite", "UPDATE journal SET subject = 'another' WHERE sequence = 2");
  EXPECT_THAT(judge_journals(data), Contains(HasSubstr("identity: broken at row 2")));
  server.start();

  const Complaints complaints = judge(server, county, load);
  EXPECT_THAT(complaints, Contains(HasSubstr("0 applied")));
  EXPECT_THAT(complaints, Contains(HasSubstr("is there 2 times")));
  EXPECT_THAT(complaints, Contains(HasSubstr("entries in its history")));
  EXPECT_THAT(complaints, Contains(HasSubstr("inspections of unit")));
}

}  // namespace
}  // namespace wenming::faults
