// HTTP/1.x as clients speak it.
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "http/test_support.h"

namespace wenming::http::test {
namespace {

TEST(ServerTest, AnswersOnAConnectionThatIsKept) {
  const Server server(options(), echo);
  RawClient client(server.port());
  for (const std::string path : {"/a", "/b"}) {
    client.send("GET " + path + "?q=%20 HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto reply = client.receive();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200U);
    EXPECT_EQ(reply->body, "GET " + path + "?q=%20 ");
    EXPECT_FALSE(reply->headers.has("Connection"));
    EXPECT_FALSE(reply->headers.has("Server"));
    EXPECT_EQ(reply->headers.get("X-Content-Type-Options"), "nosniff");
    EXPECT_TRUE(reply->headers.get("Date").ends_with(" GMT"));
    EXPECT_EQ(reply->headers.get("Date").size(), 29U);
  }
}

TEST(ServerTest, ClosesWhenTheClientAsksForIt) {
  const Server server(options(), echo);
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->headers.get("Connection"), "close");
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST(ServerTest, SpeaksHttp10WithAndWithoutKeepAlive) {
  const Server server(options(), echo);
  RawClient client(server.port());
  client.send("GET /kept HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto kept = client.receive();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->headers.get("Connection"), "keep-alive");
  client.send("GET /last HTTP/1.0\r\n\r\n");
  const auto last = client.receive();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->body, "GET /last? ");
  EXPECT_EQ(last->headers.get("Connection"), "close");
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST(ServerTest, AnswersPipelinedRequestsInOrderThoughHandlersFinishInAnother) {
  OtherThread other;
  std::vector<std::pair<std::string, Responder>> waiting;  // of one connection: one IO thread
  const Server server(options(), [&](Request&& request, Responder responder) {
    waiting.emplace_back(request.path, std::move(responder));
    if (waiting.size() < 10) return;
    other.run([reversed = std::make_shared<decltype(waiting)>(std::move(waiting))] {
      for (auto it = reversed->rbegin(); it != reversed->rend(); ++it) it->second.send({.body = it->first});
    });
  });
  RawClient client(server.port());
  std::string requests;
  for (int i = 0; i < 10; ++i) requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  client.send(requests);
  for (int i = 0; i < 10; ++i) {
    const auto reply = client.receive();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "/" + std::to_string(i));
  }
}

TEST(ServerTest, AnswersAnyNumberOfPipelinedRequests) {
  const Server server(options(), echo);
  RawClient client(server.port());
  std::string requests;
  for (int i = 0; i < 1000; ++i)
    requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi";
  client.send(requests);
  for (int i = 0; i < 1000; ++i) {
    const auto reply = client.receive();
    ASSERT_TRUE(reply);
    ASSERT_EQ(reply->body, "POST /" + std::to_string(i) + "? hi");
  }
}

TEST(ServerTest, ReadsARequestThatComesByteByByte) {
  const Server server(options(), echo);
  RawClient client(server.port());
  for (const char c : std::string("\r\nPOST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                                  "chunked\r\n\r\n3;e=f\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n")) {
    client.send({&c, 1});
  }
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "POST /x? abcde");
}

TEST(ServerTest, DoesNotLetTrailersPassForHeaders) {
  const Server server(options(), [](Request&& request, Responder responder) {
    responder.send({.body = std::string(request.headers.get("Authorization"))});
  });
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: me\r\n\r\n");
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "");
}

TEST(ServerTest, GivesHeadTheHeadersOfTheBodyItLeavesOut) {
  const Server server(options(), echo);
  RawClient client(server.port());
  client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.receive(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->headers.get("Content-Length"), std::to_string(std::string("HEAD /x? ").size()));
  const auto next = client.receive();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->body, "GET /next? ");
}

TEST(ServerTest, SendsNoBodyWhereTheStatusHasNone) {
  const Server server(options(), [](Request&&, Responder responder) { responder.send({.status = 204}); });
  RawClient client(server.port());
  client.send("DELETE / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 204U);
  EXPECT_FALSE(reply->headers.has("Content-Length"));
}

TEST(ServerTest, SendsLongBodiesWhole) {
  const auto body = std::make_shared<const std::string>(20'000'000, 'b');
  const Server server(options(), [&](Request&&, Responder responder) { responder.send({.body = body}); });
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->body == *body);
}

TEST(ServerTest, TellsTheClientToContinueWhenTheBodyWillBeRead) {
  const Server server(options(), echo);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("body");
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "POST /? body");
}

