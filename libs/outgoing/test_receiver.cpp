#include "outgoing/test_receiver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace wenming::outgoing {

class TestReceiver::Impl {
 public:
  explicit Impl(const Tls& tls) {
    if (tls.certificate_file.empty()) return;
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to connections that the other side has closed
    context_.reset(SSL_CTX_new(TLS_server_method()));
    if (SSL_CTX_use_certificate_file(context_.get(), tls.certificate_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context_.get(), tls.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
      throw std::runtime_error("no certificate");
  }
  [[nodiscard]] SSL_CTX* context() const { return context_.get(); }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, &SSL_CTX_free};
};

namespace {

/// In plain text, or TLS where there is a context.
class Stream final : public TestReceiver::Connection {
 public:
  Stream(int socket, SSL_CTX* context) : socket_(socket) {
    if (context == nullptr) return;
    tls_.reset(SSL_new(context));
    SSL_set_fd(tls_.get(), socket);
  }

  bool shake_hands() { return !tls_ || SSL_accept(tls_.get()) == 1; }
  [[nodiscard]] std::string server_name() const {
    const char* name = tls_ ? SSL_get_servername(tls_.get(), TLSEXT_NAMETYPE_host_name) : nullptr;
    return name == nullptr ? "" : name;
  }
  /// Nothing at the end.
  std::string read() {
    std::array<char, 16384> buffer{};
    const auto size = tls_ ? SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size()))
                           : static_cast<int>(recv(socket_, buffer.data(), buffer.size(), 0));
    return size <= 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
  }
  bool write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto size = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                             : static_cast<int>(send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
      if (size <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }
  void wait_for_close() override {
    while (!read().empty()) {
    }
  }

 private:
  const int socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, &SSL_free};
};

/// The next request; empty where none came.
std::string read_request(Stream& stream) {
  std::string request;
  std::size_t end = std::string::npos;
  std::size_t length = 0;
  while (end == std::string::npos || request.size() < end + length) {
    const std::string more = stream.read();
    if (more.empty()) return {};
    request += more;
    if (end != std::string::npos) continue;
    end = request.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    end += 4;
    const std::size_t header = request.find("Content-Length:");
    if (header < end) length = std::stoul(request.substr(header + 15));
  }
  return request;
}

}  // namespace

TestReceiver::TestReceiver(Script script, const Tls& tls)
    : script_(std::move(script)), impl_(std::make_unique<Impl>(tls)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(listener_, 16) != 0)
    throw std::runtime_error("no port to listen at");
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

TestReceiver::~TestReceiver() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (open_ >= 0) shutdown(open_, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

void TestReceiver::run() {
  for (;;) {
    const int socket = accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) shutdown(socket, SHUT_RDWR);
      open_ = socket;
    }
    ++connections_;
    serve(socket);
    const std::lock_guard lock(mutex_);
    open_ = -1;
    close(socket);
  }
}

void TestReceiver::serve(int socket) {
  Stream stream(socket, impl_->context());
  if (!stream.shake_hands()) return;
  {
    const std::lock_guard lock(mutex_);
    if (impl_->context() != nullptr) server_names_.push_back(stream.server_name());
  }
  for (;;) {
    std::string request = read_request(stream);
    if (request.empty()) return;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(std::move(request));
    }
    if (!script_(stream)) return;
  }
}

std::string TestReceiver::url(const std::string& host) const {
  return (impl_->context() != nullptr ? "https://" : "http://") + host + ":" + std::to_string(port_);
}

std::vector<std::string> TestReceiver::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<std::string> TestReceiver::server_names() const {
  const std::lock_guard lock(mutex_);
  return server_names_;
}

TestReceiver::Script TestReceiver::answers(std::string answer, bool keep) {
  return [answer = std::move(answer), keep](Connection& connection) { return connection.write(answer) && keep; };
}

}  // namespace wenming::outgoing
