#pragma once

#include <cstdint>
#include <mutex>

namespace wenming::outgoing {

/// Counts what a connection has received, whoever reads it: cpprestsdk keeps a reply's head, and each of its chunks, in
/// memory however long they are, and says so only afterwards. Any thread may call.
class ReceivedBytes {
 public:
  ReceivedBytes() = default;
  ~ReceivedBytes();
  ReceivedBytes(const ReceivedBytes&) = delete;
  ReceivedBytes& operator=(const ReceivedBytes&) = delete;

  /// Counts from now on what this socket receives, and nothing else any more. It may not be connected yet.
  void count(int socket);
  [[nodiscard]] std::uint64_t so_far();
  /// Whether something has come that nobody has read; it may be the end.
  [[nodiscard]] bool may_be_read();

 private:
  std::mutex mutex_;
  int socket_ = -1;  // a handle of our own: the other one may be closed, and its number be given to another
  std::uint64_t before_ = 0;
};

}  // namespace wenming::outgoing
