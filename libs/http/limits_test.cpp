// Bounds and time-outs: what a server does with clients that want too much or take too long.
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "http/test_support.h"

namespace wenming::http::test {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShort{100};

TEST(ServerLimitsTest, RefuseHeadersThatAreTooLong) {
  Options small = options();
  small.header_bytes = 1024;
  const Server server(std::move(small), echo);
  const std::vector<std::string> requests = {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'x') + "\r\n\r\n",
                                             "GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n",
                                             "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'x')};
  for (const std::string& request : requests) {
    RawClient client(server.port());
    client.send(request);
    const auto reply = client.receive();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 431U);
    EXPECT_EQ(reply->headers.get("Connection"), "close");
  }
}

TEST(ServerLimitsTest, RefuseHeadersThatTrickleInWithoutEnd) {
  Options small = options();
  small.header_bytes = 1024;
  const Server server(std::move(small), echo);
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n");
  for (int i = 0; i < 200; ++i) client.send("X-" + std::to_string(i) + ": y\r\n");
  EXPECT_EQ(client.receive()->status, 431U);
}

TEST(ServerLimitsTest, TakeHeadersUpToTheBound) {
  const Server server(options(), [](Request&& request, Responder responder) {
    responder.send({.body = std::to_string(request.headers.get("X").size())});
  });
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(16'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(client.receive()->body, "16000");
}

TEST(ServerLimitsTest, RefuseLargeBodiesWhileOthersFillTheRoomForThem) {
  Options small = options();
  small.body_limit = [](std::string_view, std::string_view) { return std::size_t{8} << 20; };
  small.large_bodies_bytes = std::size_t{4} << 20;
  std::promise<Request> kept;
  const Server server(std::move(small), [&](Request&& request, Responder responder) {
    responder.send({.body = std::to_string(request.body.size())});
    if (request.path == "/keep") kept.set_value(std::move(request));
  });
  const auto send = [&](const std::string& path, std::size_t bytes) {
    RawClient client(server.port());
    client.send("POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
                std::string(bytes, 'x'));
    return client.receive()->status;
  };
  EXPECT_EQ(send("/keep", 3 << 20), 200U);
  auto request = std::make_unique<Request>(kept.get_future().get());
  EXPECT_EQ(send("/", 3 << 20), 503U) << "as long as somebody works on the other";
  EXPECT_EQ(send("/", 1 << 20), 200U) << "small ones need no room";
  request.reset();
  EXPECT_EQ(send("/", 3 << 20), 200U);
  EXPECT_EQ(send("/", 3 << 20), 200U) << "what was answered gives its room back";
}

TEST(ServerLimitsTest, RefuseBodiesThatAreTooLong) {
  Options small = options();
  small.body_limit = [](std::string_view, std::string_view) { return 10; };
  const Server server(std::move(small), echo);
  for (const std::string body : {"Content-Length: 11\r\n\r\n01234567890",
                                 "Transfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n01234\r\n0\r\n\r\n"}) {
    RawClient client(server.port());
    client.send("POST /x HTTP/1.1\r\nHost: h\r\n" + body);
    const auto reply = client.receive();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 413U);
    EXPECT_EQ(reply->body, "413 /x");
    EXPECT_TRUE(client.is_closed_by_server());
  }
}

TEST(ServerLimitsTest, TellTheRefusalToAClientThatIsStillSendingItsBody) {
  const Server server(options(), echo);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n");
  client.send(std::string(3'000'000, 'x'));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 413U);
}

TEST(ServerLimitsTest, TakeAMegabyteByDefault) {
  const Server server(options(), [](Request&& request, Responder responder) {
    responder.send({.body = std::to_string(request.body.size())});
  });
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n" + std::string(1048576, 'x'));
  EXPECT_EQ(client.receive()->body, "1048576");
}

TEST(ServerLimitsTest, EndAChunkExtensionThatNeverEnds) {
  const Server server(options(), echo);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;" + std::string(500'000, 'x'));
  EXPECT_EQ(client.receive()->status, 400U);
}

