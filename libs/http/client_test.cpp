// The client against the server, plain and over TLS.
#include "http/client.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "http/test_support.h"
#include "testing/test_certificate.h"

namespace wenming::http::test {
namespace {

std::string url(const Server& server, const std::string& scheme = "http") {
  return scheme + "://127.0.0.1:" + std::to_string(server.port());
}

TEST(ClientTest, SendsVerbTargetHeadersAndBody) {
  const Server server(options(), [](Request&& request, Responder responder) {
    const std::string tag(request.headers.get("If-Match"));
    responder.send({.status = 201,
                    .headers = {{"ETag", tag}},
                    .body = request.verb + " " + request.path + "?" + request.query + " " + request.body});
  });
  Client client(url(server) + "/base/");
  const Reply reply = client.request("PATCH", "/x?y=z", {{"If-Match", "\"3\""}}, "body");
  EXPECT_EQ(reply.status, 201U);
  EXPECT_EQ(reply.headers.get("etag"), "\"3\"");
  EXPECT_EQ(reply.body, "PATCH /base/x?y=z body");
}

TEST(ClientTest, KeepsItsConnection) {
  const auto counts = std::make_shared<Counts>();
  Options observed = options();
  observed.observer = counts;
  const Server server(std::move(observed), echo);
  Client client(url(server));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(client.request("HEAD", "/").status, 200U);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(client.request("GET", "/").body, "GET /? ");
  EXPECT_EQ(counts->opened, 1U);
}

TEST(ClientTest, OpensAnotherWhereTheServerClosedTheKeptOne) {
  Options hasty = options();
  hasty.idle_timeout = std::chrono::milliseconds(20);
  const Server server(std::move(hasty), echo);
  Client client(url(server));
  EXPECT_EQ(client.request("GET", "/").status, 200U);
  EXPECT_TRUE(eventually([&] { return server.open_connections() == 0; }));
  EXPECT_EQ(client.request("GET", "/").status, 200U);
  EXPECT_TRUE(eventually([&] { return server.open_connections() == 0; }));
  EXPECT_EQ(client.request("POST", "/", {{"Idempotency-Key", "1"}}, "x").status, 200U);
  EXPECT_TRUE(eventually([&] { return server.open_connections() == 0; }));
  EXPECT_THROW(client.request("POST", "/", {}, "not twice"), std::runtime_error);
}

TEST(ClientTest, ReadsTheRefusalOfABodyThatIsTooLong) {
  const Server server(options(), echo);
  Client client(url(server));
  EXPECT_EQ(client.request("POST", "/", {}, std::string(3'000'000, 'x')).status, 413U);
}

TEST(ClientTest, SaysWhatWentWrongAndWhere) {
  std::uint16_t free_port;
  {
    const Server server(options(), echo);
    free_port = server.port();
  }
  Client client("http://127.0.0.1:" + std::to_string(free_port));
  try {
    client.request("GET", "/x");
    FAIL() << "reached nobody";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()), "http://127.0.0.1:" + std::to_string(free_port) + ": Connection refused");
  }
  EXPECT_THROW(Client("ftp://x"), std::invalid_argument);
  EXPECT_THROW(Client("http://:80"), std::invalid_argument);
}

TEST(ClientTest, GivesUpAfterItsTimeout) {
  std::vector<Responder> kept;
  const Server server(options(), [&](Request&&, Responder responder) { kept.push_back(std::move(responder)); });
  Client client(url(server), {.timeout = std::chrono::milliseconds(50)});
  EXPECT_THROW(client.request("GET", "/"), std::runtime_error);
}

