// Live streams of the running server, as a browser's EventSource would use them.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "e2e/small_county.h"

namespace wenming::e2e {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using Clock = std::chrono::steady_clock;

/// One Server-Sent Event.
struct Event {
  std::string type, id, data;
  Clock::time_point came_at;

  /// The figure of an overview.
  [[nodiscard]] std::int64_t points() const {
    rapidjson::Document overview;
    overview.Parse(data.c_str());
    return overview.HasParseError() || !overview.HasMember("figures")
               ? -1
               : runtime::number_of(overview["figures"], "points");
  }
};

using IsLast = std::function<bool(const Event&)>;

IsLast shows_points(std::int64_t count) {
  return [count](const Event& event) { return event.type == "value" && event.points() >= count; };
}

IsLast first_value() {
  return [](const Event& event) { return event.type == "value"; };
}

/// Follows a stream on a thread of its own until an event is the last one wanted, or the server ends the stream.
class Listener {
 public:
  Listener(DirectClient client, std::string target, std::string last_event_id, IsLast is_last)
      : is_last_(std::move(is_last)),
        thread_([this, client = std::move(client), target = std::move(target),
                 id = std::move(last_event_id)]() mutable { listen(client, target, id); }) {}
  ~Listener() { gives_up_ = true; }  // noticed with the next line: the server's heartbeats come before long
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Waits until so many events have come.
  bool hears(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return events_.size() >= count; });
  }
  /// Waits until the last event has come or the stream has ended.
  bool ends() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return ended_; });
  }
  std::vector<Event> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  /// Once the stream has ended.
  http::Reply head() {
    const std::lock_guard lock(mutex_);
    return head_;
  }

 private:
  void listen(DirectClient& client, const std::string& target, const std::string& last_event_id) {
    http::Headers headers{{"Accept", "text/event-stream"}};
    if (!last_event_id.empty()) headers.add("Last-Event-ID", last_event_id);
    http::Reply head;
    try {
      head = client.read_lines(target, headers, [this](std::string_view line) { return take(line); });
    } catch (const std::exception& cut_off) {
      head.body = cut_off.what();
    }
    const std::lock_guard lock(mutex_);
    head_ = std::move(head);
    ended_ = true;
    changed_.notify_all();
  }

  bool take(std::string_view line) {
    const auto field = [&](std::string_view name, std::string& value) {
      if (line.starts_with(name)) value = line.substr(name.size());
    };
    field("event: ", next_.type);
    field("id: ", next_.id);
    field("data: ", next_.data);
    if (!line.empty() || next_.type.empty()) return !gives_up_;
    next_.came_at = Clock::now();
    const bool last = is_last_(next_);
    const std::lock_guard lock(mutex_);
    events_.push_back(std::exchange(next_, {}));
    changed_.notify_all();
    return !last && !gives_up_;
  }

  const IsLast is_last_;
  Event next_;
  std::atomic<bool> gives_up_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Event> events_;
  http::Reply head_;
  bool ended_ = false;
  std::jthread thread_;
};

class LiveStreamTest : public ::testing::Test {
 protected:
  LiveStreamTest() { county_.settle(); }

  [[nodiscard]] DirectClient office() const { return DirectClient(server_.url(), office_.token()); }

  void make_point() {
    expect_success(office_.post("/v1/points", fmt::format(R"({{"name":"p","unit_id":"{}"}})", county_.east_community)));
  }

  /// The first value of the stream as it stands.
  Event value_now() {
    Listener listener(office(), target_, "", first_value());
    if (!listener.ends() || listener.events().empty()) throw std::runtime_error("no value: " + listener.head().body);
    return listener.events().front();
  }

  void wait_for_open_streams(int count) {
    const std::string sample = fmt::format("wenming_live_streams{{service=\"dashboard\"}} {}\n", count);
    ASSERT_TRUE(eventually([&] { return server_.metrics().find(sample) != std::string::npos; }));
  }

  const TemporaryFolder folder_;
  ServerProcess server_{folder_.path() / "data"};
  SmallCounty county_{server_};
  DirectClient office_ = county_.caller("OFFICE", county_.east);
  const std::string target_ = "/v1/dashboard/stream?unit_id=" + county_.east;
};

TEST_F(LiveStreamTest, BeginsWithTheValueAsItStands) {
  make_point();
  county_.settle();
  Listener listener(office(), target_, "", first_value());
  ASSERT_TRUE(listener.ends());
  ASSERT_EQ(listener.events().size(), 1U);
  EXPECT_EQ(listener.events().front().points(), 1);
  EXPECT_THAT(listener.events().front().id, Not(IsEmpty()));
  EXPECT_THAT(std::string(listener.head().headers.get("Content-Type")), StartsWith("text/event-stream"));
}

TEST_F(LiveStreamTest, TellsEveryWrite) {
  constexpr std::size_t kWrites = 20;
  Listener listener(office(), target_, "", shows_points(kWrites));
  ASSERT_TRUE(listener.hears(1));
  std::vector<double> lateness;
  for (std::size_t i = 1; i <= kWrites; ++i) {
    make_point();
    const auto acknowledged = Clock::now();
    ASSERT_TRUE(listener.hears(i + 1));
    const Event event = listener.events().back();
    EXPECT_EQ(event.points(), static_cast<std::int64_t>(i));
    lateness.push_back(std::chrono::duration<double, std::milli>(event.came_at - acknowledged).count());
  }
  std::sort(lateness.begin(), lateness.end());
  fmt::print("acknowledged → told: median {:.1f} ms, slowest {:.1f} ms of {}\n", lateness[kWrites / 2], lateness.back(),
             kWrites);
  EXPECT_TRUE(listener.ends());
}

