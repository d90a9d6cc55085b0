#include "store/writer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/log.h"
#include "domain/many.h"
#include "store/rehearsal.h"

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
// How many queries, one after another, are asked ahead for a command.
constexpr int kMostRounds = 8;
// A command that runs longer before it asks is not rehearsed again: it would do the same work every round.
constexpr std::chrono::milliseconds kLongestRehearsal{1};
// Pauses between attempts to open a database that is away grow from the first to the second.
constexpr std::chrono::milliseconds kFirstReconnect{100}, kLongestReconnect{2'000};

std::int64_t newest_change(Connection& connection) {
  const auto cursor = connection.query("SELECT position FROM changed ORDER BY position DESC LIMIT 1", {});
  return cursor->next() ? domain::Row(*cursor).integer(0) : 0;
}

const domain::Many& put_changed() {
  static const auto kRows = domain::Many::rows("INSERT INTO changed (key, position) VALUES", 2,
                                               "ON CONFLICT (key) DO UPDATE SET position = excluded.position");
  return kRows;
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

/// A task that has to be undone has written, and there is no savepoint before it.
class BatchSpoilt : public std::exception {};

}  // namespace

Writer::Writer(Parts parts, std::unique_ptr<Connection> connection)
    : alone_(parts.turn == Turn::Alone),
      takes_first_(!alone_ || connection->read_ahead() != nullptr),
      engine_(parts.engine),
      surroundings_(parts.surroundings),
      random_(parts.random),
      recent_keys_(parts.recent_keys),
      watermark_(parts.watermark),
      limits_(parts.limits),
      observer_(parts.observer),
      sent_on_errand_(std::move(parts.sent_on_errand)),
      connection_(std::move(connection)),
      timers_(parts.timers),
      journal_(*connection_, std::move(parts.first_epoch)),
      ids_(random_),
      changes_(newest_change(*connection_)),
      reconnect_pause_(kFirstReconnect) {
  watermark_.noticed(journal_.head().sequence, 1);
  recent_keys_.catch_up(*connection_, surroundings_.now());
  if (alone_) timers_.refresh(*connection_);
}

Writer::~Writer() {
  stop();
}

void Writer::start() {
  thread_ = std::thread([this] { run(); });
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
    if (!alone_) {
      wakes_.wait(lock);
      continue;
    }
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
  if (takes_first_) take(slots);
  Fate fate = attempt(slots, batch, [&] { fill(slots, batch); });
  if (fate == Fate::Spoilt) {
    batch = {};
    fate = attempt(slots, batch, [&] {
      read_ahead(slots);
      for (Slot& slot : slots) attempt_task(slot, batch, Undo::Savepoint);
    });
  }
  switch (fate) {
    case Fate::Committed:
      return settle(slots, batch);
    case Fate::Spoilt:  // not twice
    case Fate::Lost:
      core::log::warning("batch lost, running its commands one by one",
                         {{"size", std::to_string(slots.size())}, {"error", failure_}});
      return run_one_by_one(std::move(slots));
    case Fate::Failed:
      // Where not even a transaction could be begun, nothing was taken yet; but nobody may wait for ever.
      if (slots.empty()) take(slots);
      return give_up(slots);
  }
}

/// What waits, without running it.
void Writer::take(Slots& slots) {
  while (slots.size() < limits_.batch_size) {
    TaskPtr task = next_task();
    if (!task) return;
    slots.push_back({std::move(task), nullptr, std::nullopt});
  }
}

void Writer::run_one_by_one(Slots slots) {
  for (Slot& slot : slots) {
    Slots alone;
    alone.push_back({std::move(slot.task), nullptr, std::nullopt});
    Batch batch;
    if (attempt(alone, batch, [&] { attempt_task(alone.front(), batch, Undo::Alone); }) == Fate::Committed) {
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
Writer::Fate Writer::attempt(const Slots& taken, Batch& batch, Fill&& fill) {
  Fate fate = Fate::Failed;
  bool in_doubt = false;
  const auto began = Steady::now();
  auto running = Steady::duration::zero();
  try {
    begin(taken);
    now_ = surroundings_.now();
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
  } catch (const BatchSpoilt&) {
    fate = Fate::Spoilt;
  } catch (const TransactionGone& gone) {
    failure_ = gone.what();
    in_doubt = false;
  }
  if (fate != Fate::Committed) {
    recover();
    if (in_doubt) fate = fate_in_doubt(batch);
  }
  if (observer_ != nullptr) {
    if (fate == Fate::Committed && batch.size > 0)
      observer_->committed(batch.size, waiting_.load(), micros(running), since(began) - micros(running));
    if (fate == Fate::Lost || fate == Fate::Failed) observer_->batch_failed(std::max(batch.size, taken.size()));
  }
  return fate;
}

void Writer::begin(const Slots& taken) {
  if (connection_ && !connection_->alive()) connection_.reset();
  if (!connection_) connect();
  if (alone_) {
    connection_->begin();
    if (engine_.shared()) catch_up();
    return;
  }
  std::vector<std::int32_t> aggregates;
  for (const Slot& slot : taken) aggregates.push_back(slot.task->aggregate().value());
  connection_->begin_beside(aggregates);
  recent_keys_.catch_up(*connection_, surroundings_.now());
}

/// Not sooner after an attempt that failed than its pause: a server that is starting has other things to do.
void Writer::connect() {
  if (Steady::now() < reconnect_at_) throw EngineError(EngineError::Kind::Unreachable, failure_);
  try {
    connection_ = engine_.open_writer();
    reload();
    reconnect_pause_ = kFirstReconnect;
  } catch (const EngineError&) {
    connection_.reset();
    reconnect_at_ = Steady::now() + std::exchange(reconnect_pause_, std::min(2 * reconnect_pause_, kLongestReconnect));
    look_again_ = std::max(look_again_, reconnect_at_);
    throw;
  }
}

/// Whether a batch whose commit went unanswered was committed: the journal tells. Whoever begins after us sees what
/// became of it, so the question has its answer once we have begun again.
Writer::Fate Writer::fate_in_doubt(const Batch& batch) {
  if (batch.entries.empty()) return Fate::Failed;  // work that leaves no trace: whoever handed it in looks for himself
  const auto until = Steady::now() + kPatienceInDoubt;
  while (true) {
    try {
      begin({});
      if (!alone_) connection_->take_journal();
      const bool committed = journal_.holds_appended(*connection_);
      connection_->rollback();
      if (!committed) return Fate::Lost;
      if (alone_ && engine_.shared()) --next_version_;  // what was caught up with is this batch's own
      return Fate::Committed;
    } catch (const EngineError& fault) {
      failure_ = fault.what();
      recover();
    }
    if (Steady::now() >= until) return Fate::Failed;
    std::this_thread::sleep_for(kPauseInDoubt);
  }
}

void Writer::fill(Slots& slots, Batch& batch) {
  const std::size_t taken = slots.size();
  const auto until = Steady::now() + limits_.batch_time;
  if (alone_) {
    for (TaskPtr& timer : timers_.due(*connection_, surroundings_.now()))
      attempt_task(slots.emplace_back(Slot{std::move(timer), nullptr, std::nullopt}), batch, Undo::Batch);
  }
  if (takes_first_) {
    read_ahead(std::span(slots).first(taken));
    for (Slot& slot : std::span(slots).first(taken)) attempt_task(slot, batch, Undo::Batch);
    return;
  }
  while (slots.size() < limits_.batch_size && Steady::now() < until) {
    TaskPtr task = next_task();
    if (!task) return;
    attempt_task(slots.emplace_back(Slot{std::move(task), nullptr, std::nullopt}), batch, Undo::Batch);
  }
}

/// Has the database answer what the commands will ask, all of them at once: each runs until it asks, then they wait
/// together. What a command asks after it has written, or depends on what another one writes, it asks by itself.
void Writer::read_ahead(std::span<const Slot> slots) {
  ReadAhead* const ahead = connection_->read_ahead();
  if (ahead == nullptr) return;
  std::vector<Task*> asking;
  for (const Slot& slot : slots) asking.push_back(slot.task.get());
  for (int round = 0; round < kMostRounds && asking.size() > 1; ++round) {
    std::erase_if(asking, [&](Task* task) {
      const auto began = Steady::now();
      turn_to(*task);
      try {
        Rehearsal rehearsal(*ahead, surroundings_, now_);
        task->rehearse(rehearsal);
      } catch (const Rehearsal::End& end) {
        return !end.asked || Steady::now() - began > kLongestRehearsal;
      } catch (const EngineError&) {
        throw;
      } catch (const std::exception&) {  // to be found again when it runs
      }
      return true;
    });
    ahead->wait();
  }
}

void Writer::turn_to(const Task& task) {
  if (ReadAhead* const ahead = connection_->read_ahead()) ahead->turn_to(task.aggregate());
}

void Writer::attempt_task(Slot& slot, Batch& batch, Undo undo) {
  ++batch.size;
  slot.error = nullptr;
  slot.entry.reset();
  turn_to(*slot.task);
  if (undo != Undo::Batch) connection_->savepoint();
  Transaction tx(*connection_, surroundings_, now_, ids_, random_);
  try {
    std::optional<JournalEntry> entry = slot.task->run(tx, batch);
    if (undo == Undo::Alone) connection_->confirm();  // what goes wrong is this task's fault; later nobody could tell
    if (undo != Undo::Batch) connection_->release();
    if (entry) {
      slot.entry = batch.entries.size();
      batch.entries.push_back(std::move(*entry));
    }
    batch.changed.insert(tx.changed_keys().begin(), tx.changed_keys().end());
    batch.touched_timers = batch.touched_timers || tx.touched_timers() || slot.task->is_timer();
    batch.sent_on_errands = batch.sent_on_errands || tx.sent_on_errands();
  } catch (const std::exception& fault) {
    slot.error = std::current_exception();
    if (!connection_->in_transaction()) throw TransactionGone(fault.what());
    if (undo != Undo::Batch) {
      connection_->undo();
    } else if (tx.wrote()) {
      throw BatchSpoilt();
    }
    Transaction after(*connection_, surroundings_, now_, ids_, random_);
    slot.task->undone(after);
    batch.touched_timers = batch.touched_timers || slot.task->is_timer();
  }
}

void Writer::seal(Batch& batch) {
  if (!alone_) {
    connection_->take_journal();
    catch_up();
  }
  journal_.append(*connection_, batch.entries);
  std::vector<domain::Value> changed;
  for (const std::string& key : batch.changed) {
    changed.push_back(domain::to_value(key));
    changed.push_back(domain::to_value(++changes_));
  }
  put_changed().each(changed, [this](std::string_view sql, std::span<const domain::Value> values) {
    connection_->execute(sql, values);
  });
  if (alone_ && batch.touched_timers) timers_.refresh(*connection_);
  if (engine_.shared() && batch.size > 0) connection_->execute("UPDATE store_version SET number = number + 1", {});
}

void Writer::settle(Slots& slots, const Batch& batch) {
  if (slots.empty()) return;
  journal_.committed();
  recent_keys_.add(batch.entries);
  watermark_.noticed(journal_.head().sequence, next_version_++);
  if (batch.sent_on_errands) sent_on_errand_();
  for (Slot& slot : slots) {
    if (slot.error) {
      slot.task->failed(slot.error);
    } else {
      slot.task->committed(batch, slot.entry);
    }
  }
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
  if (alone_) timers_.refresh(*connection_);
}

/// Takes in what others have written since our last turn.
void Writer::catch_up() {
  look_again_ = Steady::now() + kLongestSleep;
  bool appended = false;
  {
    const auto cursor = connection_->query(
        "SELECT head.sequence, head.hash, (SELECT number FROM store_version), (SELECT MAX(position) FROM changed), "
        "(SELECT MIN(run_at) FROM timers) FROM (SELECT 1) AS always "
        "LEFT JOIN (SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1) AS head ON TRUE",
        {});
    cursor->next();
    const domain::Row row(*cursor);
    appended = !row.is_null(0) && row.integer(0) != journal_.head().sequence;
    if (appended) journal_.go_on_from({row.integer(0), std::string(row.blob(1))});
    next_version_ = static_cast<std::uint64_t>(row.integer(2)) + 1;
    changes_ = row.is_null(3) ? 0 : row.integer(3);
    if (alone_) timers_.set_next(row.is_null(4) ? std::nullopt : std::optional(row.timestamp(4)));
  }
  if (alone_ && appended) recent_keys_.catch_up(*connection_, surroundings_.now());
}

void Writer::recover() {
  try {
    if (!connection_) return;
    // Of a server that hangs, nothing more is asked on a connection that was given up.
    if (!connection_->alive()) return connection_.reset();
    if (connection_->in_transaction()) connection_->rollback();
    reload();
  } catch (const EngineError& fault) {
    core::log::error("the database is opened again", {{"error", fault.what()}});
    connection_.reset();
  }
}

}  // namespace wenming::store
