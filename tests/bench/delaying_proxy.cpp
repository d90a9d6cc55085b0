#include "delaying_proxy.h"

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <memory>
#include <utility>

namespace wenming::bench {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using boost::system::error_code;

/// One connection, both ways. Lives as long as a read, a timer or a write of it is under way.
class Line : public std::enable_shared_from_this<Line> {
 public:
  Line(asio::ip::tcp::socket client, asio::local::stream_protocol::socket server, std::chrono::microseconds one_way)
      : one_way_(one_way), client_(std::move(client)), server_(std::move(server)) {
    client_.set_option(asio::ip::tcp::no_delay(true));
  }
  void start() {
    read(client_, server_, to_server_);
    read(server_, client_, to_client_);
  }

 private:
  struct Packet {
    std::string bytes;
    Clock::time_point due;
  };
  struct Way {
    explicit Way(const asio::any_io_executor& executor) : timer(executor) {}
    std::array<char, 65536> buffer{};
    std::deque<Packet> under_way;
    asio::steady_timer timer;
  };

  template <class From, class To>
  void read(From& from, To& to, Way& way) {
    from.async_read_some(asio::buffer(way.buffer),
                         [this, self = shared_from_this(), &from, &to, &way](error_code error, std::size_t size) {
                           if (error) return close();
                           way.under_way.push_back({std::string(way.buffer.data(), size), Clock::now() + one_way_});
                           if (way.under_way.size() == 1) deliver(to, way);
                           read(from, to, way);
                         });
  }

  template <class To>
  void deliver(To& to, Way& way) {
    way.timer.expires_at(way.under_way.front().due);
    way.timer.async_wait([this, self = shared_from_this(), &to, &way](error_code error) {
      if (error) return;
      asio::async_write(to, asio::buffer(way.under_way.front().bytes),
                        [this, self, &to, &way](error_code failed, std::size_t) {
                          if (failed) return close();
                          way.under_way.pop_front();
                          if (!way.under_way.empty()) deliver(to, way);
                        });
    });
  }

  void close() {
    error_code ignored;
    client_.close(ignored);
    server_.close(ignored);
  }

  const std::chrono::microseconds one_way_;
  asio::ip::tcp::socket client_;
  asio::local::stream_protocol::socket server_;
  Way to_server_{client_.get_executor()}, to_client_{client_.get_executor()};
};

}  // namespace

DelayingProxy::DelayingProxy(std::string socket_file, std::chrono::microseconds one_way)
    : socket_file_(std::move(socket_file)),
      one_way_(one_way),
      acceptor_(io_, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  accept();
  thread_ = std::thread([this] { io_.run(); });
}

DelayingProxy::~DelayingProxy() {
  io_.stop();
  thread_.join();
}

void DelayingProxy::accept() {
  acceptor_.async_accept([this](error_code error, asio::ip::tcp::socket client) {
    if (error) return;
    asio::local::stream_protocol::socket server(io_);
    error_code unreachable;
    server.connect(asio::local::stream_protocol::endpoint(socket_file_), unreachable);
    if (!unreachable) std::make_shared<Line>(std::move(client), std::move(server), one_way_)->start();
    accept();
  });
}

}  // namespace wenming::bench
