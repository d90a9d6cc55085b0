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

/// What slow parts do, so that tests can make them wait: of an appraisal, which is a prepared method, and of an errand
/// that fetches a deposit.
struct Appraisal {
  std::function<void()> slow = [] {};
  std::atomic<int> runs = 0;
  std::function<std::int64_t()> fetch = [] { return 0; };
};

/// The service that the store's tests run.
domain::Service service(std::shared_ptr<Appraisal> appraisal = std::make_shared<Appraisal>());

}  // namespace wenming::ledger
