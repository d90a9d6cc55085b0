#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace wenming::bench {

/// Stands between clients on loopback and a server's socket file, and lets every byte take its time each way: a network
/// where there is none. Bandwidth is not bounded. One thread; ends with the object.
class DelayingProxy {
 public:
  DelayingProxy(std::string socket_file, std::chrono::microseconds one_way);
  ~DelayingProxy();
  DelayingProxy(const DelayingProxy&) = delete;
  DelayingProxy& operator=(const DelayingProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void accept();

  const std::string socket_file_;
  const std::chrono::microseconds one_way_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

}  // namespace wenming::bench
