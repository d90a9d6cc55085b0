// What is decided by headers alone: compression, traces, proxies.
#include <gtest/gtest.h>

#include <boost/asio/ip/address.hpp>
#include <stdexcept>
#include <string>

#include "http/gzip.h"
#include "http/proxies.h"
#include "http/trace.h"

namespace wenming::http {
namespace {

TEST(GzipTest, IsTakenOnlyWhereTheClientAcceptsIt) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("br;q=1.0, gzip;q=0.8, *;q=0.1"));
  EXPECT_TRUE(accepts_gzip("*"));
  EXPECT_FALSE(accepts_gzip(""));
  EXPECT_FALSE(accepts_gzip("br"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip; q=0.000, *"));
}

TEST(GzipTest, IsForTextNotForPictures) {
  EXPECT_TRUE(is_compressible("application/problem+json"));
  EXPECT_TRUE(is_compressible("text/html; charset=utf-8"));
  EXPECT_FALSE(is_compressible("image/png"));
  EXPECT_FALSE(is_compressible(""));
}

TEST(TraceTest, TakesValidContextsOnly) {
  EXPECT_TRUE(is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  EXPECT_TRUE(is_traceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));
  EXPECT_FALSE(is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));
  EXPECT_FALSE(is_traceparent("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  EXPECT_FALSE(is_traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
  EXPECT_FALSE(is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"));
  EXPECT_FALSE(is_traceparent("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"));
  EXPECT_FALSE(is_traceparent(""));
}

TEST(TraceTest, BeginsValidTracesThatDiffer) {
  TraceSource source;
  const std::string first = source.begin();
  EXPECT_TRUE(is_traceparent(first)) << first;
  EXPECT_NE(trace_id_of(first), trace_id_of(source.begin()));
}

TEST(TraceTest, LetsNoStrangeRequestIdsIntoLogs) {
  EXPECT_TRUE(is_sane_request_id("7f3a-01.B_2:c"));
  EXPECT_FALSE(is_sane_request_id(""));
  EXPECT_FALSE(is_sane_request_id("a b"));
  EXPECT_FALSE(is_sane_request_id("\x1b[31m"));
  EXPECT_FALSE(is_sane_request_id(std::string(65, 'a')));
}

TEST(TrustedProxiesTest, AreGivenAsAddressesAndNetworks) {
  const TrustedProxies proxies({"10.0.0.0/8", "192.168.1.1", "fd00::/8"});
  const auto trusts = [&](const char* address) { return proxies.trusts(boost::asio::ip::make_address(address)); };
  EXPECT_TRUE(trusts("10.200.3.4"));
  EXPECT_TRUE(trusts("192.168.1.1"));
  EXPECT_TRUE(trusts("fd12::1"));
  EXPECT_TRUE(trusts("::ffff:10.0.0.1"));
  EXPECT_FALSE(trusts("192.168.1.2"));
  EXPECT_FALSE(trusts("11.0.0.1"));
  EXPECT_FALSE(trusts("fe80::1"));
  EXPECT_THROW(TrustedProxies({"my-proxy"}), std::invalid_argument);
}

TEST(TrustedProxiesTest, TellTheClientByTheLastAddressThatIsNotTheirs) {
  const TrustedProxies proxies({"10.0.0.0/8"});
  EXPECT_EQ(proxies.client_of("203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(proxies.client_of("1.2.3.4, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
  EXPECT_EQ(proxies.client_of("10.0.0.3, 10.0.0.2"), "10.0.0.3");
  EXPECT_EQ(proxies.client_of("1.2.3.4, nonsense"), "");
  EXPECT_EQ(proxies.client_of(""), "");
}

}  // namespace
}  // namespace wenming::http