TEST_F(LiveStreamTest, RepeatsNothingToAReaderThatIsUpToDate) {
  const Event seen = value_now();
  Listener listener(office(), target_, seen.id, first_value());
  wait_for_open_streams(1);
  make_point();
  ASSERT_TRUE(listener.ends());
  ASSERT_EQ(listener.events().size(), 1U);
  EXPECT_EQ(listener.events().front().points(), 1) << "the first thing it hears is new";
}

TEST_F(LiveStreamTest, GivesAReaderThatIsBehindTheNewestValue) {
  const Event seen = value_now();
  make_point();
  make_point();
  county_.settle();
  Listener listener(office(), target_, seen.id, first_value());
  ASSERT_TRUE(listener.ends());
  ASSERT_EQ(listener.events().size(), 1U) << "no reset";
  EXPECT_EQ(listener.events().front().points(), 2);
  EXPECT_NE(listener.events().front().id, seen.id);
}

TEST_F(LiveStreamTest, ResetsAReaderThatComesFromElsewhere) {
  const std::string here = value_now().id;
  for (const std::string& id : {std::string("another-epoch:1"), std::string("nonsense"), here + "000"}) {
    Listener listener(office(), target_, id, first_value());
    ASSERT_TRUE(listener.ends()) << id;
    const auto events = listener.events();
    ASSERT_EQ(events.size(), 2U) << id;
    EXPECT_EQ(events[0].type, "reset") << id;
    EXPECT_EQ(events[1].type, "value") << id;
    EXPECT_EQ(events[1].id, here) << id;
  }
}

TEST_F(LiveStreamTest, GoesOnBehindAResetWhenTheDashboardIsRebuilt) {
  make_point();
  county_.settle();
  Listener listener(office(), target_, "", shows_points(2));
  ASSERT_TRUE(listener.hears(1));
  const auto rebuild = [&] { return county_.admin().get("/v1/operations/dashboard/rebuild").text("/state"); };
  expect_success(county_.admin().post("/v1/operations/dashboard:rebuild"));
  ASSERT_TRUE(eventually([&] { return rebuild() == "SWITCHED"; })) << rebuild();
  ASSERT_TRUE(listener.hears(3));
  EXPECT_EQ(listener.events()[1].type, "reset");
  EXPECT_EQ(listener.events()[2].points(), 1);
  make_point();
  EXPECT_TRUE(listener.ends());
}

TEST_F(LiveStreamTest, EndsWithTheSessionAtTheNextChange) {
  const std::string somebody = county_.user("somebody", county_.east);
  county_.grant(somebody, "OFFICE", county_.east);
  county_.settle();
  DirectClient session(server_.url(), county_.sign_in("somebody").text("/access_token"));
  Listener listener(DirectClient(server_.url(), session.token()), target_, "", shows_points(2));
  ASSERT_TRUE(listener.hears(1));
  make_point();
  ASSERT_TRUE(listener.hears(2));

  expect_success(session.post("/v1/sessions:end"));
  county_.settle();
  make_point();
  ASSERT_TRUE(listener.ends());
  const Event last = listener.events().back();
  EXPECT_EQ(last.type, "end");
  EXPECT_EQ(last.data, R"({"code":"not_signed_in"})");
  EXPECT_EQ(listener.events().size(), 3U) << "the value is not for them any more";
}

TEST_F(LiveStreamTest, OpensOnceWithATicket) {
  const std::string somebody = county_.user("somebody", county_.east);
  county_.grant(somebody, "OFFICE", county_.east);
  county_.settle();
  DirectClient session(server_.url(), county_.sign_in("somebody").text("/access_token"));
  const std::string ticket = expect_success(session.post("/v1/stream-tickets")).text("/ticket");

  EXPECT_EQ(county_.nobody().get("/v1/points?ticket=" + ticket).status, 401U) << "it is for streams only";
  Listener listener(county_.nobody(), target_ + "&ticket=" + ticket, "", shows_points(1));
  ASSERT_TRUE(listener.hears(1)) << listener.head().body;
  Listener thief(county_.nobody(), target_ + "&ticket=" + ticket, "", first_value());
  ASSERT_TRUE(thief.ends());
  EXPECT_EQ(thief.head().status, 401U);
  EXPECT_THAT(thief.events(), IsEmpty());
  make_point();
  EXPECT_TRUE(listener.ends()) << "the first one goes on";
  EXPECT_THAT(server_.log(), Not(::testing::HasSubstr(ticket)));
}

TEST_F(LiveStreamTest, IsNotForThoseWhoMayNotSeeTheUnit) {
  DirectClient west = county_.caller("OFFICE", county_.west);
  county_.settle();
  Listener listener(std::move(west), target_, "", first_value());
  ASSERT_TRUE(listener.ends());
  EXPECT_EQ(listener.head().status, 404U);
  EXPECT_THAT(std::string(listener.head().headers.get("Content-Type")), StartsWith("application/problem+json"));
}

}  // namespace
}  // namespace wenming::e2e
