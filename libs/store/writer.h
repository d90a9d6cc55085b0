#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "store/options.h"
#include "store/recent_keys.h"
#include "store/task.h"
#include "store/timers.h"

namespace wenming::store {

/// The one thread that writes. It takes whatever waits, runs it as one transaction with a savepoint each, commits, and
/// only then answers: all of it, refusals too, because a refusal may rest on what a neighbour has not committed yet.
/// Idle, a command commits at once; busy, many share one commit.
///
/// A batch that the database gave up in the middle is run again, one by one. A batch that could not be committed for
/// want of space or of a working disk is answered as failed, and the next one finds out whether things are better.
/// `store/README.md` argues why nothing is lost or done twice.
///
/// Owned by the store. `submit`, `run_due_timers` and the readers of numbers may be called from any thread.
class Writer {
 public:
  struct Parts {
    Engine& engine;
    std::string first_epoch;
    const Surroundings& surroundings;
    core::RandomSource& random;
    RecentKeys& recent_keys;
    Timers timers;
    Limits limits;
    Observer* observer;  // may be null
  };
  /// Takes over the connection. Nothing runs before `start`.
  Writer(Parts parts, std::unique_ptr<Connection> connection);
  /// Stops.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Runs the task now, on the calling thread, before `start`. Throws what it throws.
  void run_alone(TaskPtr task);
  void start();

  /// False: the queue is full, or the writer has stopped.
  bool submit(TaskPtr task);
  /// For what was admitted before and must not be turned away now. Not after `stop`.
  void submit_admitted(TaskPtr task);
  void run_due_timers();
  /// Called after each commit, before the answers, and after one of another process; on whatever thread notices. Set
  /// before the first task.
  void on_commit(std::function<void()> listener);

  /// Takes in what another process has committed. May be called from any thread.
  void noticed(std::int64_t journal_head, std::uint64_t version);

  [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  [[nodiscard]] std::int64_t journal_head() const { return journal_head_.load(std::memory_order_acquire); }

  /// Finishes what waits. Idempotent.
  void stop();

 private:
  struct Slot {
    TaskPtr task;
    std::exception_ptr error = nullptr;  // what `run` threw
    std::optional<std::size_t> entry;    // its row in the batch
  };
  using Slots = std::vector<Slot>;
  enum class Fate {
    Committed,
    Lost,    // the database gave the transaction up
    Failed,  // it could not be begun, sealed or committed
  };

  void run();
  bool wait_for_work();
  TaskPtr next_task();
  bool enqueue(TaskPtr task, bool admitted);

  void run_batch();
  void run_one_by_one(Slots slots);
  template <class Fill>
  Fate attempt(Batch& batch, Fill&& fill);
  void fill(Slots& slots, Batch& batch);
  void begin();
  Fate fate_in_doubt(const Batch& batch);
  void attempt_task(Slot& slot, Batch& batch, bool alone);
  void seal(Batch& batch);
  void settle(Slots& slots, const Batch& batch);
  void give_up(Slots& slots);
  void reload();
  void catch_up();
  void recover();

  Engine& engine_;
  const Surroundings& surroundings_;
  core::RandomSource& random_;
  RecentKeys& recent_keys_;
  const Limits limits_;
  Observer* const observer_;
  std::function<void()> on_commit_;

  // Of the writer's thread.
  std::unique_ptr<Connection> connection_;  // null: to be opened again
  Timers timers_;
  Journal journal_;
  core::IdGenerator ids_;
  std::int64_t changes_;  // the newest position in `changed`
  std::uint64_t next_version_ = 2;
  std::string failure_;  // why the last batch was lost or failed
  std::chrono::steady_clock::time_point timers_resume_{};
  std::chrono::steady_clock::time_point look_again_{};  // at what other processes have written
  std::chrono::steady_clock::time_point next_complaint_{};
  std::deque<TaskPtr> backlog_;  // taken from the queue as a whole

  std::mutex mutex_;
  std::condition_variable wakes_;
  std::deque<TaskPtr> queue_;
  std::vector<std::promise<void>> awaiting_timers_;
  bool stopping_ = false;

  std::mutex notice_mutex_;               // so that head and version grow together
  std::atomic<std::size_t> waiting_ = 0;  // in queue and backlog
  std::atomic<std::uint64_t> version_ = 1;
  std::atomic<std::int64_t> journal_head_ = 0;
  std::thread thread_;
};

/// What the tasks of a batch are told that could not be committed. Logged once for all of them.
class BatchFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wenming::store
