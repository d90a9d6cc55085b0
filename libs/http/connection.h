#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/exchange.h"
#include "http/outbox.h"
#include "http/request_parser.h"
#include "http/responder.h"
#include "http/worker.h"

namespace wenming::http {

/// The protocol of one client: reads requests, hands them to the handler, writes the answers in the order of the
/// requests, keeps the deadlines. What carries the bytes (TCP, TLS) is in the derived `Session`.
///
/// Lives on its worker's thread, which alone may call it; only the ResponseSink side and `deliver` are for any thread.
/// Owned by the worker until it closes, and by what is under way.
class Connection : public ResponseSink, public std::enable_shared_from_this<Connection> {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Error = boost::system::error_code;

  /// `welcome` is false if there are too many connections: it is answered 503 whatever it asks.
  Connection(std::shared_ptr<Worker> worker, const boost::asio::ip::address& peer, bool welcome);
  ~Connection() override = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Any thread.
  void answer(std::uint64_t exchange, Response response) override;
  void answer(std::uint64_t exchange, std::function<Response()> make) override;
  std::shared_ptr<Stream> open_stream(std::uint64_t exchange, Response head) override;
  void abandon(std::uint64_t exchange) override;
  /// Through the worker's mailbox, in order.
  void deliver(std::uint64_t exchange, Delivery::Content content);

  // The worker's thread.
  virtual void start() = 0;
  void receive(std::uint64_t exchange, Delivery::Content content);
  /// Goes on wherever something can go on: parsing, handling, writing, reading.
  void pump();
  void tick(Time now);
  void drain();
  void close();
  std::size_t place_in_worker = 0;

 protected:
  // What the session reports.
  void on_open();
  void on_read(const Error& error, std::size_t count);
  void on_written(const Error& error, std::size_t count);

  // What the session does.
  virtual void start_reading(boost::asio::mutable_buffer buffer) = 0;
  /// Writes what the system takes without waiting.
  virtual std::size_t write_at_once(const std::vector<boost::asio::const_buffer>& buffers, Error& error) = 0;
  virtual void start_writing(const std::vector<boost::asio::const_buffer>& buffers) = 0;
  /// Says that no more is coming; reading goes on until the client says the same.
  virtual void shut_down() = 0;
  virtual void close_socket() = 0;

 private:
  /// What the connection waits for, and so what it means when the deadline passes.
  enum class Waiting { Handshake, NextRequest, Headers, Body, Answer, Writing, Heartbeat, ClientsEnd };

  /// An answer in the outbox, to be reported once all is written.
  struct Sent {
    Observer::Finished finished;
    Time began;
  };

  void parse();
  void dispatch();
  void refuse(unsigned status);
  void identify(Request& request);
  /// False if writing has to be waited for.
  bool write();
  void collect_answers();
  bool collect_stream(Exchange& exchange);
  void report_sent();
  void begin_closing();
  void read();
  void set_deadline();
  void wait_for(Waiting what, Time until);
  /// How long `bytes` may take, at the slowest.
  [[nodiscard]] std::chrono::milliseconds slowest(std::size_t bytes) const;
  Exchange* find(std::uint64_t exchange);

  const std::shared_ptr<Worker> worker_;  // first in, last out: the sockets of derived classes need its context
  Host& host_;
  const std::string peer_address_;
  const bool peer_is_proxy_;
  const bool welcome_;

  boost::beast::flat_buffer input_;
  std::optional<RequestParser> parser_;  // while a request is being read
  bool continue_due_ = false;            // the client waits for `100 Continue`
  std::vector<Exchange> exchanges_;      // requests not yet answered, in order
  std::uint64_t first_exchange_ = 0;     // number of the first of them
  Outbox outbox_;
  std::vector<Sent> sent_;

  bool open_ = false;              // handshake done
  bool pumping_ = false;           // what handlers do inside is picked up by the pump that called them
  bool reading_ = false;           // a read is under way
  bool writing_ = false;           // a write is under way
  bool input_ended_ = false;       // the client sent its last byte
  bool no_more_requests_ = false;  // the last request is read
  bool cut_short_ = false;         // the client may be sending what will not be read
  bool last_answer_ = false;       // the last answer is in the outbox
  bool closing_ = false;           // shut down, waiting for the client's end
  bool closed_ = false;

  Waiting waiting_ = Waiting::Handshake;
  Time deadline_;
  Time began_;  // the phase that the deadline reckons from: request, body, writing, idleness
  Time last_write_;
  std::size_t written_ = 0;  // since writing had to be waited for
};

}  // namespace wenming::http
