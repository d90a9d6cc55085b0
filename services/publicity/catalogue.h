#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "wenming/publicity/v1/problems.pb.h"

namespace wenming::publicity {

/// Codes among which a unit chooses: media, themes, kinds of brief. A setting, because every office adds its own.
/// Immutable; any thread may ask.
class Catalogue {
 public:
  explicit Catalogue(const std::vector<std::string>& codes) : codes_(codes.begin(), codes.end()) {}

  /// Refuses a code that is not in the catalogue.
  void require(std::string_view code, v1::Problem problem) const;

 private:
  std::set<std::string, std::less<>> codes_;
};

}  // namespace wenming::publicity
