#pragma once

#include "core/datum.h"

namespace wenming::core {

/// Metres along the surface between two places in WGS-84, on a sphere of the earth's mean radius (haversine formula):
/// at most 0.6 % off the ellipsoid, which is less than receivers err over the distances that rules ask for. Places in
/// another datum are converted first (see datum.h); mixing data misplaces by hundreds of metres. Any thread may call;
/// nothing throws.
double metres_between(Degrees a, Degrees b);

}  // namespace wenming::core