TEST(ServerLimitsTest, CloseIdleConnectionsSilently) {
  Options hasty = options();
  hasty.idle_timeout = kShort;
  const Server server(std::move(hasty), echo);
  RawClient fresh(server.port());
  RawClient used(server.port());
  used.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(used.receive());
  EXPECT_TRUE(fresh.is_closed_by_server());
  EXPECT_TRUE(used.is_closed_by_server());
}

TEST(ServerLimitsTest, GiveUpOnHeadersThatDoNotComeToAnEnd) {
  Options hasty = options();
  hasty.header_timeout = kShort;
  const Server server(std::move(hasty), echo);
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost:");
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 408U);
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST(ServerLimitsTest, GiveUpOnABodyThatStops) {
  Options hasty = options();
  hasty.body_timeout = kShort;
  const Server server(std::move(hasty), echo);
  RawClient client(server.port());
  client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf");
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 408U);
  EXPECT_EQ(reply->body, "408 /x");
}

TEST(ServerLimitsTest, LetABodyTakeItsTimeAtTheMinimumRate) {
  Options hasty = options();
  hasty.body_timeout = kShort;
  hasty.minimum_bytes_per_second = 1;  // what is received already earns more time than the test takes
  const Server server(std::move(hasty), echo);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n" + std::string(1000, 'x'));
  RawClient late(server.port());  // passes the time: its body earns none
  late.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n");
  EXPECT_EQ(late.receive()->status, 408U);
  client.send("x");
  EXPECT_EQ(client.receive()->status, 200U);
}

TEST(ServerLimitsTest, GiveUpOnAClientThatDoesNotRead) {
  const auto counts = std::make_shared<Counts>();
  Options hasty = options();
  hasty.write_timeout = kShort;
  hasty.minimum_bytes_per_second = 1'000'000'000;
  hasty.observer = counts;
  const auto body = std::make_shared<const std::string>(50'000'000, 'b');
  const Server server(std::move(hasty), [&](Request&&, Responder responder) { responder.send({.body = body}); });
  RawClient client(server.port(), 4096);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return counts->closed == 1; }));
  EXPECT_EQ(counts->finished(), (std::vector<Counts::Finish>{{"", 499}}));
}

TEST(ServerLimitsTest, DoNotTimeAHandlerThatThinks) {
  OtherThread other;
  std::promise<void> others_gave_up;
  Options hasty = options();
  hasty.idle_timeout = hasty.header_timeout = hasty.body_timeout = hasty.write_timeout = kShort;
  const Server server(std::move(hasty), [&](Request&&, Responder responder) {
    other.run([&, kept = std::make_shared<Responder>(std::move(responder))] {
      others_gave_up.get_future().wait();
      kept->send({.body = "thought"});
    });
  });
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  RawClient idle(server.port());
  EXPECT_TRUE(idle.is_closed_by_server());
  others_gave_up.set_value();
  EXPECT_EQ(client.receive()->body, "thought");
}

TEST(ServerLimitsTest, TurnAwayConnectionsBeyondTheBound) {
  const auto counts = std::make_shared<Counts>();
  Options few = options();
  few.connections = 2;
  few.observer = counts;
  const Server server(std::move(few), echo);
  auto first = std::make_unique<RawClient>(server.port());
  RawClient second(server.port());
  EXPECT_TRUE(eventually([&] { return server.open_connections() == 2; }));
  RawClient third(server.port());
  const auto refused = third.receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503U);
  EXPECT_EQ(refused->headers.get("Connection"), "close");
  EXPECT_TRUE(third.is_closed_by_server());
  EXPECT_EQ(counts->refused, 1U);

  first.reset();
  EXPECT_TRUE(eventually([&] { return server.open_connections() < 2; }));
  RawClient fourth(server.port());
  fourth.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(fourth.receive()->status, 200U);
}

}  // namespace
}  // namespace wenming::http::test
