#pragma once

#include <optional>

#include "wenming/contract/v1/position.pb.h"

namespace wenming::domain {

/// The same place in another datum; DATUM_UNSPECIFIED leaves it as it is. Outside China, where GCJ-02 and BD-09 are not
/// used, all three are taken for WGS-84. The way back from an offset datum is accurate to a centimetre.
contract::v1::Position in_datum(const contract::v1::Position& position, contract::v1::Datum datum);

/// A position as tables keep it: as it was given, so that it is answered without loss, and in WGS-84, on which
/// distances are computed. All five are absent where no position was stated.
struct StoredPosition {
  std::optional<contract::v1::Datum> datum;
  std::optional<double> longitude, latitude;
  std::optional<double> wgs84_longitude, wgs84_latitude;

  explicit StoredPosition(const contract::v1::Position* given);
  /// Of a message with a field `position`.
  template <class Message>
  static StoredPosition of(const Message& message) {
    return StoredPosition(message.has_position() ? &message.position() : nullptr);
  }
};

/// Brings the position of a resource, if it has one, into the datum that the request asked for.
template <class Resource>
void answer_in(contract::v1::Datum datum, Resource& resource) {
  if (resource.has_position()) *resource.mutable_position() = in_datum(resource.position(), datum);
}

}  // namespace wenming::domain
