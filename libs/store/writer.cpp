#include "store/writer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/log.h"

namespace wenming::store {
namespace {

using Steady = std::chrono::steady_clock;

// How long due timers wait after a batch that failed: without calls in between, nothing else would slow them down.
constexpr std::chrono::seconds kPauseAfterFailure{1};
// Between two lines in the log that say the same.
constexpr std::chrono::seconds kPauseBetweenComplaints{1};
// The longest sleep before the clock is looked at again: it may have been set.
constexpr std::chrono::microseconds kLongestSleep{1'000'000};
// How long callers wait to be told what became of a commit that went unanswered.
constexpr std::chrono::seconds kPatienceInDoubt{10};
constexpr std::chrono::milliseconds kPauseInDoubt{100};

std::int64_t newest_change(Connection& connection) {
  const auto cursor = connection.query("SELECT position FROM changed ORDER BY position DESC LIMIT 1", {});
  return cursor->next() ? domain::Row(*cursor).integer(0) : 0;
}

std::chrono::microseconds micros(Steady::duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration);
}

std::chrono::microseconds since(Steady::time_point moment) {
  return micros(Steady::now() - moment);
}

/// The transaction around the batch is gone.
class TransactionGone : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace

Writer::Writer(Parts parts, std::unique_ptr<Connection> connection)
    : engine_(parts.engine),
      surroundings_(parts.surroundings),
      random_(parts.random),
      recent_keys_(parts.recent_keys),
      limits_(parts.limits),
      observer_(parts.observer),
      connection_(std::move(connection)),
      timers_(parts.timers),
      journal_(*connection_, std::move(parts.first_epoch)),
      ids_(random_),
      changes_(newest_change(*connection_)),
      journal_head_(journal_.head().sequence) {
  recent_keys_.catch_up(*connection_, surroundings_.now());
  timers_.refresh(*connection_);
}

Writer::~Writer() {
  stop();
}

void Writer::start() {
  thread_ = std::thread([this] { run(); });
}

void Writer::on_commit(std::function<void()> listener) {
  on_commit_ = std::move(listener);
}

bool Writer::submit(TaskPtr task) {
  return enqueue(std::move(task), false);
}

void Writer::submit_admitted(TaskPtr task) {
  enqueue(std::move(task), true);
}

bool Writer::enqueue(TaskPtr task, bool admitted) {
  {
    const std::lock_guard lock(mutex_);
    if (!admitted && (stopping_ || waiting_.load() >= limits_.writer_queue)) return false;
    waiting_.fetch_add(1);
    queue_.push_back(std::move(task));
  }
  wakes_.notify_one();
  return true;
}

void Writer::run_due_timers() {
  std::future<void> done;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    done = awaiting_timers_.emplace_back().get_future();
  }
  wakes_.notify_one();
  done.wait();
}

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wakes_.notify_one();
  if (thread_.joinable()) thread_.join();
  connection_.reset();
}

void Writer::run() {
  while (wait_for_work()) run_batch();
  const std::lock_guard lock(mutex_);
  for (std::promise<void>& waiting : awaiting_timers_) waiting.set_value();
  awaiting_timers_.clear();
}

bool Writer::wait_for_work() {
  if (!backlog_.empty()) return true;
  std::unique_lock lock(mutex_);
  while (true) {
    if (!queue_.empty()) return true;
    if (stopping_) return false;
    if (engine_.shared() && Steady::now() >= look_again_) return true;  // another process may have set a timer
    if (!timers_.next()) {
      for (std::promise<void>& waiting : std::exchange(awaiting_timers_, {})) waiting.set_value();
      if (engine_.shared()) {
        wakes_.wait_until(lock, look_again_);
      } else {
        wakes_.wait(lock);
      }
      continue;
    }
    std::chrono::microseconds sleep = *timers_.next() - surroundings_.now();
    if (sleep.count() <= 0) {
      sleep = std::chrono::duration_cast<std::chrono::microseconds>(timers_resume_ - Steady::now());
      if (sleep.count() <= 0) return true;
    } else {
      for (std::promise<void>& waiting : std::exchange(awaiting_timers_, {})) waiting.set_value();
    }
    wakes_.wait_for(lock, std::min(sleep, kLongestSleep));
  }
}

