// How a server stops.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "http/test_support.h"

namespace wenming::http::test {
namespace {

constexpr std::chrono::milliseconds kEnough{10'000};

TEST(DrainTest, LetsARunningRequestBeAnsweredAndEndsItsConnection) {
  OtherThread other;
  std::promise<std::shared_ptr<Responder>> running;
  Server server(options(), [&](Request&&, Responder responder) {
    running.set_value(std::make_shared<Responder>(std::move(responder)));
  });
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto responder = running.get_future().get();
  auto drained = std::async(std::launch::async, [&] { return server.drain(kEnough); });
  EXPECT_TRUE(eventually([&] {  // accepts nobody any more
    try {
      RawClient refused(server.port());
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  }));
  responder->send({.body = "done"});
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "done");
  EXPECT_EQ(reply->headers.get("Connection"), "close");
  EXPECT_TRUE(client.is_closed_by_server());
  EXPECT_TRUE(drained.get());
}

TEST(DrainTest, ClosesIdleConnectionsAndStreams) {
  std::promise<std::shared_ptr<Stream>> opened;
  Server server(options(), [&](Request&&, Responder responder) {
    opened.set_value(responder.stream({.headers = {{"Content-Type", "text/event-stream"}}}));
  });
  RawClient idle(server.port());
  RawClient listener(server.port());
  listener.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = opened.get_future().get();
  std::atomic<bool> ended = false;
  stream->on_close([&] { ended = true; });
  auto drained = std::async(std::launch::async, [&] { return server.drain(kEnough); });
  EXPECT_TRUE(idle.is_closed_by_server());
  EXPECT_TRUE(listener.receive());  // with its last chunk
  EXPECT_TRUE(listener.is_closed_by_server());
  EXPECT_TRUE(drained.get());
  EXPECT_TRUE(ended);
  EXPECT_FALSE(stream->send(std::make_shared<const std::string>("data: x\n\n")));
}

TEST(DrainTest, CutsOffWhatIsNotDoneInTime) {
  std::vector<Responder> kept;
  std::promise<void> came;
  Server server(options(), [&](Request&&, Responder responder) {
    kept.push_back(std::move(responder));
    came.set_value();
  });
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  came.get_future().wait();
  EXPECT_FALSE(server.drain(std::chrono::milliseconds(50)));
  EXPECT_TRUE(client.is_closed_by_server());
}

/// Many clients ask without pause, by themselves or several requests at once, while the server is told to stop. What
/// reached a handler must be answered; and since a client's next request follows soon, none that was sent may be lost.
TEST(DrainTest, LosesNoAnswerUnderLoad) {
  OtherThread writer;  // answers as the writer of a database does: later, several at once
  std::atomic<std::size_t> handled = 0;
  Server server(options(), [&](Request&& request, Responder responder) {
    ++handled;
    if (request.path == "/direct") return echo(std::move(request), std::move(responder));
    writer.run([kept = std::make_shared<Responder>(std::move(responder))] { kept->send({.body = "later"}); });
  });
  std::atomic<std::size_t> answered = 0, lost = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&, i] {
      RawClient client(server.port());
      const std::string path = i % 2 == 0 ? "/direct" : "/later";
      for (;;) {
        client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
        const auto reply = client.receive();
        if (!reply) {
          ++lost;
          return;
        }
        ++answered;
        if (reply->headers.get("Connection") == "close") return;
      }
    });
  }
  EXPECT_TRUE(eventually([&] { return answered > 2'000; }));
  EXPECT_TRUE(server.drain(kEnough));
  for (auto& client : clients) client.join();
  EXPECT_EQ(lost, 0U);
  EXPECT_EQ(answered, handled);
}

TEST(DrainTest, EndsAtWhateverMomentOfItsTicking) {
  for (int i = 0; i < 100; ++i) {
    Options ticking = options();
    ticking.idle_timeout = std::chrono::milliseconds(20);
    Server server(std::move(ticking), echo);
    EXPECT_TRUE(server.drain(kEnough));
  }
}

TEST(DrainTest, MayBeAskedTwiceAndOfAServerNobodyUses) {
  Server server(options(), echo);
  EXPECT_TRUE(server.drain(kEnough));
  EXPECT_TRUE(server.drain(kEnough));
}

}  // namespace
}  // namespace wenming::http::test
