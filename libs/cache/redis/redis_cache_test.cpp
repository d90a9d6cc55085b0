#include "cache/redis/redis_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <algorithm>
#include <limits>
#include <thread>
#include <vector>

#include "cache/cache_contract.h"
#include "cache/redis/test_support.h"
#include "testing/redis_server.h"

namespace wenming::cache {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using wenming::testing::RedisServer;
using Clock = std::chrono::steady_clock;

struct RedisFactory {
  std::unique_ptr<Cache> make() {
    return std::make_unique<RedisCache>(server.url(), RedisCacheOptions{.timeout = kPatient});
  }
  RedisServer server;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Redis, CacheContract, RedisFactory);

class RedisCacheTest : public ::testing::Test {
 protected:
  /// Speaks to Redis past the cache.
  RedisReply tell(const std::vector<std::string_view>& words) {
    const RedisUrl url = RedisUrl::parse(server_.url());
    AddressLookup unused("", 0);
    RedisConnection connection(url, unused, nullptr, Clock::now() + kPatient);
    return connection.call(words, Clock::now() + kPatient);
  }

  Log log_;
  RedisServer server_;
  RedisCache cache_{server_.url(), {.timeout = kPatient}};
};

TEST_F(RedisCacheTest, KeepsBytesAndEntityTagAsTheyAre) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  const std::string key = "key \r\n$3\r\n " + every_byte;
  put(cache_, key, 7, every_byte, "\"" + every_byte + "\"");
  const auto cached = cache_.get(key);
  ASSERT_TRUE(cached);
  EXPECT_EQ(*cached->bytes, every_byte);
  EXPECT_EQ(cached->etag, "\"" + every_byte + "\"");
  put(cache_, "", 0, "");
  EXPECT_EQ(get(cache_, ""), "0:");
}

TEST_F(RedisCacheTest, TellsTheLargestVersionsApart) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
  put(cache_, "overview", 9, "nine");
  put(cache_, "overview", 10, "ten");
  EXPECT_EQ(get(cache_, "overview"), "10:ten");
  put(cache_, "overview", kLargest - 1, "last but one");
  put(cache_, "overview", kLargest, "last");
  put(cache_, "overview", kLargest - 1, "last but one");
  EXPECT_EQ(get(cache_, "overview"), std::to_string(kLargest) + ":last");
}

