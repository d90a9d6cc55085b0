#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace wenming::store {

/// Moves committed pages from the WAL into the database file, on a thread and a connection of its own, so that no
/// command waits for it. As long as somebody reads or writes, the WAL cannot be begun anew and grows; beyond a limit
/// the checkpointer therefore holds the writer up for the moment that the last pages take.
///
/// `committed` is called by the writer; the rest by the owner.
class Checkpointer {
 public:
  Checkpointer(std::string path, bool durable);
  /// Stops.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// The WAL has this many pages now.
  void committed(int pages);

 private:
  void run();

  const std::string path_;
  const bool durable_;
  std::mutex mutex_;
  std::condition_variable wakes_;
  int done_ = 0;  // pages in the WAL when the last checkpoint was asked for
  bool due_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace wenming::store
