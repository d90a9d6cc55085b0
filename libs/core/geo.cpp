#include "core/geo.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace wenming::core {
namespace {

constexpr double kMeanEarthRadiusMetres = 6'371'008.8;  // IUGG

constexpr double radians(double degrees) {
  return degrees / 180.0 * std::numbers::pi;
}

/// sin²(x/2), which keeps its digits where x is small.
double haversine(double x) {
  const double sine = std::sin(x / 2.0);
  return sine * sine;
}

}  // namespace

double metres_between(Degrees a, Degrees b) {
  const double between_latitudes = haversine(radians(b.latitude - a.latitude));
  const double between_longitudes = haversine(radians(b.longitude - a.longitude));
  const double h =
      between_latitudes + std::cos(radians(a.latitude)) * std::cos(radians(b.latitude)) * between_longitudes;
  return 2.0 * kMeanEarthRadiusMetres * std::asin(std::sqrt(std::min(h, 1.0)));  // rounding may pass 1 at antipodes
}

}  // namespace wenming::core
