#include "domain/key_ring.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace wenming::domain {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class KeyRingTest : public ::testing::Test {
 protected:
  core::SeededRandom random_{1};
  KeyRing ring_ = KeyRing::make(random_);

  static std::string fault_in(const std::string& text) {
    try {
      KeyRing::parse(text);
      return "none";
    } catch (const std::runtime_error& fault) {
      return fault.what();
    }
  }
};

TEST_F(KeyRingTest, IsTheSameWhenItWasWrittenAndRead) {
  const std::string added = ring_.add(random_);
  const KeyRing read = KeyRing::parse(ring_.text());
  EXPECT_EQ(read.ids(), ring_.ids());
  EXPECT_EQ(read.current(), ring_.current());
  EXPECT_EQ(read.key(added), ring_.key(added));
  EXPECT_EQ(read.lookup("a", "b"), ring_.lookup("a", "b"));
}

TEST_F(KeyRingTest, GoesOnWithItsKeyUntilAnotherOneIsUsed) {
  const std::string first = ring_.current();
  const std::string second = ring_.add(random_);
  EXPECT_EQ(ring_.current(), first);
  EXPECT_THROW(ring_.remove(first), std::runtime_error);
  ring_.use(second);
  EXPECT_EQ(ring_.current(), second);
  ring_.remove(first);
  EXPECT_FALSE(ring_.holds(first));
  EXPECT_THROW(static_cast<void>(ring_.key(first)), std::runtime_error);
  EXPECT_THROW(ring_.use(first), std::runtime_error);
}

TEST_F(KeyRingTest, LooksUpTheSameAfterItsKeysWereExchanged) {
  const std::string before = ring_.lookup("complainants.phone", "13800001234");
  ring_.use(ring_.add(random_));
  EXPECT_EQ(ring_.lookup("complainants.phone", "13800001234"), before);
  EXPECT_NE(ring_.lookup("complainants.phone", "13800001235"), before);
  EXPECT_NE(ring_.lookup("volunteers.phone", "13800001234"), before);
  EXPECT_NE(KeyRing::make(random_).lookup("complainants.phone", "13800001234"), before);
}

TEST_F(KeyRingTest, SaysWhichLineIsWrongAndNeverWhatItHolds) {
  const std::string text = ring_.text();
  const std::size_t key = text.find("key ") + 4 + 16 + 1;
  std::string mistyped = text;
  mistyped[key + 3] = mistyped[key + 3] == 'A' ? 'B' : 'A';
  EXPECT_EQ(fault_in(mistyped), "line 5 holds a key that is not the one of its id");
  EXPECT_EQ(fault_in(std::string(text).erase(key, 2)), "line 5 holds no whole key");
  EXPECT_THAT(fault_in("lokup abc\n" + text), HasSubstr("line 1 begins with none of"));
  EXPECT_THAT(fault_in("lokup abc\n" + text), Not(HasSubstr("abc")));
  EXPECT_THAT(fault_in(text.substr(text.find("key "))), HasSubstr("`lookup`"));
  EXPECT_THAT(fault_in(text.substr(0, text.find("current"))), HasSubstr("`current`"));
  EXPECT_THAT(fault_in(""), HasSubstr("`lookup`"));
}

TEST_F(KeyRingTest, TakesALineEndOfAnotherSystem) {
  std::string text = ring_.text();
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.insert(at, "\r");
  EXPECT_EQ(fault_in(text), "none");
}

}  // namespace
}  // namespace wenming::domain
