#include "http/responder.h"

#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

#include "http/test_support.h"

namespace wenming::http::test {
namespace {

TEST(ResponderTest, Answers500ForAResponderThatIsDropped) {
  const Server server(options(), [](Request&&, Responder) {});
  RawClient client(server.port());
  client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 500U);
  EXPECT_EQ(reply->body, "500 /x");
}

TEST(ResponderTest, Answers500ForAHandlerThatThrowsAndTellsTheObserver) {
  const auto counts = std::make_shared<Counts>();
  Options observed = options();
  observed.observer = counts;
  const Server server(std::move(observed), [](Request&&, Responder) { throw std::runtime_error("no"); });
  RawClient client(server.port());
  client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 500U);
  EXPECT_EQ(counts->failed(), std::vector<std::string>{"/x"});
}

TEST(ResponderTest, LetsNobodyAnswerTwice) {
  bool thrown = false;
  const Server server(options(), [&](Request&&, Responder responder) {
    responder.send({.body = "once"});
    try {
      responder.send({.body = "twice"});
    } catch (const std::logic_error&) {
      thrown = true;
    }
  });
  RawClient client(server.port());
  client.send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive()->body, "once");
  EXPECT_TRUE(client.is_closed_by_server());
  EXPECT_TRUE(thrown);
}

TEST(ResponderTest, DiscardsAnAnswerThatComesAfterItIsGone) {
  std::optional<Responder> kept;
  std::promise<void> came;
  {
    const Server server(options(), [&](Request&&, Responder responder) {
      kept.emplace(std::move(responder));
      came.set_value();
    });
    RawClient client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    came.get_future().wait();
  }
  EXPECT_NO_THROW(kept->send({.body = "too late"}));
}

TEST(ResponderTest, HasAnAnswerMadeOnTheThreadOfTheConnection) {
  OtherThread other;
  std::promise<std::pair<std::thread::id, std::thread::id>> threads;
  const Server server(options(), [&](Request&&, Responder responder) {
    const auto shared = std::make_shared<Responder>(std::move(responder));
    other.run([&threads, shared, connection = std::this_thread::get_id()] {
      shared->send_made([&threads, connection] {
        threads.set_value({connection, std::this_thread::get_id()});
        return Response{.status = 201, .body = "made"};
      });
    });
  });
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 201U);
  EXPECT_EQ(reply->body, "made");
  const auto [connection, maker] = threads.get_future().get();
  EXPECT_EQ(connection, maker);
}

TEST(ResponderTest, Answers500ForAnAnswerThatCannotBeMade) {
  const auto counts = std::make_shared<Counts>();
  Options observed = options();
  observed.observer = counts;
  const Server server(std::move(observed), [](Request&&, Responder responder) {
    responder.send_made([]() -> Response { throw std::runtime_error("no"); });
  });
  RawClient client(server.port());
  client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 500U);
  EXPECT_EQ(counts->failed(), std::vector<std::string>{"/x"});
}

}  // namespace
}  // namespace wenming::http::test