TaskPtr Writer::next_task() {
  if (backlog_.empty()) {
    const std::lock_guard lock(mutex_);
    backlog_.swap(queue_);
  }
  if (backlog_.empty()) return nullptr;
  TaskPtr task = std::move(backlog_.front());
  backlog_.pop_front();
  waiting_.fetch_sub(1);
  return task;
}

void Writer::run_batch() {
  Slots slots;
  Batch batch;
  switch (attempt(batch, [&] { fill(slots, batch); })) {
    case Fate::Committed:
      return settle(slots, batch);
    case Fate::Lost:
      core::log::warning("batch lost, running its commands one by one",
                         {{"size", std::to_string(slots.size())}, {"error", failure_}});
      return run_one_by_one(std::move(slots));
    case Fate::Failed:
      // Where not even a transaction could be begun, nothing was taken yet; but nobody may wait for ever.
      while (slots.size() < limits_.batch_size) {
        TaskPtr task = next_task();
        if (!task) break;
        slots.push_back({std::move(task), nullptr, std::nullopt});
      }
      return give_up(slots);
  }
}

void Writer::run_one_by_one(Slots slots) {
  for (Slot& slot : slots) {
    Slots alone;
    alone.push_back({std::move(slot.task), nullptr, std::nullopt});
    Batch batch;
    if (attempt(batch, [&] { attempt_task(alone.front(), batch, true); }) == Fate::Committed) {
      settle(alone, batch);
    } else {
      give_up(alone);
    }
  }
}

void Writer::run_alone(TaskPtr task) {
  Slots slots;
  slots.push_back({std::move(task), nullptr, std::nullopt});
  run_one_by_one(std::move(slots));
}

template <class Fill>
Writer::Fate Writer::attempt(Batch& batch, Fill&& fill) {
  Fate fate = Fate::Failed;
  bool in_doubt = false;
  const auto began = Steady::now();
  auto running = Steady::duration::zero();
  try {
    begin();
    fate = Fate::Lost;
    fill();
    seal(batch);
    running = Steady::now() - began;
    in_doubt = true;
    connection_->commit();
    fate = Fate::Committed;
  } catch (const EngineError& fault) {
    failure_ = fault.what();
    in_doubt = in_doubt && fault.kind() == EngineError::Kind::Unreachable;
    if (fault.kind() == EngineError::Kind::Storage) fate = Fate::Failed;
  } catch (const TransactionGone& gone) {
    failure_ = gone.what();
    in_doubt = false;
  }
  if (fate != Fate::Committed) {
    recover();
    if (in_doubt) fate = fate_in_doubt(batch);
  }
  if (observer_ != nullptr && batch.size > 0) {
    if (fate == Fate::Committed) {
      observer_->committed(batch.size, waiting_.load(), micros(running), since(began) - micros(running));
    } else {
      observer_->batch_failed(batch.size);
    }
  }
  return fate;
}

void Writer::begin() {
  if (connection_ && !connection_->alive()) connection_.reset();
  if (!connection_) {
    connection_ = engine_.open_writer();
    reload();
  }
  connection_->begin();
  if (engine_.shared()) catch_up();
}

/// Whether a batch whose commit went unanswered was committed: the journal tells. Whoever begins after us sees what
/// became of it, so the question has its answer once we have begun again.
Writer::Fate Writer::fate_in_doubt(const Batch& batch) {
  if (batch.entries.empty()) return Fate::Failed;  // work that leaves no trace: whoever handed it in looks for himself
  const auto until = Steady::now() + kPatienceInDoubt;
  while (true) {
    try {
      begin();
      const bool committed = journal_.holds_appended(*connection_);
      connection_->rollback();
      return committed ? Fate::Committed : Fate::Lost;
    } catch (const EngineError& fault) {
      failure_ = fault.what();
      recover();
    }
    if (Steady::now() >= until) return Fate::Failed;
    std::this_thread::sleep_for(kPauseInDoubt);
  }
}

void Writer::fill(Slots& slots, Batch& batch) {
  const auto until = Steady::now() + limits_.batch_time;
  for (TaskPtr& timer : timers_.due(*connection_, surroundings_.now())) {
    attempt_task(slots.emplace_back(Slot{std::move(timer), nullptr, std::nullopt}), batch, false);
  }
  while (slots.size() < limits_.batch_size && Steady::now() < until) {
    TaskPtr task = next_task();
    if (!task) return;
    attempt_task(slots.emplace_back(Slot{std::move(task), nullptr, std::nullopt}), batch, false);
  }
}

