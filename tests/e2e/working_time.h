#pragma once

#include <set>
#include <string>

#include "e2e/sample_files.h"

namespace wenming::e2e {

/// Working time as the tests reckon it, hour by hour: Monday to Friday from 9:00 to 12:00 and from 13:30 to 17:30, but
/// for the holidays and make-up days of a file.
class WorkingTime {
 public:
  explicit WorkingTime(const SampleFile& days);

  /// The moment at which so many working hours have passed. Moments are `2019-04-25T09:32:09+08:00`.
  [[nodiscard]] std::string after_working_hours(const std::string& start, int hours) const;

 private:
  std::set<std::string> holidays_, make_up_days_;
};

}  // namespace wenming::e2e
