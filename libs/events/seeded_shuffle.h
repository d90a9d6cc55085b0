#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "events/event_source.h"
#include "store/store.h"

namespace wenming::events {

/// A log for tests that does all a log may do: it hands out little at a time, nothing now and then, and what it handed
/// out before once more, so that the keys and services that a consumer sees interleave differently with every seed. Put
/// it around a JournalSource of several partitions. Prints nothing: the test prints its seed. Thread-safe.
class SeededShuffle final : public EventSource {
 public:
  SeededShuffle(std::shared_ptr<EventSource> log, std::uint64_t seed);

  [[nodiscard]] const std::string& service() const override { return log_->service(); }
  [[nodiscard]] int partitions() const override { return log_->partitions(); }
  Page read(int partition, const Position& after, std::size_t limit) override;
  [[nodiscard]] std::optional<std::int64_t> head(int partition, Clock::time_point since) override {
    return log_->head(partition, since);
  }
  [[nodiscard]] std::int64_t tenure(int partition) const override { return log_->tenure(partition); }
  void watch(std::weak_ptr<Bell> bell) override;

 private:
  bool chance(int percent);
  void ring();

  const std::shared_ptr<EventSource> log_;
  std::mutex mutex_;  // guards what follows
  std::mt19937_64 random_;
  std::vector<std::deque<Record>> handed_out_;  // the newest few of each partition
  std::vector<std::weak_ptr<Bell>> bells_;
};

/// A store for tests that loses work: by its seed, a piece of work runs to its end and is then rolled back, as if the
/// database had failed at the commit. Whoever handed it in has to do it again. Thread-safe as the store inside.
class SeededRollbacks final : public store::Store {
 public:
  SeededRollbacks(store::Store& store, std::uint64_t seed, int percent);

  bool submit(store::Call call, store::Done done) override { return store_.submit(std::move(call), std::move(done)); }
  bool work(store::WorkName name, std::function<void(domain::Tx&)> body,
            std::function<void(std::exception_ptr)> done) override;
  void read(const std::function<void(domain::ReadTx&)>& body) override { store_.read(body); }
  [[nodiscard]] std::uint64_t version() const override { return store_.version(); }
  [[nodiscard]] std::int64_t journal_head() const override { return store_.journal_head(); }
  [[nodiscard]] const store::Epochs& epochs() const override { return store_.epochs(); }
  void reload_calendar() override { store_.reload_calendar(); }
  bool submit_edge(store::EdgeCall call, store::EdgeDone done) override {
    return store_.submit_edge(std::move(call), std::move(done));
  }
  bool run_beside(std::function<void()> job) override { return store_.run_beside(std::move(job)); }
  void run_due_timers() override { store_.run_due_timers(); }
  void run_due_errands() override { store_.run_due_errands(); }
  std::unique_ptr<store::Leadership> try_to_lead() override { return store_.try_to_lead(); }
  void on_commit(std::function<void()> listener) override { store_.on_commit(std::move(listener)); }
  void stop() override { store_.stop(); }

 private:
  store::Store& store_;
  const int percent_;
  std::mutex mutex_;  // guards the random numbers
  std::mt19937_64 random_;
};

/// What SeededRollbacks throws.
class LostWork : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wenming::events
