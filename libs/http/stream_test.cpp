// Answers without an end.
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

Bytes bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

Response event_stream() {
  return {.status = 200, .headers = {{"Content-Type", "text/event-stream"}}};
}

/// A server each of whose requests opens a stream, which the test then holds.
class StreamTest : public testing::Test {
 protected:
  std::shared_ptr<Stream> open(RawClient& client, const std::string& version = "1.1") {
    opened_ = {};
    auto opened = opened_.get_future();
    client.send("GET /stream HTTP/" + version + "\r\nHost: h\r\n\r\n");
    return opened.get();
  }

  void serve(Options options) {
    server_ = std::make_unique<Server>(std::move(options), [this](Request&&, Responder responder) {
      opened_.set_value(responder.stream(event_stream()));
    });
  }

  std::promise<std::shared_ptr<Stream>> opened_;
  std::unique_ptr<Server> server_;
};

TEST_F(StreamTest, DeliversEventsInOrderAndThenEnds) {
  serve(options());
  RawClient client(server_->port());
  const auto stream = open(client);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(stream->send(bytes("data: " + std::to_string(i) + "\n\n")));
  stream->close();
  EXPECT_FALSE(stream->send(bytes("data: too late\n\n")));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  std::string expected;
  for (int i = 0; i < 1000; ++i) expected += "data: " + std::to_string(i) + "\n\n";
  EXPECT_EQ(reply->body, expected);
  EXPECT_FALSE(reply->headers.has("Content-Length"));
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(StreamTest, EndsByClosingForHttp10) {
  serve(options());
  RawClient client(server_->port());
  const auto stream = open(client, "1.0");
  stream->send(bytes("data: x\n\n"));
  stream->close();
  EXPECT_FALSE(client.receive(true)->headers.has("Transfer-Encoding"));
  EXPECT_EQ(client.receive_until("never"), "data: x\n\n");
}

TEST_F(StreamTest, SendsItsHeadBeforeTheFirstEvent) {
  serve(options());
  RawClient client(server_->port());
  const auto stream = open(client);
  const auto head = client.receive(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->headers.get("Content-Type"), "text/event-stream");
}

TEST_F(StreamTest, BeatsWhenNothingIsSent) {
  Options lively = options();
  lively.heartbeat = std::chrono::milliseconds(20);
  serve(std::move(lively));
  RawClient client(server_->port());
  const auto stream = open(client);
  EXPECT_TRUE(client.receive_until(":\n\n").ends_with(":\n\n"));
  EXPECT_TRUE(client.receive_until(":\n\n").ends_with(":\n\n"));
}

TEST_F(StreamTest, CallsBackWhenTheClientGoes) {
  serve(options());
  auto client = std::make_unique<RawClient>(server_->port());
  const auto stream = open(*client);
  std::atomic<int> calls = 0;
  stream->on_close([&] { ++calls; });
  EXPECT_TRUE(client->receive(true));
  EXPECT_EQ(calls, 0);
  client.reset();
  EXPECT_TRUE(eventually([&] { return calls == 1; }));
  EXPECT_FALSE(stream->send(bytes("data: x\n\n")));
  stream->on_close([&] { ++calls; });
  EXPECT_EQ(calls, 2);
}

TEST_F(StreamTest, EndsWhenItsLastHolderDropsIt) {
  serve(options());
  RawClient client(server_->port());
  open(client)->send(bytes("data: x\n\n"));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "data: x\n\n");
}

