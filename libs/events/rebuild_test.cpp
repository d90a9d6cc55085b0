#include "events/rebuild.h"

#include <gmock/gmock.h>

#include <future>

#include "events/test_support.h"

namespace wenming::events::testing {
namespace {

constexpr std::string_view kSeen = "SELECT event FROM seen ORDER BY number";

class RebuildTest : public ::testing::Test {
 protected:
  ReadModel rebuild_into(Database& fresh, const std::stop_token& stop = {}) {
    return rebuild([&] { return fresh.shared_store(); }, handlers_of(fresh), sources_, fast(), stop,
                   [](std::int64_t) {});
  }

  Database volunteer_{publisher()};
  std::vector<std::shared_ptr<EventSource>> sources_{volunteer_.source};
};

TEST_F(RebuildTest, BuildsACopyThatEqualsTheLiveOneAndStaysUpToDate) {
  Database live(listener()), fresh(listener());
  for (int version = 1; version <= 50; ++version) volunteer_.publish({change("a", version)});
  consume(live, sources_);
  ReadModel rebuilt = rebuild_into(fresh);
  EXPECT_EQ(fresh.column(kSeen), live.column(kSeen));
  volunteer_.publish({change("a", 51)});
  wait_until([&] { return fresh.value<int>("SELECT COUNT(*) FROM seen") == 51; }, "the fresh copy follows");
}

TEST_F(RebuildTest, StopsWhenAsked) {
  std::promise<void> never_ends;
  Database fresh(listener([held = never_ends.get_future().share()](domain::Tx& tx, const VolunteerChanged& event) {
    held.wait();
    write_down(tx, event);
  }));
  volunteer_.publish({change("a", 1)});
  std::stop_source stop;
  auto rebuilding = std::async(std::launch::async, [&] { return rebuild_into(fresh, stop.get_token()); });
  stop.request_stop();
  never_ends.set_value();
  // Either it saw the request in time, or it was done before.
  try {
    rebuilding.get();
  } catch (const RebuildStopped& stopped) {
    EXPECT_STREQ(stopped.what(), "the rebuild was cancelled");
  }
}

TEST_F(RebuildTest, GivesUpOnALogThatCannotBeReadOn) {
  Database fresh(listener());
  volunteer_.publish({change("a", 1)});
  commit(fresh.store(), "test", [](domain::Tx& tx) {
    tx.run(
        "INSERT INTO consumer_positions (source, log_partition, epoch, position, sequence, event_index) VALUES "
        "('volunteer', 0, 'old', 0, 0, 0)");
  });
  EXPECT_THROW(rebuild_into(fresh), RebuildStopped);
}

}  // namespace
}  // namespace wenming::events::testing
