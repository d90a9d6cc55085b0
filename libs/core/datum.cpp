#include "core/datum.h"

#include <cmath>
#include <numbers>

namespace wenming::core {
namespace {

// Neither displacement was ever published by those who made it; these are the formulas that open-source map libraries
// (eviltransform, coordtransform) have published and that agree with the maps.
constexpr double kPi = std::numbers::pi;
// The Krasovsky 1940 ellipsoid, by which GCJ-02 turns metres into degrees.
constexpr double kSemiMajorAxis = 6378245.0;
constexpr double kEccentricitySquared = 0.00669342162296594323;
// BD-09 ripples with this period.
constexpr double kBaiduPeriod = kPi * 3000.0 / 180.0;

bool is_displaced(Degrees p) {
  return p.longitude > 72.004 && p.longitude < 137.8347 && p.latitude > 0.8293 && p.latitude < 55.8271;
}

/// The waves that both axes share and those along `t`, in metres.
double waves(double x, double t, double slow, double slower) {
  return (20.0 * std::sin(6.0 * x * kPi) + 20.0 * std::sin(2.0 * x * kPi)) * 2.0 / 3.0 +
         (20.0 * std::sin(t * kPi) + 40.0 * std::sin(t / 3.0 * kPi)) * 2.0 / 3.0 + slow + slower;
}

/// How far east and north GCJ-02 shifts a place, in metres on its own ellipsoid.
Degrees shift_in_metres(Degrees p) {
  const double x = p.longitude - 105.0;
  const double y = p.latitude - 35.0;
  const double root = 0.1 * std::sqrt(std::abs(x));
  const double east =
      300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + root +
      waves(x, x, 150.0 * std::sin(x / 12.0 * kPi) * 2.0 / 3.0, 300.0 * std::sin(x / 30.0 * kPi) * 2.0 / 3.0);
  const double north =
      -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 2.0 * root +
      waves(x, y, 160.0 * std::sin(y / 12.0 * kPi) * 2.0 / 3.0, 320.0 * std::sin(y * kPi / 30.0) * 2.0 / 3.0);
  return {east, north};
}

/// Goes against a displacement that changes slowly: what is still missing after each step shrinks a thousandfold.
template <class Forward>
Degrees invert(Forward forward, Degrees target) {
  Degrees guess = target;
  for (int step = 0; step < 8; ++step) {
    const Degrees reached = forward(guess);
    guess.longitude += target.longitude - reached.longitude;
    guess.latitude += target.latitude - reached.latitude;
  }
  return guess;
}

}  // namespace

Degrees wgs84_to_gcj02(Degrees wgs84) {
  if (!is_displaced(wgs84)) return wgs84;
  const Degrees metres = shift_in_metres(wgs84);
  const double latitude = wgs84.latitude / 180.0 * kPi;
  const double w = 1.0 - kEccentricitySquared * std::sin(latitude) * std::sin(latitude);
  const double degree_north = kSemiMajorAxis * (1.0 - kEccentricitySquared) / (w * std::sqrt(w)) * kPi / 180.0;
  const double degree_east = kSemiMajorAxis / std::sqrt(w) * std::cos(latitude) * kPi / 180.0;
  return {wgs84.longitude + metres.longitude / degree_east, wgs84.latitude + metres.latitude / degree_north};
}

Degrees gcj02_to_wgs84(Degrees gcj02) {
  return is_displaced(gcj02) ? invert(wgs84_to_gcj02, gcj02) : gcj02;
}

Degrees gcj02_to_bd09(Degrees gcj02) {
  if (!is_displaced(gcj02)) return gcj02;
  const double x = gcj02.longitude;
  const double y = gcj02.latitude;
  const double radius = std::hypot(x, y) + 0.00002 * std::sin(y * kBaiduPeriod);
  const double angle = std::atan2(y, x) + 0.000003 * std::cos(x * kBaiduPeriod);
  return {radius * std::cos(angle) + 0.0065, radius * std::sin(angle) + 0.006};
}

Degrees bd09_to_gcj02(Degrees bd09) {
  return is_displaced(bd09) ? invert(gcj02_to_bd09, bd09) : bd09;
}

}  // namespace wenming::core