TEST_F(StreamTest, DropsAClientThatReadsTooSlowlyAtTheBound) {
  const auto counts = std::make_shared<Counts>();
  Options bounded = options();
  bounded.stream_buffer_bytes = 100'000;
  bounded.observer = counts;
  serve(std::move(bounded));
  RawClient client(server_->port(), 4096);
  const auto stream = open(client);
  std::atomic<bool> closed = false;
  stream->on_close([&] { closed = true; });
  const Bytes event = bytes("data: " + std::string(10'000, 'x') + "\n\n");
  std::size_t taken = 0;
  while (stream->send(event)) ASSERT_LT(++taken, 10'000U) << "there is no bound";
  EXPECT_GE(taken, 9U);
  EXPECT_TRUE(eventually([&] { return closed && counts->closed == 1; }));
}

TEST_F(StreamTest, BoundsAStreamBehindAnotherThatNeverEnds) {
  Options bounded = options();
  bounded.stream_buffer_bytes = 100'000;
  std::vector<std::shared_ptr<Stream>> streams;
  std::promise<void> both;
  const Server server(std::move(bounded), [&](Request&&, Responder responder) {
    streams.push_back(responder.stream(event_stream()));
    if (streams.size() == 2) both.set_value();
  });
  RawClient client(server.port());
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n");
  both.get_future().wait();
  const Bytes event = bytes("data: " + std::string(10'000, 'x') + "\n\n");
  int taken = 0;
  EXPECT_TRUE(eventually([&] { return !streams[1]->send(event) || ++taken > 1000; }));
  EXPECT_LT(taken, 100);
}

TEST_F(StreamTest, SaysWhenAllIsSentSoThatALongBodyIsNeverInMemory) {
  Options bounded = options();
  bounded.stream_buffer_bytes = 100'000;
  const Server server(std::move(bounded), [&](Request&&, Responder responder) {
    opened_.set_value(responder.stream(Response{.status = 200, .length = 10'000'000}));
  });
  RawClient client(server.port(), 4096);
  client.send("GET /file HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = opened_.get_future().get();
  std::thread reading([&] {
    const auto reply = client.receive();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->headers.get("Content-Length"), "10000000");
    EXPECT_FALSE(reply->headers.has("Transfer-Encoding"));
    EXPECT_EQ(reply->body, std::string(10'000'000, 'x'));
  });
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(stream->send(bytes(std::string(100'000, 'x')))) << i;
    std::promise<void> sent;
    stream->when_sent([&] { sent.set_value(); });
    ASSERT_EQ(sent.get_future().wait_for(kPatience), std::future_status::ready) << i;
  }
  stream->close();
  reading.join();
}

TEST_F(StreamTest, CallsBackWhoeverWaitsToSendMoreWhenTheClientGoes) {
  serve(options());
  auto client = std::make_unique<RawClient>(server_->port(), 4096);
  const auto stream = open(*client);
  std::atomic<int> calls = 0;
  ASSERT_TRUE(client->receive(true));
  ASSERT_TRUE(stream->send(bytes(std::string(200'000, 'x'))));
  stream->when_sent([&] { ++calls; });
  client.reset();
  EXPECT_TRUE(eventually([&] { return calls == 1; }));
}

TEST_F(StreamTest, KeepsAClientThatReads) {
  Options bounded = options();
  bounded.stream_buffer_bytes = 100'000;
  serve(std::move(bounded));
  RawClient client(server_->port());
  const auto stream = open(client);
  EXPECT_TRUE(client.receive(true));
  const Bytes event = bytes("data: " + std::string(10'000, 'x') + "\n\n");
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(stream->send(event));
    ASSERT_TRUE(client.receive_until("\n\n").ends_with("\n\n"));
  }
}

TEST_F(StreamTest, TakesEventsFromManyThreadsWhole) {
  Options roomy = options();
  roomy.stream_buffer_bytes = 10'000'000;
  serve(std::move(roomy));
  RawClient client(server_->port());
  const auto stream = open(client);
  std::vector<std::thread> senders;
  for (int sender = 0; sender < 4; ++sender) {
    senders.emplace_back([&stream, sender] {
      for (int i = 0; i < 500; ++i) {
        stream->send(bytes("data: " + std::to_string(sender) + " " + std::to_string(i) + "\n\n"));
      }
    });
  }
  for (auto& sender : senders) sender.join();
  stream->close();
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  std::vector<int> next(4, 0);
  std::size_t events = 0;
  for (std::size_t at = 0; at < reply->body.size(); ++events) {
    const std::size_t end = reply->body.find("\n\n", at);
    const auto sender = static_cast<std::size_t>(reply->body[at + 6] - '0');
    EXPECT_EQ(reply->body.substr(at + 8, end - at - 8), std::to_string(next[sender]++));
    at = end + 2;
  }
  EXPECT_EQ(events, 2000U);
}

TEST_F(StreamTest, WaitsForTheAnswersBeforeIt) {
  std::optional<Responder> first;
  std::promise<std::shared_ptr<Stream>> opened;
  const Server server(options(), [&](Request&& request, Responder responder) {
    if (request.path == "/first") {
      first.emplace(std::move(responder));
    } else {
      opened.set_value(responder.stream(event_stream()));
    }
  });
  RawClient client(server.port());
  client.send("GET /first HTTP/1.1\r\nHost: h\r\n\r\nGET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = opened.get_future().get();
  stream->send(bytes("data: x\n\n"));
  stream->close();
  first->send({.body = "first"});
  EXPECT_EQ(client.receive()->body, "first");
  EXPECT_EQ(client.receive()->body, "data: x\n\n");
}

TEST_F(StreamTest, GivesHeadOnlyTheHead) {
  serve(options());
  RawClient client(server_->port());
  auto opened = opened_.get_future();
  client.send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = opened.get();
  stream->send(bytes("data: x\n\n"));
  EXPECT_EQ(client.receive(true)->status, 200U);
  EXPECT_TRUE(client.is_closed_by_server());
}

}  // namespace
}  // namespace wenming::http::test
