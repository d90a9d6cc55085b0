#include "store/sqlite/checkpointer.h"

#include <sqlite3.h>
#include "core/log.h"

#include <chrono>
#include <exception>

#include "store/sqlite/connection.h"

namespace wenming::store {
namespace {

// Pages are 4 KiB: a checkpoint every 16 MiB, and a WAL begun anew at 64 MiB.
constexpr int kPagesPerCheckpoint = 4096;
constexpr int kMostPages = 16384;
constexpr int kHoldUpMilliseconds = 100;
constexpr std::chrono::seconds kPauseAfterFault{1};

/// True: nothing went wrong; readers in the way are nothing wrong.
bool checkpoint(sqlite3* database, int mode, int& pages) {
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(database, nullptr, mode, &pages, &moved);
  return code == SQLITE_OK || code == SQLITE_BUSY;
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
  {
    const std::lock_guard lock(mutex_);
    if (pages < done_) done_ = 0;  // the WAL was begun anew
    if (pages - done_ < kPagesPerCheckpoint) return;
    due_ = true;
    done_ = pages;
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
    lock.unlock();
    bool sound = true;
    try {
      if (!connection) {
        connection = std::make_unique<SqliteConnection>(path_, SqliteConnection::Role::Checkpointer, durable_);
        sqlite3_busy_timeout(connection->handle(), kHoldUpMilliseconds);
      }
      int pages = 0;
      sound = checkpoint(connection->handle(), SQLITE_CHECKPOINT_PASSIVE, pages);
      if (sound && pages > kMostPages) sound = checkpoint(connection->handle(), SQLITE_CHECKPOINT_TRUNCATE, pages);
      if (!sound)
        core::log::error("checkpoint failed", {{"database", path_}, {"error", sqlite3_errmsg(connection->handle())}});
    } catch (const std::exception& fault) {
      core::log::error("checkpoint failed", {{"database", path_}, {"error", fault.what()}});
      sound = false;
    }
    lock.lock();
    if (sound) continue;
    wakes_.wait_for(lock, kPauseAfterFault, [this] { return stopping_; });
    due_ = true;  // a full disk has room again some day; nobody else asks before the WAL has grown as much once more
  }
}

}  // namespace wenming::store
