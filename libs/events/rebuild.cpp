#include "events/rebuild.h"

#include <algorithm>
#include <chrono>

namespace wenming::events {
namespace {

constexpr std::chrono::milliseconds kReportEvery{100};

std::int64_t lag_of(const Consumer& consumer) {
  std::int64_t lag = 0;
  for (const auto& status : consumer.status()) {
    if (status.state == ConsumerStatus::State::Stopped)
      throw RebuildStopped("the events of " + status.source + " cannot be read on: " + status.error);
    lag += status.lag().value_or(0);
  }
  return lag;
}

}  // namespace

ReadModel rebuild(const std::function<std::shared_ptr<store::Store>()>& open, std::shared_ptr<const Handlers> handlers,
                  std::span<const std::shared_ptr<EventSource>> sources, const ConsumerOptions& options,
                  const std::stop_token& stop, const std::function<void(std::int64_t lag)>& report) {
  ReadModel fresh;
  fresh.store = open();
  fresh.consumer = std::make_unique<Consumer>(*fresh.store, std::move(handlers), sources, options);
  fresh.consumer->start();

  Bell stopped;
  const std::stop_callback wake(stop, [&stopped] { stopped.ring(); });
  while (!fresh.consumer->caught_up()) {
    report(lag_of(*fresh.consumer));
    if (stopped.wait(kReportEvery)) throw RebuildStopped("the rebuild was cancelled");
  }
  report(0);
  return fresh;
}

}  // namespace wenming::events