TEST(ClientTest, ReadsAStreamLineByLineUntilItHasEnough) {
  const Server server(options(), [](Request&&, Responder responder) {
    const auto stream = responder.stream({.headers = {{"Content-Type", "text/event-stream"}}});
    stream->send(std::make_shared<const std::string>("id: 1\ndata: a\n\nid:"));
    stream->send(std::make_shared<const std::string>(" 2\r\ndata: b\n\n"));
  });
  Client client(url(server));
  std::vector<std::string> lines;
  const auto keep = [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  };
  EXPECT_EQ(client.read_lines("/", {}, keep).status, 200U);
  EXPECT_EQ(lines, (std::vector<std::string>{"id: 1", "data: a", "", "id: 2", "data: b", ""}));
  lines.clear();
  client.read_lines("/", {}, [&](std::string_view line) { return keep(line) && line != "data: a"; });
  EXPECT_EQ(lines, (std::vector<std::string>{"id: 1", "data: a"}));
}

TEST(ClientTest, GivesBackTheRefusalOfAStream) {
  const Server server(options(),
                      [](Request&&, Responder responder) { responder.send({.status = 401, .body = "who?"}); });
  Client client(url(server));
  const Reply reply = client.read_lines("/", {}, [](std::string_view) { return ADD_FAILURE(), true; });
  EXPECT_EQ(reply.status, 401U);
  EXPECT_EQ(reply.body, "who?");
}

class TlsTest : public ::testing::Test {
 protected:
  Options tls() const {
    Options secure = options();
    secure.tls_certificate_file = certificate_.certificate_file();
    secure.tls_key_file = certificate_.key_file();
    return secure;
  }
  Client client(const Server& server) const {
    return Client(url(server, "https"), {.timeout = kPatience, .ca_file = certificate_.certificate_file()});
  }

  const wenming::testing::TestCertificate certificate_;
};

TEST_F(TlsTest, CarriesRequestsAndLongBodies) {
  const auto counts = std::make_shared<Counts>();
  Options observed = tls();
  observed.observer = counts;
  const auto body = std::make_shared<const std::string>(5'000'000, 'b');
  Server server(std::move(observed), [&](Request&& request, Responder responder) {
    if (request.path == "/long") return responder.send({.body = body});
    echo(std::move(request), std::move(responder));
  });
  Client secure = client(server);
  EXPECT_EQ(secure.request("POST", "/x", {}, "body").body, "POST /x? body");
  EXPECT_TRUE(secure.request("GET", "/long").body == *body);
  EXPECT_EQ(secure.request("GET", "/last", {{"Connection", "close"}}).body, "GET /last? ");
  EXPECT_EQ(counts->opened, 1U);
  EXPECT_EQ(secure.request("GET", "/again").body, "GET /again? ");
  EXPECT_TRUE(server.drain(kPatience));
}

TEST_F(TlsTest, CarriesStreams) {
  const Server server(tls(), [](Request&&, Responder responder) {
    const auto stream = responder.stream({.headers = {{"Content-Type", "text/event-stream"}}});
    for (int i = 0; i < 100; ++i)
      stream->send(std::make_shared<const std::string>("data: " + std::to_string(i) + "\n"));
  });
  int lines = 0;
  client(server).read_lines("/", {}, [&](std::string_view) { return ++lines, true; });
  EXPECT_EQ(lines, 100);
}

TEST_F(TlsTest, IsRefusedByAClientThatDoesNotKnowTheCertificate) {
  const wenming::testing::TestCertificate another;
  const Server server(tls(), echo);
  Client doubting(url(server, "https"), {.timeout = kPatience, .ca_file = another.certificate_file()});
  EXPECT_THROW(doubting.request("GET", "/"), std::runtime_error);
}

TEST_F(TlsTest, ClosesOnAClientThatDoesNotShakeHands) {
  Options hasty = tls();
  hasty.header_timeout = std::chrono::milliseconds(50);
  const Server server(std::move(hasty), echo);
  RawClient silent(server.port());
  EXPECT_TRUE(silent.is_closed_by_server());
  RawClient plain(server.port());
  plain.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_FALSE(plain.receive());
}

TEST_F(TlsTest, NamesTheFileItCannotRead) {
  Options broken = tls();
  broken.tls_key_file = "/nowhere/key.pem";
  try {
    const Server server(std::move(broken), echo);
    FAIL() << "served without a key";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("/nowhere/key.pem"), std::string::npos);
  }
}

}  // namespace
}  // namespace wenming::http::test
