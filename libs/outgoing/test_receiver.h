#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace wenming::outgoing {

/// Another system, for tests: a server of one thread that does with its connections what a script says, however wrong
/// that is. On a free port of 127.0.0.1, in plain text or TLS.
class TestReceiver {
 public:
  /// A connection whose request has been read.
  class Connection {
   public:
    virtual ~Connection() = default;
    /// False once the other side has closed.
    virtual bool write(std::string_view bytes) = 0;
    /// Waits until the other side closes.
    virtual void wait_for_close() = 0;
  };
  /// Answers one request; whether the connection is kept for another one.
  using Script = std::function<bool(Connection&)>;
  struct Tls {
    std::string certificate_file, key_file;
  };

  explicit TestReceiver(Script script, const Tls& tls = {});
  ~TestReceiver();
  TestReceiver(const TestReceiver&) = delete;
  TestReceiver& operator=(const TestReceiver&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// `http://HOST:PORT`, or https.
  [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const;
  /// Requests as they came, head and body.
  [[nodiscard]] std::vector<std::string> requests() const;
  /// The names that were asked for in TLS, one per connection.
  [[nodiscard]] std::vector<std::string> server_names() const;
  [[nodiscard]] int connections() const { return connections_; }

  /// A script that gives this answer, and keeps the connection or closes it.
  static Script answers(std::string answer, bool keep = true);

 private:
  class Impl;
  void run();
  void serve(int socket);

  const Script script_;
  const std::unique_ptr<Impl> impl_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  int open_ = -1;
  bool stopping_ = false;
  std::vector<std::string> requests_, server_names_;
  std::thread thread_;
};

}  // namespace wenming::outgoing
