#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "cache/redis/redis_cache.h"
#include "cache/redis/test_support.h"
#include "testing/temporary_folder.h"

namespace wenming::cache {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

/// Something that is not Redis, on a port or a socket of this machine. Deals with one connection after the other.
class Impostor {
 public:
  using Behaviour = std::function<void(int connection)>;

  explicit Impostor(Behaviour behave) : behave_(std::move(behave)), listening_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listen(address);
    socklen_t size = sizeof address;
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = std::to_string(ntohs(address.sin_port));
  }
  Impostor(const std::string& path, Behaviour behave)
      : behave_(std::move(behave)), listening_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    listen(address);
  }
  ~Impostor() {
    ::shutdown(listening_, SHUT_RDWR);
    thread_.join();
    ::close(listening_);
  }
  Impostor(const Impostor&) = delete;
  Impostor& operator=(const Impostor&) = delete;

  [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const { return "redis://" + host + ":" + port_; }

 private:
  template <class Address>
  void listen(const Address& address) {
    if (::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listening_, 10) != 0)
      throw std::runtime_error("cannot listen");
    thread_ = std::thread([this] {
      for (int connection = 0; (connection = ::accept(listening_, nullptr, nullptr)) >= 0;) {
        behave_(connection);
        ::close(connection);
      }
    });
  }

  const Behaviour behave_;
  const int listening_;
  std::string port_;
  std::thread thread_;
};

/// How Redis answers for the key "overview" where it has version 7, and where it has nothing.
const std::string kEntry = "*4\r\n$16\r\nwenming:overview\r\n$20\r\n00000000000000000007\r\n$0\r\n\r\n$5\r\nseven\r\n";
const std::string kNoEntry = "*4\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n";

class RedisImpostorTest : public ::testing::Test {
 protected:
  Log log_;
};

bool say(int connection, std::string_view text) {
  return ::send(connection, text.data(), text.size(), MSG_NOSIGNAL) >= 0;
}
std::string hear(int connection) {
  char request[4096];
  const auto size = ::recv(connection, request, sizeof request, 0);
  return {request, size > 0 ? static_cast<std::size_t>(size) : 0};
}

TEST_F(RedisImpostorTest, FindsServersByNameAndSpeaksTheProtocol) {
  std::string heard;
  const Impostor impostor([&](int connection) {
    heard = hear(connection);
    say(connection, kEntry);
    hear(connection);
  });
  for (const char* const host : {"127.0.0.1", "localhost"}) {
    RedisCache cache(impostor.url(host), {.timeout = kPatient});
    EXPECT_EQ(get(cache, "overview"), "7:seven") << host;
  }
  EXPECT_EQ(
      heard,
      "*6\r\n$5\r\nHMGET\r\n$16\r\nwenming:overview\r\n$3\r\nkey\r\n$7\r\nversion\r\n$4\r\netag\r\n$5\r\nbytes\r\n");
}

TEST_F(RedisImpostorTest, SignsInAndChoosesTheDatabaseBeforeItAsks) {
  std::string heard;
  const Impostor impostor([&](int connection) {
    heard.clear();
    for (std::string more = hear(connection); !more.empty(); more = hear(connection)) {
      heard += more;
      say(connection, more.find("HMGET") == std::string::npos ? "+OK\r\n" : kNoEntry);
    }
  });
  {
    const std::string address = impostor.url().substr(std::string("redis://").size());
    RedisCache cache("redis://me:secret@" + address + "/3", {.timeout = kPatient});
    EXPECT_EQ(get(cache, "overview"), "nothing");
    EXPECT_EQ(cache.counters().misses, 1U);
  }
  EXPECT_THAT(heard, ::testing::StartsWith("*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$6\r\nsecret\r\n"
                                           "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*6\r\n$5\r\nHMGET"));
}

