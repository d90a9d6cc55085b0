#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include "cache/redis/redis_cache.h"
#include "cache/redis/test_support.h"
#include "testing/redis_server.h"
#include "testing/test_certificate.h"

namespace wenming::cache {
namespace {

using ::testing::HasSubstr;
using testing::RedisServer;
using testing::TestCertificate;

/// A real Redis that takes encrypted connections, with a certificate for `localhost` and 127.0.0.1.
class RedisTlsTest : public ::testing::Test {
 protected:
  RedisCacheOptions believing(const TestCertificate& certificate) const {
    RedisCacheOptions options;
    options.timeout = kPatient;
    options.ca_file = certificate.certificate_file();
    return options;
  }

  Log log_;
  const TestCertificate certificate_;
  RedisServer server_{certificate_.certificate_file(), certificate_.key_file()};
};

TEST_F(RedisTlsTest, KeepsAnswers) {
  RedisCache cache(server_.tls_url(), believing(certificate_));
  RedisCache by_name(server_.tls_url("localhost"), believing(certificate_));
  const std::string large(1'000'000, 'x');
  put(cache, "overview", 7, large);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(get(cache, "overview"), "7:" + large);
  EXPECT_EQ(get(by_name, "overview"), "7:" + large);
  EXPECT_EQ(cache.counters().failures + by_name.counters().failures, 0U) << log_.text();
}

TEST_F(RedisTlsTest, UsesAConnectionAgain) {
  RedisCache cache(server_.tls_url(), believing(certificate_));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(get(cache, "overview"), "nothing");
  const RedisUrl url = RedisUrl::parse(server_.url());
  AddressLookup unused("", 0);
  RedisConnection connection(url, unused, nullptr, std::chrono::steady_clock::now() + kPatient);
  const RedisReply clients = connection.call({"INFO", "stats"}, std::chrono::steady_clock::now() + kPatient);
  // One encrypted connection, this one, and those by which the test found out that the server takes any.
  const std::string text(clients->str, clients->len);
  const std::size_t at = text.find("total_connections_received:") + 27;
  EXPECT_LT(std::stoi(text.substr(at)), 10) << text;
}

TEST_F(RedisTlsTest, SurvivesARestart) {
  RedisCache cache(server_.tls_url(), believing(certificate_));
  put(cache, "overview", 7, "seven");
  EXPECT_EQ(get(cache, "overview"), "7:seven");
  server_.kill();
  EXPECT_EQ(get(cache, "overview"), "nothing");
  server_.start();
  EXPECT_TRUE(eventually([&] {
    put(cache, "overview", 8, "eight");
    return get(cache, "overview") == "8:eight";
  }));
}

TEST_F(RedisTlsTest, BelievesNoCertificateOfSomebodyElse) {
  const TestCertificate another;
  RedisCache cache(server_.tls_url(), believing(another));
  EXPECT_EQ(get(cache, "overview"), "nothing");
  EXPECT_THAT(log_.text(), HasSubstr("its certificate is not believed"));
}

TEST_F(RedisTlsTest, BelievesNoCertificateForAnotherName) {
  RedisCache cache(server_.tls_url("127.0.0.2"), believing(certificate_));
  EXPECT_EQ(get(cache, "overview"), "nothing");
  EXPECT_THAT(log_.text(), HasSubstr("its certificate is not believed: IP address mismatch"));
}

TEST_F(RedisTlsTest, RefusesAFileOfCertificatesThatIsNotThere) {
  EXPECT_THROW(RedisCache("rediss://127.0.0.1", RedisCacheOptions{.ca_file = "/nowhere.pem"}), std::invalid_argument);
}

}  // namespace
}  // namespace wenming::cache
