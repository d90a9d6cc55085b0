#include "http/message.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace wenming::http {
namespace {

TEST(HeadersTest, FindAFieldWhateverTheCaseOfItsName) {
  const Headers headers{{"Content-Type", "text/plain"}, {"ETag", "\"3\""}};
  EXPECT_EQ(headers.get("etag"), "\"3\"");
  EXPECT_EQ(headers.get("CONTENT-TYPE"), "text/plain");
}

TEST(HeadersTest, DoNotTakeThePartOfANameForTheName) {
  const Headers headers{{"Content-Type", "text/plain"}, {"X", "Type: no"}};
  EXPECT_FALSE(headers.find("Type"));
  EXPECT_FALSE(headers.find("Content"));
  EXPECT_FALSE(headers.find("Content-Typee"));
}

TEST(HeadersTest, TellAnEmptyFieldFromAMissingOne) {
  const Headers headers{{"Accept", ""}};
  EXPECT_TRUE(headers.has("Accept"));
  EXPECT_FALSE(headers.has("Expect"));
}

TEST(HeadersTest, RefuseWhatWouldSplitTheAnswer) {
  Headers headers;
  EXPECT_THROW(headers.add("X", "a\r\nSet-Cookie: b"), std::invalid_argument);
  EXPECT_THROW(headers.add("X\r\nY", "a"), std::invalid_argument);
  EXPECT_THROW(headers.add("X: Y", "a"), std::invalid_argument);
  EXPECT_THROW(headers.add("", "a"), std::invalid_argument);
  EXPECT_TRUE(headers.empty());
}

TEST(HeadersTest, AreVisitedInOrder) {
  const Headers headers{{"A", "1"}, {"B", ""}, {"A", "2"}};
  std::vector<std::string> seen;
  headers.each([&](std::string_view name, std::string_view value) {
    seen.push_back(std::string(name) + "=" + std::string(value));
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"A=1", "B=", "A=2"}));
}

}  // namespace
}  // namespace wenming::http
