#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "domain/service.h"
#include "ledger.pb.h"

namespace wenming::ledger {

inline constexpr std::int64_t kLimit = 1'000'000;
/// Refused, but counted in the holder's name.
inline constexpr std::int64_t kUnlucky = 4;

/// What the slow part of an appraisal does, so that tests can make it wait.
struct Appraisal {
  std::function<void()> slow = [] {};
  std::atomic<int> runs = 0;
};

/// The service that the store's tests run.
domain::Service service(std::shared_ptr<Appraisal> appraisal = std::make_shared<Appraisal>());

}  // namespace wenming::ledger
