#include "http/stream.h"

#include <utility>

#include "http/connection.h"

namespace wenming::http {

StreamState::Room StreamState::take(std::size_t bytes) {
  if (!open_) return Room::Closed;
  // Senders at the same moment may each find room and exceed the bound by their last event: a bound, not a measure.
  if (in_transit_ + unwritten_ + bytes > bound_) return stop() ? Room::Full : Room::Closed;
  in_transit_ += bytes;
  return Room::Taken;
}

void StreamState::end() {
  open_ = false;
  std::function<void()> callback, sent_callback;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    callback.swap(callback_);
    sent_callback.swap(sent_callback_);
  }
  if (sent_callback) sent_callback();
  if (callback) callback();
}

void StreamState::written() {
  std::function<void()> callback;
  {
    // Behind the lock, so that either this sees the callback or whoever brings it sees that all is written.
    const std::lock_guard lock(mutex_);
    if (in_transit_ > 0 || unwritten_ > 0) return;
    callback.swap(sent_callback_);
  }
  if (callback) callback();
}

void StreamState::when_sent(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!ended_) sent_callback_ = std::exchange(callback, nullptr);
  }
  if (callback) return callback();
  written();
}

void StreamState::on_end(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!ended_) {
      callback_ = std::move(callback);
      return;
    }
  }
  callback();
}

ConnectionStream::ConnectionStream(std::weak_ptr<Connection> connection, std::uint64_t exchange,
                                   std::shared_ptr<StreamState> state)
    : connection_(std::move(connection)), exchange_(exchange), state_(std::move(state)) {}

ConnectionStream::~ConnectionStream() {
  close();
}

bool ConnectionStream::send(Bytes bytes) {
  const StreamState::Room room = state_->take(bytes->size());
  if (room == StreamState::Room::Closed) return false;
  const auto connection = connection_.lock();
  if (!connection) return false;
  if (room == StreamState::Room::Full) {
    connection->deliver(exchange_, Delivery::StreamOverrun{});
    return false;
  }
  connection->deliver(exchange_, Delivery::StreamBytes{std::move(bytes)});
  return true;
}

void ConnectionStream::when_sent(std::function<void()> callback) {
  state_->when_sent(std::move(callback));
}

void ConnectionStream::close() {
  if (!state_->stop()) return;
  if (const auto connection = connection_.lock()) connection->deliver(exchange_, Delivery::StreamEnd{});
}

void ConnectionStream::on_close(std::function<void()> callback) {
  state_->on_end(std::move(callback));
}

}  // namespace wenming::http
