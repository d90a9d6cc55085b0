#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "http/responder.h"

namespace wenming::http {

class Connection;

/// What a connection and the holders of its stream share. Any thread.
class StreamState {
 public:
  explicit StreamState(std::size_t bound) : bound_(bound) {}

  enum class Room { Taken, Full, Closed };
  /// Takes room for bytes on their way to the connection. Full closes the stream.
  Room take(std::size_t bytes);
  /// No more bytes are taken; true for the first who says so.
  bool stop() { return open_.exchange(false); }

  /// The connection received bytes and has so much unwritten.
  void received(std::size_t bytes) { in_transit_ -= bytes; }
  void set_unwritten(std::size_t bytes) { unwritten_ = bytes; }
  /// The connection is done with it: calls back.
  void end();
  /// The connection may have written all; calls back if it has.
  void written();
  void when_sent(std::function<void()> callback);
  void on_end(std::function<void()> callback);

 private:
  const std::size_t bound_;
  std::atomic<bool> open_ = true;
  std::atomic<std::size_t> in_transit_ = 0;
  std::atomic<std::size_t> unwritten_ = 0;
  std::mutex mutex_;
  bool ended_ = false;
  std::function<void()> callback_;
  std::function<void()> sent_callback_;
};

/// The Stream that a handler holds.
class ConnectionStream final : public Stream {
 public:
  ConnectionStream(std::weak_ptr<Connection> connection, std::uint64_t exchange, std::shared_ptr<StreamState> state);
  ~ConnectionStream() override;

  bool send(Bytes bytes) override;
  void when_sent(std::function<void()> callback) override;
  void close() override;
  void on_close(std::function<void()> callback) override;

 private:
  const std::weak_ptr<Connection> connection_;
  const std::uint64_t exchange_;
  const std::shared_ptr<StreamState> state_;
};

}  // namespace wenming::http
