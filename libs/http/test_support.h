#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/server.h"

namespace wenming::http::test {

/// Long enough for any machine under any sanitizer; only failures take so long.
constexpr std::chrono::seconds kPatience{20};

/// Waits until the condition holds; false if it does not for long.
bool eventually(const std::function<bool()>& condition);

/// An answer as it came over the wire.
struct RawReply {
  unsigned status = 0;
  Headers headers;
  std::string body;
};

/// A client that sends whatever bytes a test wants sent.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes);
  void finish_sending();
  /// The next answer, by Content-Length or chunks; nullopt if the server closed instead. `head_only` as after HEAD.
  std::optional<RawReply> receive(bool head_only = false);
  /// Everything up to and with `end`, or up to the server's end.
  std::string receive_until(std::string_view end);
  /// Whether the server ends the connection without sending anything more.
  bool is_closed_by_server();

 private:
  bool fill();
  int socket_;
  std::string received_;
};

/// Calls functions on a thread of its own, in the order in which they were given, once released.
class OtherThread {
 public:
  OtherThread();
  ~OtherThread();
  void run(std::function<void()> work);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::function<void()>> works_;
  bool ending_ = false;
  std::thread thread_;
};

/// Counts what the server reports.
class Counts : public Observer {
 public:
  void connection_opened() override { ++opened; }
  void connection_closed() override { ++closed; }
  void connection_refused() override { ++refused; }
  void request_started() override { ++started; }
  void request_finished(const Finished& request) override {
    const std::lock_guard lock(mutex_);
    finished_.push_back({std::string(request.route), request.status});
  }
  void bytes_received(std::size_t count) override { received += count; }
  void bytes_sent(std::size_t count) override { sent += count; }
  void handler_failed(const Request& request, const std::exception_ptr&) override {
    const std::lock_guard lock(mutex_);
    failed_.push_back(request.path);
  }

  struct Finish {
    std::string route;
    unsigned status;
    bool operator==(const Finish&) const = default;
  };
  std::vector<Finish> finished() {
    const std::lock_guard lock(mutex_);
    return finished_;
  }
  std::vector<std::string> failed() {
    const std::lock_guard lock(mutex_);
    return failed_;
  }

  std::atomic<std::size_t> opened = 0, closed = 0, refused = 0, started = 0, received = 0, sent = 0;

 private:
  std::mutex mutex_;
  std::vector<Finish> finished_;
  std::vector<std::string> failed_;
};

/// Options of most tests: two threads, refusals whose body tells the status and the path.
Options options();

/// Answers with verb, path, query and body.
void echo(Request&& request, Responder responder);

}  // namespace wenming::http::test
