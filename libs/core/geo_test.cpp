#include "core/geo.h"

#include <gtest/gtest.h>

#include <numbers>
#include <random>

namespace wenming::core {
namespace {

constexpr double kQuarterOfTheEarth = 6'371'008.8 * std::numbers::pi / 2;

TEST(DistanceTest, IsNothingFromAPlaceToItself) {
  EXPECT_EQ(metres_between({105.7221, 29.7066}, {105.7221, 29.7066}), 0);
}

TEST(DistanceTest, FollowsGreatCircles) {
  EXPECT_NEAR(metres_between({0, 0}, {90, 0}), kQuarterOfTheEarth, 0.001);
  EXPECT_NEAR(metres_between({17, 90}, {-120, 0}), kQuarterOfTheEarth, 0.001);
  EXPECT_NEAR(metres_between({0, 0}, {180, 0}), 2 * kQuarterOfTheEarth, 0.001);
  EXPECT_NEAR(metres_between({179.5, 0}, {-179.5, 0}), kQuarterOfTheEarth / 90, 0.001) << "over the date line";
}

TEST(DistanceTest, AgreesWithTheEllipsoidToHalfAPercent) {
  // Degrees of latitude and longitude on WGS-84 at 30° north, as geodetic tables give them.
  EXPECT_NEAR(metres_between({105, 29.5}, {105, 30.5}), 110'852, 110'852 * 0.006);
  EXPECT_NEAR(metres_between({105, 30}, {106, 30}), 96'486, 96'486 * 0.006);
}

TEST(DistanceTest, TellsMetresApart) {
  // One ten-thousandth of a degree of latitude is 11 m everywhere.
  EXPECT_NEAR(metres_between({105.7221, 29.7066}, {105.7221, 29.7067}), 11.12, 0.01);
}

TEST(DistanceTest, IsTheSameBothWaysAndNeverLongerByADetour) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> longitude(-180, 180), latitude(-90, 90);
  const auto place = [&] { return Degrees{longitude(random), latitude(random)}; };
  for (int i = 0; i < 1000; ++i) {
    const Degrees a = place(), b = place(), c = place();
    EXPECT_DOUBLE_EQ(metres_between(a, b), metres_between(b, a));
    EXPECT_LE(metres_between(a, c), metres_between(a, b) + metres_between(b, c) + 0.001);
  }
}

}  // namespace
}  // namespace wenming::core
