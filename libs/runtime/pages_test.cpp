#include "runtime/pages.h"

#include <gmock/gmock.h>

#include <future>

#include "http/server.h"
#include "runtime/background.h"
#include "runtime/node_fixture.h"
#include "runtime/readings.h"

namespace wenming::runtime::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Keeps the answer for the test.
class KeptAnswer final : public http::ResponseSink {
 public:
  void answer(std::uint64_t, http::Response response) override { answer_.set_value(std::move(response)); }
  void answer(std::uint64_t, std::function<http::Response()> make) override { answer_.set_value(make()); }
  std::shared_ptr<http::Stream> open_stream(std::uint64_t, http::Response) override { return nullptr; }
  void abandon(std::uint64_t) override { answer_.set_value({.status = 500}); }

  http::Response wait() { return answer_.get_future().get(); }

 private:
  std::promise<http::Response> answer_;
};

class PagesTest : public NodeTest {
 protected:
  PagesTest() { pages_.bind(dispatcher_); }

  static std::shared_ptr<KeptAnswer> ask(Dispatcher& dispatcher, std::string path, std::string query = {}) {
    http::Request request;
    request.verb = "GET";
    request.path = std::move(path);
    request.query = std::move(query);
    auto sink = std::make_shared<KeptAnswer>();
    dispatcher.handle(std::move(request), http::Responder(sink, 1));
    return sink;
  }
  http::Response get(std::string path) { return ask(dispatcher_, std::move(path))->wait(); }

  Node sound_{domain::Service("sound", {}, {}), settings(), nullptr};
  Node broken_{domain::Service("broken", {}, {}), settings(), nullptr};
  Metrics metrics_;
  Dispatcher dispatcher_{contract_, {}, nullptr, nullptr, nullptr, nullptr, {}};
  Pages pages_{{&sound_, &broken_}, metrics_, nullptr, {}, [this](std::function<void()> work) {
                 return background_.run(std::move(work));
               }};
};

TEST_F(PagesTest, MetricsLeaveOutWhatCannotBeRead) {
  EXPECT_THAT(std::string(get("/metrics").body.view()), HasSubstr("wenming_dead_letters{service=\"broken\"} 0"));
  broken_.stop();
  const http::Response metrics = get("/metrics");
  EXPECT_EQ(metrics.status, 200U);
  EXPECT_THAT(std::string(metrics.body.view()), HasSubstr("wenming_dead_letters{service=\"sound\"} 0"));
  EXPECT_THAT(std::string(metrics.body.view()), Not(HasSubstr("wenming_dead_letters{service=\"broken\"}")));
}

TEST_F(PagesTest, MetricsTellHowConsumersStand) {
  Node volunteer(domain::Service("volunteer", {}, {}), settings(), nullptr);
  Node listener(seen_events(), settings(), nullptr);
  listener.consume({volunteer.source()});
  Node* const nodes[] = {&listener};
  const auto text = [&] { return metrics_.text(readings(nodes, nullptr)); };
  EXPECT_THAT(text(), HasSubstr("wenming_journal_lag{service=\"listener\",source=\"volunteer\",partition=\"0\"} 0"));
  EXPECT_THAT(text(),
              HasSubstr("wenming_consumer_partitions{service=\"listener\",source=\"volunteer\",state=\"running\"} 1"));

  // As after restoring the publisher alone: the position is none of its log.
  listener.stop_consuming();
  publish(volunteer, change("a", 1));
  events::commit(*listener.running()->store(), "", [](domain::Tx& tx) {
    tx.run(
        "INSERT INTO consumer_positions (source, log_partition, epoch, position, sequence, event_index) "
        "VALUES ('volunteer', 0, 'another', 7, 7, 0)");
  });
  listener.consume({volunteer.source()});
  const char* const stopped =
      "wenming_consumer_partitions{service=\"listener\",source=\"volunteer\",state=\"stopped\"} 1";
  wait_until([&] { return text().find(stopped) != std::string::npos; }, "the consumer has stopped");
  listener.stop_consuming();
}

TEST_F(PagesTest, MetricsTellThatRedisIsAway) {
  cache::RedisCache nobody("redis+unix://" + (folder_.path() / "nobody.sock").string());
  const std::string text = metrics_.text(readings({}, &nobody));
  EXPECT_THAT(text, HasSubstr("wenming_redis_connected 0"));
  EXPECT_THAT(text, HasSubstr("wenming_redis_failures_total 1"));
}

TEST_F(PagesTest, ShowTheContractOfServicesThatRunElsewhere) {
  const http::Response document = get("/openapi.json");
  EXPECT_EQ(document.status, 200U);
  for (const char* path : {"/v1/cases", "/v1/volunteers", "/v1/points", "/v1/briefs"})
    EXPECT_THAT(std::string(document.body.view()), HasSubstr("\"" + std::string(path)));
}

TEST_F(PagesTest, ReadinessNamesTheStoreThatCannotBeRead) {
  broken_.stop();
  EXPECT_EQ(get("/readyz").status, 503U);
}

TEST_F(PagesTest, WhoeverAsksPeersLeavesAThreadToAnswerThem) {
  std::promise<http::Responder> asked;
  http::Options options;
  options.address = "127.0.0.1";
  options.port = 0;
  http::Server peer(std::move(options),
                    [&](http::Request&&, http::Responder responder) { asked.set_value(std::move(responder)); });
  Dispatcher dispatcher{contract_, {}, nullptr, nullptr, nullptr, nullptr, {}};
  Background two_threads{2, 64};
  Pages pages{{&sound_},
              metrics_,
              nullptr,
              {"http://127.0.0.1:" + std::to_string(peer.port())},
              [&](std::function<void()> work) { return two_threads.run(std::move(work)); }};
  pages.bind(dispatcher);

  const auto first = ask(dispatcher, "/readyz", "all");
  http::Responder answering = asked.get_future().get();
  EXPECT_EQ(ask(dispatcher, "/readyz", "all")->wait().status, 503U);
  EXPECT_EQ(ask(dispatcher, "/readyz")->wait().status, 200U);
  answering.send(http::Response());
  EXPECT_EQ(first->wait().status, 200U);
}

}  // namespace
}  // namespace wenming::runtime::testing
