#include "store/sqlite/checkpointer.h"

#include <sqlite3.h>
#include "core/log.h"

#include <chrono>
#include <exception>

#include "store/sqlite/connection.h"

namespace wenming::store {
namespace {

// Pages are 4 KiB: a checkpoint every MiB, because a large one keeps the disk from the next commit for as long as it
// takes (of ten million rows, every page goes to another place); a WAL begun anew at 32 MiB, a writer that waits at 64.
constexpr int kPagesPerCheckpoint = 256;
constexpr int kManyPages = 8192;
constexpr int kMostPages = 16384;
// So few are moved in a moment, during which the writer may be held up.
constexpr int kFewPages = 128;
constexpr int kRoundsToCatchUp = 8;
// How long the writer is held up while readers of old pages finish. Short, because beyond the first limit every
// checkpoint tries; where it never succeeds, the second limit sees to it.
constexpr int kHoldUpMilliseconds = 20;
// Longer than any reader may hold the WAL.
constexpr std::chrono::seconds kLongestWait{5};
constexpr std::chrono::seconds kPauseAfterFault{1};

/// How far the database file is.
struct Progress {
  int pages = 0;  // in the WAL
  int moved = 0;
};

Progress checkpoint(SqliteConnection& connection, int mode) {
  Progress progress;
  const int code = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr, mode, &progress.pages, &progress.moved);
  if (code != SQLITE_OK && code != SQLITE_BUSY)  // readers in the way are nothing wrong
    throw EngineError(EngineError::Kind::Storage, sqlite3_errmsg(connection.handle()));
  return progress;
}

void catch_up(SqliteConnection& connection) {
  Progress progress = checkpoint(connection, SQLITE_CHECKPOINT_PASSIVE);
  if (progress.pages <= kManyPages) return;
  for (int round = 0; round < kRoundsToCatchUp && progress.pages - progress.moved > kFewPages; ++round)
    progress = checkpoint(connection, SQLITE_CHECKPOINT_PASSIVE);
  checkpoint(connection, SQLITE_CHECKPOINT_RESTART);
}

}  // namespace

Checkpointer::Checkpointer(std::string path, bool durable)
    : path_(std::move(path)), durable_(durable), thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wakes_.notify_one();
  thread_.join();
}

void Checkpointer::committed(int pages) {
  std::unique_lock lock(mutex_);
  if (pages < asked_at_) asked_at_ = 0;  // the WAL was begun anew
  if (pages - asked_at_ >= kPagesPerCheckpoint) {
    due_ = true;
    asked_at_ = pages;
    wakes_.notify_one();
  }
  if (pages < kMostPages) return;
  due_ = true;
  wakes_.notify_one();
  // A pass that is under way has not seen all pages; the next one will.
  passed_.wait_for(lock, kLongestWait, [this, next = begun_ + 1] { return ended_ >= next; });
}

void Checkpointer::ask() {
  {
    const std::lock_guard lock(mutex_);
    due_ = true;
  }
  wakes_.notify_one();
}

void Checkpointer::run() {
  std::unique_ptr<SqliteConnection> connection;
  std::unique_lock lock(mutex_);
  while (true) {
    wakes_.wait(lock, [this] { return stopping_ || due_; });
    if (stopping_) return;
    due_ = false;
    ++begun_;
    lock.unlock();
    bool sound = true;
    try {
      if (!connection) {
        connection = std::make_unique<SqliteConnection>(path_, SqliteConnection::Role::Checkpointer, durable_);
        sqlite3_busy_timeout(connection->handle(), kHoldUpMilliseconds);
      }
      catch_up(*connection);
    } catch (const std::exception& fault) {
      core::log::error("checkpoint failed", {{"database", path_}, {"error", fault.what()}});
      sound = false;
    }
    lock.lock();
    ++ended_;
    passed_.notify_all();
    if (sound) continue;
    wakes_.wait_for(lock, kPauseAfterFault, [this] { return stopping_; });
    due_ = true;  // a full disk has room again some day; nobody else asks before the WAL has grown as much once more
  }
}

}  // namespace wenming::store