TEST_F(RedisImpostorTest, NonsenseIsNoAnswer) {
  const std::vector<std::string> answers = {
      "",
      "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
      "+OK\r\n",
      ":7\r\n",
      "$5\r\nseven\r\n",
      "$-1\r\n",
      "$-7\r\n",
      "$99999999999999999999\r\n",
      "*-1\r\n",
      "*-7\r\n",
      "*2\r\n$1\r\na\r\n$1\r\nb\r\n",
      "*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
      "*4\r\n$1\r\na\r\n*0\r\n$-1\r\n*3\r\n",
      "*4\r\n$13\r\nwenming:other" + kEntry.substr(25),
      "*3\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
      "*10001\r\n",
      "*1000000000\r\n",
      "*2147483648\r\n",
      "*4294967299\r\n",
      "*9223372036854775807\r\n",
      kEntry + kEntry,
      kEntry + "+OK\r\n",
      kEntry.substr(0, kEntry.size() - 1),
      "-ERR secret\r\n",
      "-secret\r\n",
      std::string(64, '\0'),
      std::string(2000, '\xff') + "\r\n",
      std::string("\r\n\r\n\r\n"),
      "$2000000\r\n" + std::string(2'000'000, 'x') + "\r\n",
  };
  for (const std::string& answer : answers) {
    const Impostor impostor([&](int connection) {
      hear(connection);
      say(connection, answer);
    });
    for (int call = 0; call < 3; ++call) {
      RedisCache cache(impostor.url(), {.timeout = kPatient});
      switch (call) {
        case 0:
          EXPECT_EQ(get(cache, "overview"), "nothing") << answer.substr(0, 100);
          break;
        case 1:
          put(cache, "overview", 1, "one");
          break;
        default:
          cache.clear();
      }
      if (call == 1 && answer == ":7\r\n") continue;  // the one that fits
      EXPECT_EQ(cache.counters().failures, 1U) << call << answer.substr(0, 100);
    }
  }
  EXPECT_THAT(log_.text(), Not(HasSubstr("secret")));
}

TEST_F(RedisImpostorTest, AnAnswerThatDripsDoesNotProlongTheTimeOut) {
  const Impostor impostor([](int connection) {
    hear(connection);
    say(connection, kEntry.substr(0, kEntry.size() - 10) + "1000\r\n");
    pollfd waiting{connection, POLLIN, 0};
    for (int i = 0; i < 1000 && ::poll(&waiting, 1, 5) == 0; ++i) {  // 5 s
      if (!say(connection, "x")) return;
    }
  });
  RedisCache cache(impostor.url(), {.timeout = 100ms});
  EXPECT_LT(duration_of([&] { EXPECT_EQ(get(cache, "overview"), "nothing"); }), 2s);
}

TEST_F(RedisImpostorTest, AnAnswerWithoutEndIsCutOff) {
  const Impostor impostor([](int connection) {
    hear(connection);
    const std::string much(100'000, 'x');
    while (say(connection, much)) {
    }
  });
  RedisCache cache(impostor.url(), {.timeout = kPatient});
  EXPECT_LT(duration_of([&] { EXPECT_EQ(get(cache, "overview"), "nothing"); }), kPatient / 2);
}

TEST_F(RedisImpostorTest, AConnectionThatBreaksWhileWritingDoesNotEndTheProgram) {
  // Whoever started the test may have had the signal ignored.
  const auto before = ::signal(SIGPIPE, SIG_DFL);
  const wenming::testing::TemporaryFolder folder;
  const std::string path = (folder.path() / "impostor.sock").string();
  // Hears only the beginning of what is too long for the system to keep, and goes.
  const Impostor impostor(path, [](int connection) { hear(connection); });
  for (int i = 0; i < 50; ++i) {
    RedisCache cache("redis+unix://" + path, {.timeout = kPatient});
    put(cache, "overview", 1, std::string(1'000'000, 'x'));
    EXPECT_EQ(cache.counters().failures, 1U);
  }
  ::signal(SIGPIPE, before);
}

TEST_F(RedisImpostorTest, AnswersThatAreOneOffAreNotBelieved) {
  const Impostor impostor([](int connection) {
    hear(connection);
    say(connection, kEntry);
    hear(connection);
    say(connection, kEntry);
  });
  RedisCache cache(impostor.url(), {.timeout = kPatient});
  EXPECT_EQ(get(cache, "overview"), "7:seven");
  EXPECT_EQ(get(cache, "trends"), "nothing");
  EXPECT_EQ(cache.counters().failures, 1U);
}

TEST_F(RedisImpostorTest, IsAskedLessAndLessOften) {
  std::atomic<int> connections = 0;
  const Impostor impostor([&](int) { ++connections; });
  RedisCache cache(impostor.url(), {.timeout = kPatient});
  const auto until = std::chrono::steady_clock::now() + 1s;
  while (std::chrono::steady_clock::now() < until) EXPECT_EQ(get(cache, "overview"), "nothing");
  EXPECT_GE(connections, 2);
  EXPECT_LE(connections, 5);  // after 0, 50, 150, 350 and 750 ms
  EXPECT_GT(cache.counters().failures, 1000U);
  EXPECT_EQ(log_.count("the cache in Redis is lost"), 1U) << log_.text();
}

TEST_F(RedisImpostorTest, ANameThatDoesNotExistIsAnEmptyCache) {
  RedisCache cache("redis://nowhere.invalid", {.timeout = 100ms});
  EXPECT_LT(duration_of([&] { EXPECT_EQ(get(cache, "overview"), "nothing"); }), 2s);
  EXPECT_THAT(log_.text(), HasSubstr("its name is not found"));
}

}  // namespace
}  // namespace wenming::cache
