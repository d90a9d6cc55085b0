#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "http/connection.h"

namespace wenming::http {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Worker::Context::executor_type>;
using TlsStream = boost::asio::ssl::stream<Socket>;

/// Carries a connection's bytes over a TCP socket or over TLS on one.
template <class Stream>
class Session final : public Connection {
 public:
  template <class... Arguments>
  Session(std::shared_ptr<Worker> worker, const boost::asio::ip::address& peer, bool welcome, Arguments&&... stream)
      : Connection(std::move(worker), peer, welcome), stream_(std::forward<Arguments>(stream)...) {}

  void start() override {
    Error ignored;  // of a client that has gone already; the first read tells
    socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    socket().non_blocking(true, ignored);
    if constexpr (kIsTls) {
      stream_.async_handshake(boost::asio::ssl::stream_base::server, [self = self()](const Error& error) {
        if (error) return self->close();
        self->on_open();
      });
    } else {
      on_open();
    }
  }

 private:
  static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;

  std::shared_ptr<Session> self() { return std::static_pointer_cast<Session>(shared_from_this()); }

  Socket& socket() {
    if constexpr (kIsTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  void start_reading(boost::asio::mutable_buffer buffer) override {
    stream_.async_read_some(buffer,
                            [self = self()](const Error& error, std::size_t count) { self->on_read(error, count); });
  }

  std::size_t write_at_once([[maybe_unused]] const std::vector<boost::asio::const_buffer>& buffers,
                            [[maybe_unused]] Error& error) override {
    if constexpr (kIsTls) {
      return 0;  // what is encrypted but not taken by the system would be lost
    } else {
      const std::size_t count = stream_.write_some(buffers, error);
      if (error == boost::asio::error::would_block) error = {};
      return count;
    }
  }

  void start_writing(const std::vector<boost::asio::const_buffer>& buffers) override {
    stream_.async_write_some(
        std::span(buffers), [self = self()](const Error& error, std::size_t count) { self->on_written(error, count); });
  }

  void shut_down() override {
    if constexpr (kIsTls) {
      stream_.async_shutdown([self = self()](const Error&) { self->close(); });
    } else {
      Error ignored;  // closed by the client: then its end has been or will be read
      stream_.shutdown(Socket::shutdown_send, ignored);
    }
  }

  void close_socket() override {
    Error ignored;  // there is nothing left to lose
    socket().close(ignored);
  }

  Stream stream_;
};

}  // namespace wenming::http
