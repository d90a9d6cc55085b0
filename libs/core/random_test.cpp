#include "core/random.h"

#include <gtest/gtest.h>

#include <set>

namespace wenming::core {
namespace {

TEST(SeededRandomTest, RepeatsARunFromItsSeed) {
  SeededRandom first(7), second(7), other(8);
  const std::string bytes = first.bytes(100);
  EXPECT_EQ(bytes, second.bytes(100));
  EXPECT_NE(bytes, other.bytes(100));
  EXPECT_NE(bytes, first.bytes(100));
}

TEST(SystemRandomTest, GivesAsManyBytesAsAskedAndNeverTheSame) {
  SystemRandom random;
  EXPECT_EQ(random.bytes(0), "");
  std::set<std::string> drawn;
  for (int i = 0; i < 1000; ++i) drawn.insert(random.bytes(16));
  EXPECT_EQ(drawn.size(), 1000);
  EXPECT_EQ(drawn.begin()->size(), 16);
}

}  // namespace
}  // namespace wenming::core
