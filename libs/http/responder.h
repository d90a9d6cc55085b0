#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "http/message.h"

namespace wenming::http {

/// An answer that is sent piece by piece: one without an end (Server-Sent Events), or one too long to be kept in
/// memory. Any thread may call. Dropping the last reference closes it.
class Stream {
 public:
  virtual ~Stream() = default;

  /// Queues bytes, whole events each time: the server puts heartbeat comments between two calls. False if the stream is
  /// closed, or is closed now because the client reads too slowly and its bound is reached.
  virtual bool send(Bytes bytes) = 0;
  /// Calls back once when all that was queued has been given to the system, or the stream has ended: the time to queue
  /// more, for those who send no faster than the client reads. On an IO thread or the caller's; one callback at a time.
  virtual void when_sent(std::function<void()> callback) = 0;
  /// Sends what is queued, then ends the answer and the connection.
  virtual void close() = 0;
  /// Calls back once when the stream has ended, for whatever reason; at once if it has. On an IO thread or the
  /// caller's.
  virtual void on_close(std::function<void()> callback) = 0;
};

/// Where a Responder delivers: a connection, or a test.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  virtual void answer(std::uint64_t exchange, Response response) = 0;
  virtual void answer(std::uint64_t exchange, std::function<Response()> make) = 0;
  virtual std::shared_ptr<Stream> open_stream(std::uint64_t exchange, Response head) = 0;
  /// The Responder was dropped unanswered.
  virtual void abandon(std::uint64_t exchange) = 0;
};

/// The right and the duty to answer one request: exactly once, from any thread, also long after the handler returned.
/// Dropped unanswered it answers 500. Answers to clients that have gone are discarded. Throws std::logic_error when
/// used a second time.
class Responder {
 public:
  Responder(std::shared_ptr<ResponseSink> sink, std::uint64_t exchange) : sink_(std::move(sink)), exchange_(exchange) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  ~Responder();

  void send(Response response);
  /// Has the answer made on the connection's thread, for callers who must not be held up. If that throws, it is 500.
  void send_made(std::function<Response()> make);
  /// Sends status and headers at once and leaves the body open; the body of `head` is its beginning.
  std::shared_ptr<Stream> stream(Response head);

 private:
  std::shared_ptr<ResponseSink> take();

  std::shared_ptr<ResponseSink> sink_;  // null once used
  std::uint64_t exchange_;
};

}  // namespace wenming::http
