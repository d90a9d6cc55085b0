#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace wenming::store {

/// Moves committed pages from the WAL into the database file, on a thread and a connection of its own, so that no
/// command waits for it. As long as somebody writes, the WAL cannot be begun anew and grows. Beyond a limit the
/// checkpointer therefore first catches up and then holds the writer up for the moment that the last pages take; and
/// beyond a second limit, where it does not keep up at all, the writer waits for it. The file keeps its size when it is
/// begun anew, because overwriting costs less than growing.
///
/// The writer calls `committed` and `ask`; the rest is the owner's.
class Checkpointer {
 public:
  Checkpointer(std::string path, bool durable);
  /// Stops.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// The WAL has this many pages now. Waits, where they are far too many.
  void committed(int pages);
  /// A checkpoint as soon as can be: there is no space, and the WAL may give some back.
  void ask();

 private:
  void run();

  const std::string path_;
  const bool durable_;
  std::mutex mutex_;
  std::condition_variable wakes_;
  std::condition_variable passed_;
  int asked_at_ = 0;  // pages in the WAL when the last checkpoint was asked for
  bool due_ = false;
  std::uint64_t begun_ = 0;  // passes
  std::uint64_t ended_ = 0;  // well or not
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace wenming::store
