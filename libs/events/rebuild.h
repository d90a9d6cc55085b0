#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <stop_token>

#include "events/consumer.h"

namespace wenming::events {

/// A read model with what keeps it up to date. Destroyed in the right order: the consumer stops before the store goes.
struct ReadModel {
  std::shared_ptr<store::Store> store;
  std::unique_ptr<Consumer> consumer;
};

/// Builds a read model anew from the first event of all its sources, beside the live one, which serves meanwhile.
///
///     ReadModel fresh = rebuild([&] { return open_store(fresh_path); }, handlers, sources, options, stop, report);
///     const ReadModel old = live.exchange(std::move(fresh));   // from here on, readers get the fresh one
///
/// Returns once the fresh copy has caught up; its consumer runs on, so nothing is missed however late the switch.
/// Blocks the calling thread; `report` is called on it with the events still to come. Throws RebuildStopped on a stop
/// request or if the fresh copy cannot read on.
ReadModel rebuild(const std::function<std::shared_ptr<store::Store>()>& open, std::shared_ptr<const Handlers> handlers,
                  std::span<const std::shared_ptr<EventSource>> sources, const ConsumerOptions& options,
                  const std::stop_token& stop, const std::function<void(std::int64_t lag)>& report);

class RebuildStopped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wenming::events
