#include "http/test_support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>
#include <utility>

namespace wenming::http::test {

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

RawClient::RawClient(std::uint16_t port, int receive_buffer)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const int yes = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    throw std::runtime_error("cannot connect");
  }
}

RawClient::~RawClient() {
  ::close(socket_);
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the server closed: what it said is read by the test
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void RawClient::finish_sending() {
  ::shutdown(socket_, SHUT_WR);
}

bool RawClient::fill() {
  char buffer[16 * 1024];
  const ssize_t count = ::recv(socket_, buffer, sizeof buffer, 0);
  if (count < 0 && errno == EAGAIN) throw std::runtime_error("the server neither answers nor closes");
  if (count <= 0) return false;
  received_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

std::string RawClient::receive_until(std::string_view end) {
  std::size_t place;
  while ((place = received_.find(end)) == std::string::npos) {
    if (!fill()) return std::exchange(received_, {});
  }
  std::string text = received_.substr(0, place + end.size());
  received_.erase(0, place + end.size());
  return text;
}

std::optional<RawReply> RawClient::receive(bool head_only) {
  std::string head = receive_until("\r\n\r\n");
  if (!head.ends_with("\r\n\r\n")) return std::nullopt;
  RawReply reply;
  std::from_chars(head.data() + 9, head.data() + 12, reply.status);
  std::size_t line = head.find("\r\n") + 2;
  while (line + 2 < head.size()) {
    const std::size_t end = head.find("\r\n", line);
    const std::size_t colon = head.find(": ", line);
    reply.headers.add(std::string_view(head).substr(line, colon - line),
                      std::string_view(head).substr(colon + 2, end - colon - 2));
    line = end + 2;
  }
  if (head_only) return reply;
  if (reply.headers.get("Transfer-Encoding") == "chunked") {
    for (;;) {
      const std::size_t size = std::stoul(receive_until("\r\n"), nullptr, 16);
      while (received_.size() < size + 2) {
        if (!fill()) return std::nullopt;
      }
      reply.body += received_.substr(0, size);
      received_.erase(0, size + 2);
      if (size == 0) return reply;
    }
  }
  const std::string length(reply.headers.get("Content-Length"));
  const std::size_t size = length.empty() ? 0 : std::stoul(length);
  while (received_.size() < size) {
    if (!fill()) return std::nullopt;
  }
  reply.body = received_.substr(0, size);
  received_.erase(0, size);
  return reply;
}

bool RawClient::is_closed_by_server() {
  while (fill()) {
  }
  return received_.empty();
}

OtherThread::OtherThread()
    : thread_([this] {
        std::unique_lock lock(mutex_);
        for (;;) {
          changed_.wait(lock, [this] { return ending_ || !works_.empty(); });
          if (works_.empty()) return;
          const auto works = std::exchange(works_, {});
          lock.unlock();
          for (const auto& work : works) work();
          lock.lock();
        }
      }) {}

OtherThread::~OtherThread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void OtherThread::run(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    works_.push_back(std::move(work));
  }
  changed_.notify_one();
}

Options options() {
  Options options;
  options.io_threads = 2;
  options.error_response = [](unsigned status, const Request& request) {
    Response response;
    response.headers.add("Content-Type", "application/problem+json");
    response.body = std::to_string(status) + " " + request.path;
    return response;
  };
  return options;
}

void echo(Request&& request, Responder responder) {
  Response response{.status = 200, .headers = {{"Content-Type", "text/plain"}}, .route = "echo"};
  response.body = request.verb + " " + request.path + "?" + request.query + " " + request.body;
  responder.send(std::move(response));
}

}  // namespace wenming::http::test