TEST(ServerTest, RefusesABodyThatIsTooLongBeforeItIsSent) {
  Options small = options();
  small.body_limit = [](std::string_view verb, std::string_view path) {
    return verb == "PUT" && path == "/big" ? 100U : 3U;
  };
  const Server server(std::move(small), echo);
  RawClient client(server.port());
  client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  const auto refused = client.receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 413U);
  EXPECT_EQ(refused->body, "413 /x");
  RawClient other(server.port());
  other.send("PUT /big HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(other.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST(ServerTest, AnswersAClientThatEndedItsSide) {
  OtherThread other;
  std::promise<void> ended;
  const Server server(options(), [&](Request&&, Responder responder) {
    other.run([&, kept = std::make_shared<Responder>(std::move(responder))] {
      ended.get_future().wait();
      kept->send({.body = "late"});
    });
  });
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.finish_sending();
  ended.set_value();
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "late");
  EXPECT_TRUE(client.is_closed_by_server());
}

TEST(ServerTest, TakesTheAbsoluteFormOfATarget) {
  const Server server(options(), echo);
  RawClient client(server.port());
  client.send("GET http://h/x?y HTTP/1.1\r\nHost: h\r\n\r\nGET http://h HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.receive()->body, "GET /x?y ");
  EXPECT_EQ(client.receive()->body, "GET /? ");
}

class MalformedRequestTest : public testing::TestWithParam<const char*> {};

TEST_P(MalformedRequestTest, IsAnswered400AndTheConnectionClosed) {
  const Server server(options(), echo);
  RawClient client(server.port());
  client.send(GetParam());
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 400U);
  EXPECT_EQ(reply->headers.get("Connection"), "close");
  EXPECT_EQ(reply->headers.get("Content-Type"), "application/problem+json");
  EXPECT_TRUE(client.is_closed_by_server());
}

INSTANTIATE_TEST_SUITE_P(
    All, MalformedRequestTest,
    testing::Values("nonsense\r\n\r\n", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
                    "GET x HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: h\r\nX: \x01\r\n\r\n", "GET / HTTP/1.1\nHost: h\n\n",
                    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
                    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
                    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n",
                    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n"));

TEST(ServerTest, AnswersWhatCameBeforeAMalformedRequest) {
  const Server server(options(), echo);
  RawClient client(server.port());
  client.send("GET /good HTTP/1.1\r\nHost: h\r\n\r\nrubbish\r\n\r\n");
  EXPECT_EQ(client.receive()->body, "GET /good? ");
  EXPECT_EQ(client.receive()->status, 400U);
}

TEST(ServerTest, RefusesExpectationsItDoesNotKnow) {
  const Server server(options(), echo);
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: miracles\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 417U);
}

TEST(ServerTest, PassesRequestIdsAndTracesOn) {
  std::vector<Request> seen;
  const Server server(options(), [&](Request&& request, Responder responder) {
    seen.push_back(std::move(request));
    responder.send({});
  });
  RawClient client(server.port());
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Request-Id: abc-1\r\ntraceparent: " + trace + "\r\n\r\n");
  EXPECT_EQ(client.receive()->headers.get("X-Request-Id"), "abc-1");
  client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Request-Id: <script>\r\ntraceparent: rubbish\r\n\r\n");
  const auto generated = client.receive();
  ASSERT_TRUE(generated);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].traceparent, trace);
  EXPECT_EQ(seen[0].remote_address, "127.0.0.1");
  EXPECT_EQ(seen[1].id, generated->headers.get("X-Request-Id"));
  EXPECT_EQ(seen[1].traceparent.substr(3, 32), seen[1].id);
}

TEST(ServerTest, BelievesForwardedAddressesOfTrustedProxiesOnly) {
  for (const bool trusted : {false, true}) {
    Options proxied = options();
    if (trusted) proxied.trusted_proxies = {"127.0.0.0/8"};
    const Server server(std::move(proxied), [&](Request&& request, Responder responder) {
      responder.send({.body = request.remote_address});
    });
    RawClient client(server.port());
    client.send(
        "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 2.2.2.2, 203.0.113.9\r\n\r\n");
    EXPECT_EQ(client.receive()->body, trusted ? "203.0.113.9" : "127.0.0.1");
  }
}

TEST(ServerTest, ReportsWhatItDoes) {
  const auto counts = std::make_shared<Counts>();
  Options observed = options();
  observed.observer = counts;
  const Server server(std::move(observed), echo);
  {
    RawClient client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(client.receive());
    client.send("rubbish\r\n\r\n");
    EXPECT_TRUE(client.receive());
  }
  EXPECT_TRUE(eventually([&] { return counts->closed == 1; }));
  EXPECT_EQ(counts->opened, 1U);
  EXPECT_EQ(counts->started, 2U);
  EXPECT_EQ(counts->finished(), (std::vector<Counts::Finish>{{"echo", 200}, {"", 400}}));
  EXPECT_EQ(counts->received, 38U);
  EXPECT_GT(counts->sent, 200U);
}

TEST(ServerTest, SaysWhyItCannotListen) {
  const Server server(options(), echo);
  Options same = options();
  same.port = server.port();
  EXPECT_THROW(Server(same, echo), std::system_error);
  same.address = "nowhere";
  EXPECT_THROW(Server(same, echo), std::system_error);
}

}  // namespace
}  // namespace wenming::http::test
