#include "domain/position.h"

#include "core/datum.h"

namespace wenming::domain {
namespace {

using contract::v1::Datum;
using contract::v1::Position;
using core::Degrees;

Degrees wgs84_of(const Position& position) {
  const Degrees given{position.longitude(), position.latitude()};
  switch (position.datum()) {
    case contract::v1::DATUM_GCJ02:
      return core::gcj02_to_wgs84(given);
    case contract::v1::DATUM_BD09:
      return core::gcj02_to_wgs84(core::bd09_to_gcj02(given));
    default:
      return given;
  }
}

Degrees from_wgs84(Degrees wgs84, Datum datum) {
  switch (datum) {
    case contract::v1::DATUM_GCJ02:
      return core::wgs84_to_gcj02(wgs84);
    case contract::v1::DATUM_BD09:
      return core::gcj02_to_bd09(core::wgs84_to_gcj02(wgs84));
    default:
      return wgs84;
  }
}

}  // namespace

Position in_datum(const Position& position, Datum datum) {
  if (datum == contract::v1::DATUM_UNSPECIFIED || datum == position.datum()) return position;
  const Degrees degrees = from_wgs84(wgs84_of(position), datum);
  Position answer;
  answer.set_datum(datum);
  answer.set_longitude(degrees.longitude);
  answer.set_latitude(degrees.latitude);
  return answer;
}

StoredPosition::StoredPosition(const Position* given) {
  if (given == nullptr) return;
  const Degrees wgs84 = wgs84_of(*given);
  datum = given->datum();
  longitude = given->longitude();
  latitude = given->latitude();
  wgs84_longitude = wgs84.longitude;
  wgs84_latitude = wgs84.latitude;
}

}  // namespace wenming::domain
