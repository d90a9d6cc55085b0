#include "outgoing/rest_outgoing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "outgoing/test_receiver.h"
#include "testing/test_certificate.h"

namespace wenming::outgoing {
namespace {

using domain::OutgoingError;
using domain::OutgoingReply;
using domain::OutgoingRequest;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-From: receiver\r\n\r\nthere";

OutgoingRequest post(const std::string& url) {
  return {.url = url, .headers = {{"Content-Type", "application/json"}}, .body = "{}"};
}

/// What went wrong.
std::string error_of(RestOutgoing& outgoing, const OutgoingRequest& request, OutgoingError::Kind kind) {
  try {
    const OutgoingReply reply = outgoing.send(request);
    return "there was a reply: " + std::to_string(reply.status);
  } catch (const OutgoingError& error) {
    if (error.kind() != kind) return std::string("an error of another kind: ") + error.what();
    return error.what();
  }
}
std::string forbidden(RestOutgoing& outgoing, const OutgoingRequest& request) {
  return error_of(outgoing, request, OutgoingError::Kind::Forbidden);
}
std::string failed(RestOutgoing& outgoing, const OutgoingRequest& request) {
  return error_of(outgoing, request, OutgoingError::Kind::Failed);
}

/// Names of this test stand for loopback.
OutgoingOptions loopback() {
  return {.allowed = {"127.0.0.0/8"}, .resolve = [](const std::string& host, steady_clock::time_point) {
            return std::vector{IpAddress::parse(host).value_or(*IpAddress::parse("127.0.0.1"))};
          }};
}

class RestOutgoingTest : public ::testing::Test {
 protected:
  RestOutgoing outgoing_{loopback()};
};

TEST_F(RestOutgoingTest, SendsWhatItIsGivenAndReturnsTheReply) {
  const TestReceiver receiver(TestReceiver::answers(kOk));
  const OutgoingReply reply = outgoing_.send({.verb = "PUT",
                                              .url = receiver.url("receiver.example") + "/a%20b//c?x=1%262&y",
                                              .headers = {{"Content-Type", "text/plain"}, {"X-Mine", "yes"}},
                                              .body = "好"});
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.body, "there");
  EXPECT_THAT(reply.headers, ::testing::Contains(Pair("X-From", "receiver")));
  ASSERT_EQ(receiver.requests().size(), 1U);
  EXPECT_THAT(receiver.requests().front(),
              AllOf(StartsWith("PUT /a%20b//c?x=1%262&y HTTP/1.1\r\n"), HasSubstr("X-Mine:yes\r\n"),
                    HasSubstr("Content-Type:text/plain\r\n"), HasSubstr("\r\n\r\n好"),
                    HasSubstr("Host:receiver.example:" + std::to_string(receiver.port()) + "\r\n")));
}

TEST_F(RestOutgoingTest, ReturnsRefusalsAndRedirectsAsTheyAre) {
  const TestReceiver elsewhere(TestReceiver::answers(kOk));
  const TestReceiver receiver(TestReceiver::answers(
      "HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\nLocation: " + elsewhere.url() + "\r\n\r\n"));
  EXPECT_EQ(outgoing_.send(post(receiver.url())).status, 307U);
  OutgoingRequest get{.verb = "GET", .url = receiver.url()};
  EXPECT_EQ(outgoing_.send(get).status, 307U);
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST(RestOutgoing, DoesNotCallAddressesThatOnlyTheServerCanReach) {
  const TestReceiver receiver(TestReceiver::answers(kOk));
  RestOutgoing outgoing;
  const std::string port = ":" + std::to_string(receiver.port());
  for (const std::string host : {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433",
                                 "0.0.0.0", "10.0.0.1", "169.254.169.254", "192.168.1.1", "[fe80::1]", "[fd00::1]"}) {
    std::string url = "http://";
    url.append(host).append(port);
    EXPECT_THAT(forbidden(outgoing, post(url)), HasSubstr("not a public address")) << host;
  }
  EXPECT_EQ(receiver.connections(), 0);
}

TEST(RestOutgoing, CallsWhatTheOperatorAllowsOrHasChosen) {
  const TestReceiver receiver(TestReceiver::answers(kOk, false));
  const std::string port = std::to_string(receiver.port());
  RestOutgoing by_network({.allowed = {"127.0.0.0/8"}});
  EXPECT_EQ(by_network.send(post(receiver.url())).status, 200U);
  RestOutgoing by_host({.allowed = {"LocalHost:" + port}});
  EXPECT_EQ(by_host.send(post(receiver.url("localhost"))).status, 200U);
  EXPECT_THAT(forbidden(by_host, post(receiver.url())), HasSubstr("not a public address"));
  RestOutgoing none;
  OutgoingRequest configured = post(receiver.url());
  configured.address = OutgoingRequest::Address::Configured;
  EXPECT_EQ(none.send(configured).status, 200U);
  EXPECT_THROW(RestOutgoing({.allowed = {"somewhere"}}), std::invalid_argument);
}

TEST(RestOutgoing, CallsTheVeryAddressThatWasChecked) {
  const TestReceiver receiver(TestReceiver::answers(kOk));
  // A name server that answers an inner address as soon as it is asked a second time.
  int asked = 0;
  RestOutgoing outgoing({.allowed = {"127.0.0.1"}, .resolve = [&](const std::string&, steady_clock::time_point) {
                           return std::vector{*IpAddress::parse(++asked == 1 ? "127.0.0.1" : "127.0.0.2")};
                         }});
  EXPECT_EQ(outgoing.send(post(receiver.url("rebinding.example"))).status, 200U);
  EXPECT_EQ(asked, 1);
  EXPECT_THAT(forbidden(outgoing, post(receiver.url("rebinding.example"))), HasSubstr("127.0.0.2"));
}

TEST(RestOutgoing, TriesTheNextAddressWhereNobodyListens) {
  const TestReceiver receiver(TestReceiver::answers(kOk));
  RestOutgoing outgoing({.allowed = {"127.0.0.0/8"}, .resolve = [](const std::string&, steady_clock::time_point) {
                           return std::vector{*IpAddress::parse("127.0.0.2"), *IpAddress::parse("127.0.0.1")};
                         }});
  EXPECT_EQ(outgoing.send(post(receiver.url("two.example"))).status, 200U);
}

TEST_F(RestOutgoingTest, KeepsConnectionsAndOpensANewOneWhereTheOldWasClosed) {
  std::atomic<int> answered = 0;
  const TestReceiver receiver([&](TestReceiver::Connection& connection) {
    connection.write(kOk);
    return ++answered != 2;
  });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(outgoing_.send(post(receiver.url())).status, 200U);
  EXPECT_EQ(receiver.connections(), 2);
}

TEST_F(RestOutgoingTest, GivesUpAtTheDeadlineHoweverSlowlyTheReplyComes) {
  const TestReceiver silent([](TestReceiver::Connection& connection) {
    connection.wait_for_close();
    return false;
  });
  const TestReceiver dripping([](TestReceiver::Connection& connection) {
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (connection.write("x")) std::this_thread::sleep_for(milliseconds(10));
    return false;
  });
  for (const TestReceiver* receiver : {&silent, &dripping}) {
    OutgoingRequest request = post(receiver->url());
    request.timeout = milliseconds(300);
    const auto begun = steady_clock::now();
    EXPECT_THAT(failed(outgoing_, request), HasSubstr("no reply in time"));
    EXPECT_GE(steady_clock::now() - begun, milliseconds(300));
    EXPECT_LT(steady_clock::now() - begun, milliseconds(3'000));
  }
}

TEST_F(RestOutgoingTest, GivesUpAtTheDeadlineWhereTheHandshakeIsNotAnswered) {
  const TestReceiver plain([](TestReceiver::Connection& connection) {
    connection.wait_for_close();
    return false;
  });
  OutgoingRequest request = post("https://receiver.example:" + std::to_string(plain.port()));
  request.timeout = milliseconds(300);
  EXPECT_THAT(failed(outgoing_, request), HasSubstr("no reply in time"));
}

TEST_F(RestOutgoingTest, TakesNoMoreOfAReplyThanWasAskedFor) {
  // Whatever grows without an end: the body, a header, one chunk. Each would give a gigabyte, and stops when cut off.
  const auto endless = [](const std::string& beginning) {
    return [beginning](TestReceiver::Connection& connection) {
      connection.write(beginning);
      const std::string much(1 << 16, 'x');
      std::size_t given = 0;
      while (given < (std::size_t{1} << 30) && connection.write(much)) given += much.size();
      EXPECT_LT(given, std::size_t{1} << 28) << "more was taken than can be told from sockets' buffers";
      return false;
    };
  };
  for (const std::string beginning :
       {"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", "HTTP/1.1 200 OK\r\nX-Long: ",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n", "HTTP/1.1 200 OK\r\n\r\n"}) {
    const TestReceiver receiver(endless(beginning));
    EXPECT_THAT(failed(outgoing_, post(receiver.url())), HasSubstr("the reply is too long")) << beginning;
  }
  const TestReceiver slightly(TestReceiver::answers(kOk));
  OutgoingRequest request = post(slightly.url());
  request.reply_bytes = 4;
  EXPECT_THAT(failed(outgoing_, request), HasSubstr("the reply is too long"));
  request.reply_bytes = 5;
  EXPECT_EQ(outgoing_.send(request).status, 200U);
}

TEST_F(RestOutgoingTest, SaysWhereNoReplyCame) {
  const TestReceiver closing([](TestReceiver::Connection&) { return false; });
  EXPECT_THAT(failed(outgoing_, post(closing.url())), StartsWith("127.0.0.1: "));
  const TestReceiver babbling(TestReceiver::answers("good morning\r\n\r\n"));
  EXPECT_THAT(failed(outgoing_, post(babbling.url())), StartsWith("127.0.0.1: "));
  EXPECT_THAT(failed(outgoing_, post("http://127.0.0.1:1")), StartsWith("127.0.0.1: "));
}

TEST_F(RestOutgoingTest, SendsThroughAProxy) {
  const TestReceiver proxy(TestReceiver::answers(kOk));
  OutgoingOptions options = loopback();
  options.proxy = "http://wenming:s%40cret@127.0.0.1:" + std::to_string(proxy.port());
  RestOutgoing outgoing(options);
  EXPECT_EQ(outgoing.send(post("http://receiver.example/hook")).status, 200U);
  EXPECT_THAT(proxy.requests().at(0), AllOf(StartsWith("POST http://receiver.example/hook HTTP/1.1\r\n"),
                                            HasSubstr("Host: receiver.example\r\n"),
                                            HasSubstr("Proxy-Authorization: Basic d2VubWluZzpzQGNyZXQ=\r\n")));
  EXPECT_THAT(forbidden(outgoing, post("http://10.0.0.1/")), HasSubstr("not a public address"));
  OutgoingRequest tunnelled = post("https://receiver.example/hook");
  tunnelled.timeout = milliseconds(300);
  EXPECT_THAT(failed(outgoing, tunnelled), StartsWith("receiver.example: "));
  EXPECT_THAT(proxy.requests().back(), StartsWith("CONNECT receiver.example:443 HTTP/1.1\r\n"));
  EXPECT_THROW(RestOutgoing({.proxy = "proxy.internal"}), std::invalid_argument);
}

/// A receiver behind TLS that proves to be receiver.example.
class RestOutgoingTlsTest : public ::testing::Test {
 protected:
  static OutgoingOptions trusting(const std::string& ca_file) {
    OutgoingOptions options = loopback();
    options.ca_file = ca_file;
    return options;
  }

  const testing::TestCertificate certificate_{"DNS:receiver.example"};
  const TestReceiver receiver_{TestReceiver::answers(kOk), {certificate_.certificate_file(), certificate_.key_file()}};
  RestOutgoing outgoing_{trusting(certificate_.certificate_file())};
};

TEST_F(RestOutgoingTlsTest, CallsAnAddressByTheNameOfItsHost) {
  EXPECT_EQ(outgoing_.send(post(receiver_.url("receiver.example"))).status, 200U);
  EXPECT_EQ(outgoing_.send(post(receiver_.url("Receiver.Example"))).status, 200U);
  EXPECT_THAT(receiver_.server_names(), ElementsAre("receiver.example"));
  EXPECT_THAT(receiver_.requests().front(), HasSubstr("Host:receiver.example\r\n"));
}

TEST_F(RestOutgoingTlsTest, DoesNotTrustAnotherName) {
  EXPECT_THAT(failed(outgoing_, post(receiver_.url("other.example"))), HasSubstr("handshake"));
  EXPECT_THAT(failed(outgoing_, post(receiver_.url("127.0.0.1"))), HasSubstr("handshake"));
  EXPECT_THAT(receiver_.requests(), IsEmpty());
}

TEST_F(RestOutgoingTlsTest, DoesNotTrustACertificateThatNobodySigned) {
  RestOutgoing doubting(loopback());
  EXPECT_THAT(failed(doubting, post(receiver_.url("receiver.example"))), HasSubstr("handshake"));
  EXPECT_THAT(receiver_.requests(), IsEmpty());
}

TEST_F(RestOutgoingTlsTest, TakesNoMoreOfAReplyThanWasAskedForBehindTls) {
  const TestReceiver endless(
      [](TestReceiver::Connection& connection) {
        connection.write("HTTP/1.1 200 OK\r\nX-Long: ");
        const std::string much(1 << 14, 'x');
        std::size_t given = 0;
        while (given < (std::size_t{1} << 29) && connection.write(much)) given += much.size();
        EXPECT_LT(given, std::size_t{1} << 28);
        return false;
      },
      {certificate_.certificate_file(), certificate_.key_file()});
  EXPECT_THAT(failed(outgoing_, post(endless.url("receiver.example"))), HasSubstr("the reply is too long"));
}

int threads_now() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "Threads:") break;
  }
  int threads = 0;
  status >> threads;
  return threads;
}

// Its name has it run first, where tests run in one process: the threads are those of the process.
TEST(ARestOutgoing, StartsItsFewThreadsWithTheFirstRequest) {
  const TestReceiver receiver(TestReceiver::answers(kOk));
  const int before = threads_now();
  RestOutgoing outgoing({.allowed = {"127.0.0.1"}});
  EXPECT_EQ(threads_now(), before);
  for (int i = 0; i < 5; ++i) outgoing.send(post(receiver.url()));
  EXPECT_LE(threads_now(), before + 3) << "two of the pool, and one that Asio looks names up on";
}

}  // namespace
}  // namespace wenming::outgoing
