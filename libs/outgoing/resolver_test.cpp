#include "outgoing/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/outside.h"

namespace wenming::outgoing {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> found(const std::string& host) {
  std::vector<std::string> texts;
  for (const IpAddress& address : resolve(host, std::chrono::steady_clock::now() + std::chrono::seconds(30)))
    texts.push_back(address.text());
  return texts;
}

TEST(Resolver, ReadsAddressesHoweverTheyAreWritten) {
  EXPECT_THAT(found("203.0.113.7"), ElementsAre("203.0.113.7"));
  EXPECT_THAT(found("0x7f.1"), ElementsAre("127.0.0.1"));
  EXPECT_THAT(found("2130706433"), ElementsAre("127.0.0.1"));
  EXPECT_THAT(found("[2001:db8::1]"), ElementsAre("2001:db8::1"));
}

TEST(Resolver, LooksNamesUp) {
  EXPECT_THAT(found("localhost"), ::testing::Contains(::testing::AnyOf("127.0.0.1", "::1")));
  EXPECT_THROW(found("nobody.invalid"), domain::OutgoingError);
  EXPECT_THROW(found("[receiver.example]"), domain::OutgoingError);
}

TEST(Resolver, GivesUpAtTheDeadline) {
  EXPECT_THROW(resolve("receiver.example", std::chrono::steady_clock::now() - std::chrono::seconds(1)),
               domain::OutgoingError);
}

}  // namespace
}  // namespace wenming::outgoing
