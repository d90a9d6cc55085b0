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
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "store/options.h"
#include "store/recent_keys.h"
#include "store/task.h"
#include "store/timers.h"
#include "store/watermark.h"

namespace wenming::store {

/// A thread that writes. It takes whatever waits, runs it as one transaction, commits, and only then answers: all of
/// it, refusals too, because a refusal may rest on what a neighbour has not committed yet. Idle, a command commits at
/// once; busy, many share one commit.
///
/// Each store has one whose turn is `Alone`: nothing else writes while it does. Where the database allows it there are
/// lanes besides, whose turn is `Beside`: they take only tasks that stay within one aggregate each, lock those, and run
/// while others do the same. They number their journal rows one after another, so what is said of the journal holds.
///
/// A command that fails is undone by itself. A batch that the database gave up in the middle is run again, one by one.
/// A batch that could not be committed for want of space or of a working disk is answered as failed, and the next one
/// finds out whether things are better. `store/README.md` argues why nothing is lost or done twice.
///
/// Owned by the store. `submit` and `run_due_timers` may be called from any thread.
class Writer {
 public:
  enum class Turn { Alone, Beside };
  struct Parts {
    Turn turn;
    Engine& engine;
    std::string first_epoch;
    const Surroundings& surroundings;
    core::RandomSource& random;
    RecentKeys& recent_keys;
    Watermark& watermark;
    Timers timers;  // run by who is alone
    Limits limits;
    Observer* observer;                    // may be null
    std::function<void()> sent_on_errand;  // called after a commit that did so
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
    Spoilt,  // something in it has to be undone, and nothing less than all of it can be
    Lost,    // the database gave the transaction up
    Failed,  // it could not be begun, sealed or committed
  };

  /// What can be undone of a batch. A savepoint costs as much as a statement, and hardly any command needs one: most
  /// refuse before they write. So a batch goes without first, and runs again with them if one does.
  enum class Undo {
    Batch,      // all of it
    Savepoint,  // each task by itself
    Alone,      // the same; it is the only task, and waits for its own results
  };

  void run();
  bool wait_for_work();
  TaskPtr next_task();
  bool enqueue(TaskPtr task, bool admitted);

  void run_batch();
  void run_one_by_one(Slots slots);
  template <class Fill>
  Fate attempt(const Slots& taken, Batch& batch, Fill&& fill);
  void take(Slots& slots);
  void fill(Slots& slots, Batch& batch);
  void read_ahead(std::span<const Slot> slots);
  void turn_to(const Task& task);
  void begin(const Slots& taken);
  void connect();
  Fate fate_in_doubt(const Batch& batch);
  void attempt_task(Slot& slot, Batch& batch, Undo undo);
  void seal(Batch& batch);
  void settle(Slots& slots, const Batch& batch);
  void give_up(Slots& slots);
  void reload();
  void catch_up();
  void recover();

  const bool alone_;
  const bool takes_first_;  // takes the tasks of a batch before it begins, to lock and to ask what they need
  Engine& engine_;
  const Surroundings& surroundings_;
  core::RandomSource& random_;
  RecentKeys& recent_keys_;
  Watermark& watermark_;
  const Limits limits_;
  Observer* const observer_;
  const std::function<void()> sent_on_errand_;

  // Of the writer's thread.
  std::unique_ptr<Connection> connection_;  // null: to be opened again
  Timers timers_;
  Journal journal_;
  core::IdGenerator ids_;
  core::Timestamp now_;   // of the batch: one time for all, because a query with another time is another query
  std::int64_t changes_;  // the newest position in `changed`
  std::uint64_t next_version_ = 2;
  std::string failure_;  // why the last batch was lost or failed
  std::chrono::steady_clock::time_point timers_resume_{};
  std::chrono::steady_clock::time_point look_again_{};  // at what other processes have written
  std::chrono::steady_clock::time_point reconnect_at_{};
  std::chrono::milliseconds reconnect_pause_;
  std::chrono::steady_clock::time_point next_complaint_{};
  std::deque<TaskPtr> backlog_;  // taken from the queue as a whole

  std::mutex mutex_;
  std::condition_variable wakes_;
  std::deque<TaskPtr> queue_;
  std::vector<std::promise<void>> awaiting_timers_;
  bool stopping_ = false;

  std::atomic<std::size_t> waiting_ = 0;  // in queue and backlog
  std::thread thread_;
};

/// What the tasks of a batch are told that could not be committed. Logged once for all of them.
class BatchFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace wenming::store
