#include "runtime/metrics.h"

#include <prometheus/text_serializer.h>

#include <iterator>
#include <utility>

#include "core/log.h"

namespace wenming::runtime {
namespace {

using Seconds = std::chrono::duration<double>;

/// Upper bounds in seconds: from a cached read to a client that will not wait longer.
const prometheus::Histogram::BucketBoundaries kDurations = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                            0.025,  0.05,    0.1,    0.25,  0.5,    1,     2.5};
const prometheus::Histogram::BucketBoundaries kBatchSizes = {1, 2, 4, 8, 16, 32, 64};

}  // namespace

/// Families look a child up by its labels under a lock, so each route and status is looked up once and remembered.
class Metrics::HttpObserver final : public http::Observer {
 public:
  explicit HttpObserver(prometheus::Registry& registry)
      : durations_(prometheus::BuildHistogram()
                       .Name("http_server_request_duration_seconds")
                       .Help("From the request read to the answer handed to the system.")
                       .Register(registry)),
        connections_(prometheus::BuildGauge()
                         .Name("http_server_open_connections")
                         .Help("Connections that are open.")
                         .Register(registry)
                         .Add({})),
        refused_(prometheus::BuildCounter()
                     .Name("http_server_refused_connections_total")
                     .Help("Connections beyond the bound.")
                     .Register(registry)
                     .Add({})) {}

  void connection_opened() override { connections_.Increment(); }
  void connection_closed() override { connections_.Decrement(); }
  void connection_refused() override { refused_.Increment(); }
  void request_finished(const Finished& finished) override {
    histogram(finished.route, finished.status).Observe(Seconds(finished.duration).count());
  }
  void handler_failed(const http::Request& request, const std::exception_ptr& failure) override {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& fault) {
      core::log::error("request failed", {{"path", request.path}, {"request_id", request.id}, {"error", fault.what()}});
    }
  }

 private:
  prometheus::Histogram& histogram(std::string_view route, unsigned status) {
    // Routes are names of the contract, which live as long as the process; their addresses tell them apart.
    const std::pair key(route.data(), status);
    const std::lock_guard lock(mutex_);
    auto& known = children_[key];
    if (known == nullptr)
      known = &durations_.Add(
          {{"route", route.empty() ? "other" : std::string(route)}, {"status", std::to_string(status)}}, kDurations);
    return *known;
  }

  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Gauge& connections_;
  prometheus::Counter& refused_;
  std::mutex mutex_;
  std::map<std::pair<const char*, unsigned>, prometheus::Histogram*> children_;
};

class Metrics::StoreObserver final : public store::Observer {
 public:
  StoreObserver(prometheus::Registry& registry, const std::string& service)
      : sizes_(prometheus::BuildHistogram()
                   .Name("wenming_batch_size")
                   .Help("Commands and pieces of work that one commit covered.")
                   .Register(registry)
                   .Add({{"service", service}}, kBatchSizes)),
        running_(prometheus::BuildHistogram()
                     .Name("wenming_batch_duration_seconds")
                     .Help("From the first command of a batch to its commit.")
                     .Register(registry)
                     .Add({{"service", service}}, kDurations)),
        committing_(prometheus::BuildHistogram()
                        .Name("wenming_commit_duration_seconds")
                        .Help("The commit alone: what the disk takes.")
                        .Register(registry)
                        .Add({{"service", service}}, kDurations)),
        queue_(prometheus::BuildGauge()
                   .Name("wenming_queue_length")
                   .Help("Commands that waited for the writer at the last commit.")
                   .Register(registry)
                   .Add({{"service", service}})),
        failed_(prometheus::BuildCounter()
                    .Name("wenming_failed_batches_total")
                    .Help("Batches that could not be committed.")
                    .Register(registry)
                    .Add({{"service", service}})),
        timers_(prometheus::BuildHistogram()
                    .Name("wenming_timer_lateness_seconds")
                    .Help("From a timer's moment, or its scheduling if that came later, to its run.")
                    .Register(registry)
                    .Add({{"service", service}}, kDurations)),
        failed_timers_(prometheus::BuildCounter()
                           .Name("wenming_failed_timers_total")
                           .Help("Timer runs that failed and will be tried again.")
                           .Register(registry)
                           .Add({{"service", service}})),
        errands_(prometheus::BuildCounter()
                     .Name("wenming_errands_total")
                     .Help("Slow work, such as calls to other systems, that was done and settled.")
                     .Register(registry)
                     .Add({{"service", service}})),
        failed_errands_(prometheus::BuildCounter()
                            .Name("wenming_failed_errands_total")
                            .Help("Slow work that failed and will be tried again.")
                            .Register(registry)
                            .Add({{"service", service}})) {}

  void committed(std::size_t size, std::size_t waiting, std::chrono::microseconds running,
                 std::chrono::microseconds committing) override {
    sizes_.Observe(static_cast<double>(size));
    queue_.Set(static_cast<double>(waiting));
    running_.Observe(Seconds(running).count());
    committing_.Observe(Seconds(committing).count());
  }
  void batch_failed(std::size_t) override { failed_.Increment(); }
  void timer_ran(bool succeeded, std::chrono::microseconds late) override {
    timers_.Observe(Seconds(late).count());
    if (!succeeded) failed_timers_.Increment();
  }
  void errand_ran(bool succeeded) override { (succeeded ? errands_ : failed_errands_).Increment(); }

 private:
  prometheus::Histogram& sizes_;
  prometheus::Histogram& running_;
  prometheus::Histogram& committing_;
  prometheus::Gauge& queue_;
  prometheus::Counter& failed_;
  prometheus::Histogram& timers_;
  prometheus::Counter& failed_timers_;
  prometheus::Counter& errands_;
  prometheus::Counter& failed_errands_;
};

std::shared_ptr<http::Observer> Metrics::http() {
  return std::make_shared<HttpObserver>(registry_);
}

std::shared_ptr<store::Observer> Metrics::store(const std::string& service) {
  return std::make_shared<StoreObserver>(registry_, service);
}

std::string Metrics::text(std::vector<prometheus::MetricFamily> readings) const {
  std::vector<prometheus::MetricFamily> all = registry_.Collect();
  std::move(readings.begin(), readings.end(), std::back_inserter(all));
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace wenming::runtime
