#include "core/id.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

namespace wenming::core {
namespace {

using namespace std::chrono_literals;

const Timestamp kStart = *parse_rfc3339("2026-03-05T09:00:00+08:00");

class IdTest : public testing::Test {
 protected:
  SeededRandom random_{42};
  IdGenerator ids_{random_};
};

TEST_F(IdTest, BeginsWithTheMillisecondInWhichItWasMade) {
  const std::string id = ids_.next(Timestamp(0x0123'4567'89abLL * 1000 + 999));
  EXPECT_EQ(id.substr(0, 15), "01234567-89ab-7");
  EXPECT_EQ(id.size(), 36);
}

TEST_F(IdTest, IsAUuid) {
  for (int i = 0; i < 1000; ++i) {
    const std::string id = ids_.next(kStart + i * 300us);
    ASSERT_TRUE(is_uuid(id)) << id;
  }
}

TEST_F(IdTest, GrowsEvenWhereTheClockStandsStillOrIsSetBack) {
  std::string last;
  Timestamp now = kStart;
  for (int i = 0; i < 20'000; ++i) {
    if (i == 15'000) now = now - 1h;
    std::string id = ids_.next(now);
    ASSERT_LT(last, id) << "number " << i;
    last = std::move(id);
  }
}

TEST_F(IdTest, DiffersBetweenGenerators) {
  SeededRandom other_random(43);
  IdGenerator others(other_random);
  std::set<std::string> made;
  for (int i = 0; i < 5'000; ++i) {
    made.insert(ids_.next(kStart));
    made.insert(others.next(kStart));
  }
  EXPECT_EQ(made.size(), 10'000);
}

TEST_F(IdTest, RepeatsFromTheSeed) {
  SeededRandom same_random(42);
  IdGenerator same(same_random);
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(ids_.next(kStart), same.next(kStart));
}

TEST_F(IdTest, IsMadeBeforeTheEpochToo) {
  EXPECT_EQ(ids_.next(Timestamp(-5)).substr(0, 15), "00000000-0000-7");
}

TEST(UuidTest, IsOfVersionFourOrSevenAndInLowerCase) {
  EXPECT_TRUE(is_uuid("019cbb5e-8400-7a31-9f0c-2d1c8a51e7b4"));
  EXPECT_TRUE(is_uuid("f47ac10b-58cc-4372-a567-0e02b2c3d479"));
  for (const char* text : {"", "019cbb5e-8400-7a31-9f0c-2d1c8a51e7b", "019cbb5e-8400-7a31-9f0c-2d1c8a51e7b44",
                           "019CBB5E-8400-7A31-9F0C-2D1C8A51E7B4", "019cbb5e84007a319f0c2d1c8a51e7b4",
                           "019cbb5e-8400-1a31-9f0c-2d1c8a51e7b4", "019cbb5e-8400-7a31-cf0c-2d1c8a51e7b4",
                           "019cbb5g-8400-7a31-9f0c-2d1c8a51e7b4", "{19cbb5e-8400-7a31-9f0c-2d1c8a51e7b}",
                           "019cbb5e-84007-a31-9f0c-2d1c8a51e7b4"}) {
    EXPECT_FALSE(is_uuid(text)) << text;
  }
}

}  // namespace
}  // namespace wenming::core