TEST_F(RedisCacheTest, TwoProcessesNeverReplaceANewerEntry) {
  RedisCache other(server_.url(), {.timeout = kPatient, .connections = 2});
  constexpr std::uint64_t kVersions = 4000;
  std::vector<std::thread> threads;
  for (std::uint64_t writer = 0; writer < 6; ++writer) {
    threads.emplace_back([&, writer] {
      RedisCache& mine = writer % 2 == 0 ? cache_ : other;
      RedisCache& reading = writer % 3 == 0 ? cache_ : other;
      std::uint64_t seen = 0;
      for (std::uint64_t version = writer; version < kVersions; version += 6) {
        put(mine, "overview", version, std::to_string(version), "\"" + std::to_string(version) + "\"");
        const auto cached = reading.get("overview");
        ASSERT_TRUE(cached);
        ASSERT_GE(cached->version, std::max(version, seen));
        ASSERT_EQ(*cached->bytes, std::to_string(cached->version));
        ASSERT_EQ(cached->etag, "\"" + *cached->bytes + "\"");
        seen = cached->version;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(get(cache_, "overview"), "3999:3999");
  EXPECT_EQ(cache_.counters().failures + other.counters().failures, 0U);
}

TEST_F(RedisCacheTest, KeepsUpToOneMebibyte) {
  const std::string key = "large";
  const std::string etag = "\"tag\"";
  const std::size_t room = (std::size_t{1} << 20) - key.size() - etag.size();
  put(cache_, key, 1, std::string(room, 'x'), etag);
  EXPECT_EQ(get(cache_, key), "1:" + std::string(room, 'x'));
  put(cache_, key, 2, std::string(room + 1, 'x'), etag);
  EXPECT_EQ(get(cache_, key).substr(0, 2), "1:");
  put(cache_, "huge", 1, std::string(std::size_t{50} << 20, 'x'));
  EXPECT_EQ(get(cache_, "huge"), "nothing");
  EXPECT_EQ(cache_.counters().failures, 0U);
}

TEST_F(RedisCacheTest, EntriesEndAfterTheirTimeToLive) {
  put(cache_, "overview", 1, "one");
  const auto left = tell({"PTTL", "wenming:overview"})->integer;
  EXPECT_GT(left, 86'000'000);
  EXPECT_LE(left, 86'400'000);

  RedisCache brief(server_.url(), {.timeout = kPatient, .prefix = "brief:", .time_to_live = 1s});
  put(brief, "overview", 1, "one");
  EXPECT_LE(tell({"PTTL", "brief:overview"})->integer, 1000);
  EXPECT_TRUE(eventually([&] { return !brief.get("overview"); }));
}

TEST_F(RedisCacheTest, ClearsOnlyWhatBeginsWithItsPrefix) {
  RedisCache other(server_.url(), {.timeout = kPatient, .prefix = "wen*[m]\\?:"});
  for (int i = 0; i < 3000; ++i) put(cache_, "key" + std::to_string(i), 1, "mine");
  put(other, "key", 1, "other");
  tell({"SET", "foreign", "value"});
  tell({"SET", "not wenming:key", "value"});
  tell({"SET", "wenXm:key", "value"});
  cache_.clear();
  for (int i = 0; i < 3000; ++i) ASSERT_FALSE(cache_.get("key" + std::to_string(i)));
  EXPECT_EQ(get(other, "key"), "1:other");
  EXPECT_EQ(tell({"DBSIZE"})->integer, 4);
  put(cache_, "key", 1, "mine");
  other.clear();
  EXPECT_EQ(get(other, "key"), "nothing");
  EXPECT_EQ(get(cache_, "key"), "1:mine");
  EXPECT_EQ(tell({"DBSIZE"})->integer, 4);
}

TEST_F(RedisCacheTest, DamagedEntriesAreNoneAndAreReplaced) {
  const std::vector<std::vector<std::string_view>> damages = {
      {"SET", "wenming:overview", "a text"},
      {"HSET", "wenming:overview", "version", "7"},
      {"HSET", "wenming:overview", "version", "x", "etag", "", "bytes", "seven", "key", "wenming:overview"},
      {"HSET", "wenming:overview", "version", "00000000000000000007x", "etag", "", "bytes", "seven", "key",
       "wenming:overview"},
      {"LPUSH", "wenming:overview", "a list"},
  };
  std::uint64_t version = 0;
  for (const auto& damage : damages) {
    tell({"DEL", "wenming:overview"});
    tell(damage);
    EXPECT_EQ(get(cache_, "overview"), "nothing") << damage[2];
    put(cache_, "overview", ++version, "new");
    EXPECT_EQ(get(cache_, "overview"), std::to_string(version) + ":new") << damage[2];
  }
  EXPECT_EQ(cache_.counters().failures, 0U);
}

TEST_F(RedisCacheTest, ScriptsAndEntriesMayBeWipedAtAnyMoment) {
  put(cache_, "overview", 7, "seven");
  tell({"SCRIPT", "FLUSH"});
  tell({"FLUSHALL"});
  EXPECT_EQ(get(cache_, "overview"), "nothing");
  put(cache_, "overview", 1, "one");
  EXPECT_EQ(get(cache_, "overview"), "1:one");
  EXPECT_EQ(cache_.counters().failures, 0U);
}

TEST_F(RedisCacheTest, CountsHitsMissesAndFailures) {
  put(cache_, "overview", 1, "one");
  (void)cache_.get("overview");
  (void)cache_.get("overview");
  (void)cache_.get("trends");
  server_.kill();
  (void)cache_.get("overview");
  const RedisCacheCounters counters = cache_.counters();
  EXPECT_EQ(counters.hits, 2U);
  EXPECT_EQ(counters.misses, 1U);
  EXPECT_EQ(counters.failures, 1U);
}

TEST_F(RedisCacheTest, ARestartBetweenCallsIsNoFailure) {
  put(cache_, "overview", 7, "seven");
  server_.kill();
  server_.start();
  EXPECT_EQ(get(cache_, "overview"), "nothing");
  put(cache_, "overview", 1, "one");
  EXPECT_EQ(get(cache_, "overview"), "1:one");
  EXPECT_EQ(cache_.counters().failures, 0U);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(RedisCacheTest, ConnectionsThatRedisClosedAreReplaced) {
  put(cache_, "overview", 7, "seven");
  tell({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  EXPECT_EQ(get(cache_, "overview"), "7:seven");
  EXPECT_EQ(cache_.counters().failures, 0U);
}

TEST_F(RedisCacheTest, IsEmptyWhileRedisIsAwayAndWorksAgainAfterwards) {
  put(cache_, "overview", 7, "seven");
  server_.kill();
  EXPECT_EQ(get(cache_, "overview"), "nothing");
  put(cache_, "overview", 8, "eight");
  cache_.clear();
  EXPECT_EQ(get(cache_, "overview"), "nothing");
  EXPECT_EQ(log_.count("the cache in Redis is lost"), 1U) << log_.text();
  EXPECT_EQ(log_.count("was not cleared"), 1U) << log_.text();

  server_.start();
  EXPECT_TRUE(eventually([&] {
    put(cache_, "overview", 1, "one");
    return get(cache_, "overview") == "1:one";
  }));
  EXPECT_EQ(log_.count("the cache in Redis is lost"), 1U) << log_.text();
  EXPECT_EQ(log_.count("the cache in Redis is back"), 1U) << log_.text();
}

TEST_F(RedisCacheTest, StartsWithoutRedis) {
  server_.kill();
  RedisCache early(server_.url(), {.timeout = kPatient});
  EXPECT_EQ(get(early, "overview"), "nothing");
  server_.start();
  EXPECT_TRUE(eventually([&] {
    put(early, "overview", 1, "one");
    return get(early, "overview") == "1:one";
  }));
}

TEST_F(RedisCacheTest, AHangingRedisHoldsUpOnlyFewCalls) {
  RedisCache quick(server_.url(), {.timeout = 100ms});
  ASSERT_TRUE(eventually([&] {
    put(quick, "overview", 7, "seven");
    return get(quick, "overview") == "7:seven";
  }));
  server_.pause();
  EXPECT_LT(duration_of([&] { EXPECT_EQ(get(quick, "overview"), "nothing"); }), 1s);
  // Each waiting its time-out would take 200 s.
  EXPECT_LT(duration_of([&] {
              for (int i = 0; i < 1000; ++i) {
                EXPECT_EQ(get(quick, "overview"), "nothing");
                put(quick, "overview", 8, "eight");
              }
            }),
            3s);
  server_.resume();
  EXPECT_TRUE(eventually([&] { return get(quick, "overview") != "nothing"; }));
  // The server may have found the 8 that somebody tried to put.
  EXPECT_THAT(get(quick, "overview"), ::testing::AnyOf("7:seven", "8:eight", "nothing"));
}

TEST_F(RedisCacheTest, AnAnswerThatComesTooLateIsNotTakenForThatToTheNextQuestion) {
  RedisCache quick(server_.url(), {.timeout = 100ms, .connections = 1});
  put(cache_, "overview", 1, "overview");
  put(cache_, "trends", 1, "trends");
  ASSERT_TRUE(eventually([&] { return quick.get("overview").has_value(); }));
  server_.pause();
  EXPECT_EQ(get(quick, "overview"), "nothing");
  server_.resume();
  std::string answer;
  EXPECT_TRUE(eventually([&] { return (answer = get(quick, "trends")) != "nothing"; }));
  EXPECT_EQ(answer, "1:trends");
}

TEST_F(RedisCacheTest, ManyCallsAtOnceWaitForAHangingRedisTogether) {
  RedisCache quick(server_.url(), {.timeout = 200ms, .connections = 2});
  put(quick, "overview", 7, "seven");
  server_.pause();
  const auto waited = duration_of([&] {
    std::vector<std::thread> threads;
    for (int i = 0; i < 40; ++i) threads.emplace_back([&] { EXPECT_EQ(get(quick, "overview"), "nothing"); });
    for (auto& thread : threads) thread.join();
  });
  EXPECT_LT(waited, 2s);  // two at a time, one after the other: 4 s
  EXPECT_EQ(quick.counters().failures, 40U);
  server_.resume();
  EXPECT_TRUE(eventually([&] { return get(quick, "overview") == "7:seven"; }));
}

TEST_F(RedisCacheTest, ManyThreadsShareFewConnections) {
  RedisCache narrow(server_.url(), {.timeout = kPatient, .connections = 3});
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, key = "key" + std::to_string(i)] {
      for (std::uint64_t version = 1; version <= 100; ++version) {
        put(narrow, key, version, key);
        ASSERT_EQ(get(narrow, key), std::to_string(version) + ":" + key);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const RedisReply clients = tell({"CLIENT", "LIST"});
  const std::string list(clients->str, clients->len);
  EXPECT_LE(std::count(list.begin(), list.end(), '\n'), 3 + 1) << list;
}

TEST(RedisCacheOptionsTest, WrongUrlsAndOptionsAreRefused) {
  const std::string url = "redis://localhost";
  EXPECT_THROW(RedisCache("http://localhost"), std::invalid_argument);
  EXPECT_THROW(RedisCache("redis://localhost/x"), std::invalid_argument);
  EXPECT_THROW(RedisCache(url, {.timeout = 0ms}), std::invalid_argument);
  EXPECT_THROW(RedisCache(url, {.prefix = ""}), std::invalid_argument);
  EXPECT_THROW(RedisCache(url, {.time_to_live = 0s}), std::invalid_argument);
  EXPECT_THROW(RedisCache(url, {.connections = 0}), std::invalid_argument);
}

TEST(RedisCacheSignInTest, SignsInWithUserAndPassword) {
  const RedisServer server("correct horse@/");
  for (const char* const sign_in : {":correct%20horse%40%2f@", "default:correct%20horse%40%2f@"}) {
    RedisCache cache("redis+unix://" + std::string(sign_in) + server.socket(), {.timeout = kPatient});
    put(cache, "overview", 1, "one");
    EXPECT_EQ(get(cache, "overview"), "1:one") << sign_in;
  }
}

TEST(RedisCacheSignInTest, AWrongPasswordMakesAnEmptyCacheAndStaysOutOfTheLog) {
  const Log log;
  const RedisServer server("correct-horse");
  for (const char* const sign_in : {"", ":battery-staple@", "wenming:battery-staple@"}) {
    RedisCache cache("redis+unix://" + std::string(sign_in) + server.socket(), {.timeout = kPatient});
    put(cache, "overview", 1, "one");
    EXPECT_EQ(get(cache, "overview"), "nothing");
    EXPECT_EQ(cache.counters().failures, 2U);
  }
  EXPECT_EQ(log.count("the cache in Redis is lost"), 3U) << log.text();
  EXPECT_THAT(log.text(), HasSubstr("NOAUTH"));
  EXPECT_THAT(log.text(), HasSubstr("sign in"));
  EXPECT_THAT(log.text(), Not(HasSubstr("battery-staple")));
}

TEST_F(RedisCacheTest, SignsInWithAPasswordThatTakesThePlaceOfTheOneInTheUrl) {
  RedisServer strict("open sesame");
  RedisCache by_option(strict.url(), {.timeout = kPatient, .password = "open sesame"});
  EXPECT_TRUE(by_option.answers());
  const std::string url = "redis+unix://default:-@" + strict.socket();
  RedisCache with_user(url, {.timeout = kPatient, .password = "open sesame"});
  EXPECT_TRUE(with_user.answers());
  EXPECT_FALSE(RedisCache(url, {.timeout = kPatient}).answers());
}

}  // namespace
}  // namespace wenming::cache
