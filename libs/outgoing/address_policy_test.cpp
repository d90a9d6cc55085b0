#include "outgoing/address_policy.h"

#include <gtest/gtest.h>

namespace wenming::outgoing {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

TEST(AddressPolicy, TellsPublicAddressesFromAllOthers) {
  for (const char* text : {"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
                           "192.167.255.255", "223.255.255.255", "2400:3200::1", "2606:4700:4700::1111"}) {
    EXPECT_TRUE(is_public(ip(text))) << text;
  }
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.255.255.255",
                           "100.64.0.1",
                           "127.0.0.1",
                           "127.255.0.1",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.9.9",
                           "192.0.0.8",
                           "192.0.2.1",
                           "192.168.0.1",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.9",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::ffff:8.8.8.8",
                           "64:ff9b::8.8.8.8",
                           "100::1",
                           "2001::1",
                           "2001:db8::1",
                           "2002:808::1",
                           "fc00::1",
                           "fdff::1",
                           "fe80::1",
                           "fec0::1",
                           "ff02::1"}) {
    EXPECT_FALSE(is_public(ip(text))) << text;
  }
}

TEST(AddressPolicy, AllowsWhatTheOperatorLists) {
  const AddressPolicy policy({"10.20.0.0/16", "192.168.7.7", "fd00:1::/32", "Gateway.Internal:8443"});
  EXPECT_TRUE(policy.allows("a.example", 80, ip("8.8.8.8")));
  EXPECT_TRUE(policy.allows("a.example", 80, ip("10.20.255.1")));
  EXPECT_FALSE(policy.allows("a.example", 80, ip("10.21.0.1")));
  EXPECT_TRUE(policy.allows("a.example", 80, ip("192.168.7.7")));
  EXPECT_FALSE(policy.allows("a.example", 80, ip("192.168.7.8")));
  EXPECT_TRUE(policy.allows("a.example", 80, ip("fd00:1::5")));
  EXPECT_FALSE(policy.allows("a.example", 80, ip("fd00:2::5")));
  EXPECT_TRUE(policy.allows("gateway.internal", 8443, ip("172.16.0.1")));
  EXPECT_FALSE(policy.allows("gateway.internal", 443, ip("172.16.0.1")));
}

TEST(AddressPolicy, NamesAnEntryThatIsNoAddress) {
  for (const char* entry :
       {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "gateway", "gateway:", "gateway:0", ":80", "fd00::/129"}) {
    EXPECT_THROW(AddressPolicy({entry}), std::invalid_argument) << entry;
  }
}

}  // namespace
}  // namespace wenming::outgoing
