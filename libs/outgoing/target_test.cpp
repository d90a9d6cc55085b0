#include "outgoing/target.h"

#include <gtest/gtest.h>

#include "domain/outside.h"

namespace wenming::outgoing {
namespace {

std::string read(std::string_view url) {
  const Target target = Target::parse(url);
  return (target.tls ? "tls " : "plain ") + target.host + " " + std::to_string(target.port) + " " + target.resource;
}

TEST(Target, IsReadFromAUrl) {
  EXPECT_EQ(read("https://Receiver.Example/hook?x=1"), "tls receiver.example 443 /hook?x=1");
  EXPECT_EQ(read("http://receiver.example:8080"), "plain receiver.example 8080 /");
  EXPECT_EQ(read("HTTPS://receiver.example?x#here"), "tls receiver.example 443 /?x");
  EXPECT_EQ(read("https://[2001:db8::1]:8443/"), "tls [2001:db8::1] 8443 /");
  EXPECT_EQ(read("http://[::1]"), "plain [::1] 80 /");
  EXPECT_EQ(Target::parse("https://receiver.example:443").authority(), "receiver.example");
  EXPECT_EQ(Target::parse("http://receiver.example:443").authority(), "receiver.example:443");
}

TEST(Target, IsNothingThatCouldBeReadInTwoWays) {
  for (const char* url :
       {"", "ftp://receiver.example", "receiver.example", "https://", "https:///hook", "https://user@receiver.example",
        "https://receiver.example:443@10.0.0.1", "https://receiver.example:", "https://receiver.example:0",
        "https://receiver.example:70000", "https://receiver.example:1:2", "https://[::1",
        "https://receiver.example/a b", "https://receiver.example\\@10.0.0.1",
        "https://receiver.example/\r\nX-Other: 1", "https://接收.example"}) {
    EXPECT_THROW(static_cast<void>(Target::parse(url)), domain::OutgoingError) << url;
  }
}

}  // namespace
}  // namespace wenming::outgoing
