#pragma once

#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "http/host.h"
#include "http/stream.h"
#include "http/trace.h"

namespace wenming::http {

/// Something that another thread, or a handler, has for an exchange of a connection.
struct Delivery {
  struct Abandonment {};
  struct StreamHead {
    Response head;
    std::shared_ptr<StreamState> stream;
  };
  struct StreamBytes {
    Bytes bytes;
  };
  struct StreamEnd {};
  struct StreamOverrun {};
  using Making = std::function<Response()>;
  using Content = std::variant<Response, Making, Abandonment, StreamHead, StreamBytes, StreamEnd, StreamOverrun>;

  std::shared_ptr<Connection> connection;
  std::uint64_t exchange;
  Content content;
};

/// One IO thread and the connections it serves. Connections keep their worker alive, so that an answer may come after
/// the server is gone; it is then discarded.
class Worker {
 public:
  using Context = boost::asio::io_context;

  explicit Worker(std::shared_ptr<Host> host);

  // Any thread.
  void start();
  /// Closes all connections, ends the thread and waits for it.
  void stop();
  Context& context() { return context_; }
  [[nodiscard]] bool is_this_thread() { return context_.get_executor().running_in_this_thread(); }
  /// Hands over to the connection's thread. However many come while it is busy, it is woken once.
  void deliver(Delivery delivery);
  /// Lets all connections finish what they are at.
  void drain();
  void cut_off();
  /// Connections given to this worker and not yet closed.
  [[nodiscard]] std::size_t load() const { return load_; }
  /// One more is on its way to `add`.
  void expect_connection() { ++load_; }

  // The worker's thread.
  Host& host() { return *host_; }
  TraceSource& traces() { return traces_; }
  /// The Date field's value for now.
  std::string_view date();
  void add(std::shared_ptr<Connection> connection);
  void remove(Connection& connection);

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                        Context::executor_type>;

  void open_mailbox();
  void schedule_tick();
  void tick();
  void close_all();

  const std::shared_ptr<Host> host_;
  Context context_{1};  // one thread: no locking among its own handlers
  boost::asio::executor_work_guard<Context::executor_type> work_{context_.get_executor()};
  Timer timer_{context_};
  const std::chrono::milliseconds tick_;
  bool stopping_ = false;
  TraceSource traces_;
  std::time_t date_second_ = 0;
  std::string date_;
  std::vector<std::shared_ptr<Connection>> connections_;

  std::atomic<std::size_t> load_ = 0;
  std::mutex mutex_;
  bool mailbox_closed_ = false;
  std::vector<Delivery> mailbox_;
  std::vector<Delivery> opened_;  // being worked through; kept for its capacity
  std::thread thread_;
};

}  // namespace wenming::http
