#include "core/datum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace wenming::core {
namespace {

constexpr double kCentimetre = 1e-7;  // in degrees

double metres_between(Degrees a, Degrees b) {
  const double east = (a.longitude - b.longitude) * 111'320.0 * std::cos(a.latitude / 180.0 * std::numbers::pi);
  const double north = (a.latitude - b.latitude) * 110'574.0;
  return std::hypot(east, north);
}

TEST(DatumTest, PlacesTiananmenWhereChineseMapsHaveIt) {
  // A point of the published reference pairs of the two conversions.
  const Degrees gcj02 = wgs84_to_gcj02({116.404, 39.915});
  EXPECT_NEAR(gcj02.longitude, 116.41024449916938, 1e-6);
  EXPECT_NEAR(gcj02.latitude, 39.91640428150164, 1e-6);
  const Degrees bd09 = gcj02_to_bd09({116.404, 39.915});
  EXPECT_NEAR(bd09.longitude, 116.41036949371029, 1e-6);
  EXPECT_NEAR(bd09.latitude, 39.92133699351021, 1e-6);
}

TEST(DatumTest, ComesBackToWhereItStarted) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> longitude(75, 134), latitude(4, 53);
  for (int i = 0; i < 1000; ++i) {
    const Degrees place{longitude(random), latitude(random)};
    const Degrees by_gcj02 = gcj02_to_wgs84(wgs84_to_gcj02(place));
    EXPECT_NEAR(by_gcj02.longitude, place.longitude, kCentimetre);
    EXPECT_NEAR(by_gcj02.latitude, place.latitude, kCentimetre);
    const Degrees by_bd09 = bd09_to_gcj02(gcj02_to_bd09(place));
    EXPECT_NEAR(by_bd09.longitude, place.longitude, kCentimetre);
    EXPECT_NEAR(by_bd09.latitude, place.latitude, kCentimetre);
  }
}

TEST(DatumTest, DisplacesPlacesInChinaByHundredsOfMetres) {
  const Degrees dazu{105.7221, 29.7066};
  const double metres = metres_between(dazu, wgs84_to_gcj02(dazu));
  EXPECT_GT(metres, 100);
  EXPECT_LT(metres, 1000);
}

TEST(DatumTest, LeavesPlacesOutsideChinaAlone) {
  const Degrees san_francisco{-122.4215, 37.7868};
  EXPECT_EQ(wgs84_to_gcj02(san_francisco).longitude, san_francisco.longitude);
  EXPECT_EQ(gcj02_to_wgs84(san_francisco).latitude, san_francisco.latitude);
  EXPECT_EQ(bd09_to_gcj02(san_francisco).longitude, san_francisco.longitude);
}

}  // namespace
}  // namespace wenming::core
