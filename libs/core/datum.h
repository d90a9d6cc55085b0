#pragma once

namespace wenming::core {

/// Degrees east and north.
struct Degrees {
  double longitude = 0;
  double latitude = 0;
};

// The geodetic data in use in China. GCJ-02 displaces WGS-84 by 100–700 m with a smooth, published distortion; BD-09
// displaces GCJ-02 once more. The way forward is a formula; the way back is found by iteration, to well below a
// centimetre. Outside a box around China there is no displacement. Any thread may call; nothing throws.

Degrees wgs84_to_gcj02(Degrees wgs84);
Degrees gcj02_to_wgs84(Degrees gcj02);
Degrees gcj02_to_bd09(Degrees gcj02);
Degrees bd09_to_gcj02(Degrees bd09);

}  // namespace wenming::core