void Writer::attempt_task(Slot& slot, Batch& batch, bool alone) {
  ++batch.size;
  connection_->savepoint();
  try {
    Transaction tx(*connection_, surroundings_, ids_, random_);
    std::optional<JournalEntry> entry = slot.task->run(tx, batch);
    if (alone) connection_->confirm();  // what goes wrong now is this task's fault; later nobody could tell whose
    connection_->release();
    if (entry) {
      slot.entry = batch.entries.size();
      batch.entries.push_back(std::move(*entry));
    }
    batch.changed.insert(tx.changed_keys().begin(), tx.changed_keys().end());
    batch.touched_timers = batch.touched_timers || tx.touched_timers() || slot.task->is_timer();
  } catch (const std::exception& fault) {
    slot.error = std::current_exception();
    if (!connection_->in_transaction()) throw TransactionGone(fault.what());
    connection_->undo();
    Transaction tx(*connection_, surroundings_, ids_, random_);
    slot.task->undone(tx);
    batch.touched_timers = batch.touched_timers || slot.task->is_timer();
  }
}

void Writer::seal(Batch& batch) {
  journal_.append(*connection_, batch.entries);
  for (const std::string& key : batch.changed) {
    const std::array<domain::Value, 2> row{domain::to_value(key), domain::to_value(++changes_)};
    connection_->execute(
        "INSERT INTO changed (key, position) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET position = "
        "excluded.position",
        row);
  }
  if (batch.touched_timers) timers_.refresh(*connection_);
  if (engine_.shared() && batch.size > 0) connection_->execute("UPDATE store_version SET number = number + 1", {});
}

void Writer::settle(Slots& slots, const Batch& batch) {
  if (slots.empty()) return;
  journal_.committed();
  recent_keys_.add(batch.entries);
  noticed(journal_.head().sequence, next_version_++);
  for (Slot& slot : slots) {
    if (slot.error) {
      slot.task->failed(slot.error);
    } else {
      slot.task->committed(batch, slot.entry);
    }
  }
}

void Writer::noticed(std::int64_t journal_head, std::uint64_t version) {
  {
    const std::lock_guard lock(notice_mutex_);
    if (version <= version_.load() && journal_head <= journal_head_.load()) return;
    journal_head_.store(std::max(journal_head, journal_head_.load()), std::memory_order_release);
    version_.store(std::max(version, version_.load()), std::memory_order_release);
  }
  if (on_commit_) on_commit_();
}

void Writer::give_up(Slots& slots) {
  if (const auto now = Steady::now(); now >= next_complaint_) {  // a full disk fails every batch
    core::log::error("batch failed", {{"size", std::to_string(slots.size())}, {"error", failure_}});
    next_complaint_ = now + kPauseBetweenComplaints;
  }
  timers_resume_ = Steady::now() + kPauseAfterFailure;
  const std::exception_ptr reason = std::make_exception_ptr(BatchFailed(failure_));
  for (Slot& slot : slots) slot.task->failed(reason);
}

void Writer::reload() {
  journal_.reload(*connection_);
  recent_keys_.catch_up(*connection_, surroundings_.now());
  changes_ = newest_change(*connection_);
  timers_.refresh(*connection_);
}

/// Takes in what other processes have written since our last turn.
void Writer::catch_up() {
  look_again_ = Steady::now() + kLongestSleep;
  const auto cursor = connection_->query(
      "SELECT (SELECT MAX(sequence) FROM journal), (SELECT MAX(position) FROM changed), "
      "(SELECT MIN(run_at) FROM timers), (SELECT number FROM store_version)",
      {});
  cursor->next();
  const domain::Row row(*cursor);
  const auto number = [&](int column) { return row.is_null(column) ? 0 : row.integer(column); };
  if (number(0) != journal_.head().sequence) {
    journal_.reload(*connection_);
    recent_keys_.catch_up(*connection_, surroundings_.now());
  }
  changes_ = number(1);
  next_version_ = static_cast<std::uint64_t>(number(3)) + 1;
  timers_.set_next(row.is_null(2) ? std::nullopt : std::optional(row.timestamp(2)));
}

void Writer::recover() {
  try {
    if (!connection_) return;
    if (connection_->in_transaction()) connection_->rollback();
    reload();
  } catch (const EngineError& fault) {
    core::log::error("the database is opened again", {{"error", fault.what()}});
    connection_.reset();
  }
}

}  // namespace wenming::store
