#include "cache/redis/redis_url.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace wenming::cache {
namespace {

/// What the parser says of a URL that it refuses.
std::string complaint_about(const std::string& text) {
  try {
    RedisUrl::parse(text);
  } catch (const std::invalid_argument& wrong) {
    return wrong.what();
  }
  return "nothing";
}

TEST(RedisUrlTest, KnowsTheUsualPortAndDatabase) {
  const RedisUrl url = RedisUrl::parse("redis://cache.internal");
  EXPECT_EQ(url.host, "cache.internal");
  EXPECT_EQ(url.port, 6379);
  EXPECT_EQ(url.database, 0);
  EXPECT_EQ(url.user, "");
  EXPECT_EQ(url.password, "");
  EXPECT_EQ(url.place(), "redis://cache.internal:6379/0");
  EXPECT_EQ(RedisUrl::parse("redis://cache.internal/").place(), url.place());
}

TEST(RedisUrlTest, ReadsUserPasswordPortAndDatabase) {
  const RedisUrl url = RedisUrl::parse("redis://wen%3aming:p%40%2Fss:word@10.0.0.7:6380/3");
  EXPECT_EQ(url.host, "10.0.0.7");
  EXPECT_EQ(url.port, 6380);
  EXPECT_EQ(url.database, 3);
  EXPECT_EQ(url.user, "wen:ming");
  EXPECT_EQ(url.password, "p@/ss:word");
  EXPECT_EQ(url.place(), "redis://10.0.0.7:6380/3");
}

TEST(RedisUrlTest, TakesAPasswordWithoutAUser) {
  const RedisUrl url = RedisUrl::parse("redis://:secret@localhost");
  EXPECT_EQ(url.user, "");
  EXPECT_EQ(url.password, "secret");
}

TEST(RedisUrlTest, ReadsAddressesOfVersionSix) {
  const RedisUrl url = RedisUrl::parse("redis://:secret@[fe80::1%eth0]:6380");
  EXPECT_EQ(url.host, "fe80::1%eth0");
  EXPECT_EQ(url.port, 6380);
  EXPECT_EQ(url.place(), "redis://[fe80::1%eth0]:6380/0");
  EXPECT_EQ(RedisUrl::parse("redis://[::1]/2").port, 6379);
}

TEST(RedisUrlTest, ReadsSocketsOfThisMachine) {
  EXPECT_EQ(RedisUrl::parse("redis+unix:///run/redis/redis.sock").path, "/run/redis/redis.sock");
  const RedisUrl url = RedisUrl::parse("redis+unix://user:secret@/run/my%20redis.sock");
  EXPECT_EQ(url.host, "");
  EXPECT_EQ(url.path, "/run/my redis.sock");
  EXPECT_EQ(url.user, "user");
  EXPECT_EQ(url.password, "secret");
  EXPECT_EQ(url.place(), "redis+unix:///run/my redis.sock");
}

TEST(RedisUrlTest, RefusesWhatIsNoUrlOfRedisAndNeverRepeatsIt) {
  const std::string long_path = "redis+unix:///secret" + std::string(108, 'x');
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "neither redis://"},
      {"secret", "neither redis://"},
      {"http://secret", "neither redis://"},
      {"redis:/secret", "neither redis://"},
      {"redis://", "host is missing"},
      {"redis://:secret@", "host is missing"},
      {"redis://:6379", "host is missing"},
      {"redis://secret@host", "user:password"},
      {"redis://secret:@host", "password is empty"},
      {"redis://:secret%4@host", "hexadecimal"},
      {"redis://:secret%zz@host", "hexadecimal"},
      {"redis://:secret@ho st", "neither a name nor an address"},
      {"redis://:sec/ret@host", "port"},  // the slash was not encoded
      {"redis://[::1", "]"},
      {"redis://[::1]6379", ":port"},
      {"redis://host:", "65535"},
      {"redis://host:0", "65535"},
      {"redis://host:65536", "65535"},
      {"redis://host:6379x", "65535"},
      {"redis://host:99999999999999999999", "65535"},
      {"redis://:secret@host/one", "the database is a number"},
      {"redis://:secret@host/-1", "the database is a number"},
      {"redis://:secret@host/1/2", "the database is a number"},
      {"redis://:secret@host/?db=1", "?"},
      {"redis+unix://", "path of the socket"},
      {"redis+unix:///", "path of the socket"},
      {"redis+unix://secret/run/redis.sock", "no host"},
      {"redis+unix:///run/secret%00", "no such path"},
      {long_path, "no such path"},
  };
  for (const auto& [text, reason] : wrong) {
    const std::string complaint = complaint_about(text);
    EXPECT_NE(complaint.find(reason), std::string::npos) << text << ": " << complaint;
    EXPECT_EQ(complaint.find("secret"), std::string::npos) << text << ": " << complaint;
  }
}

}  // namespace
}  // namespace wenming::cache
