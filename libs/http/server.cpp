#include "http/server.h"

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "http/host.h"
#include "http/session.h"
#include "http/worker.h"

namespace wenming::http {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using Error = boost::system::error_code;
using std::chrono::steady_clock;

namespace {

/// Beyond the bound so many more connections are told 503; others are closed without a word.
constexpr std::size_t kRefusedAtATime = 256;
/// When the system has no more descriptors, accepting rests so long.
constexpr std::chrono::milliseconds kAcceptPause{50};

std::optional<ssl::context> tls_context(const Options& options) {
  if (options.tls_certificate_file.empty()) return std::nullopt;
  std::optional<ssl::context> context(std::in_place, ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                       ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  Error error;
  context->use_certificate_chain_file(options.tls_certificate_file, error);
  if (error)
    throw std::runtime_error("cannot use the certificate " + options.tls_certificate_file + ": " + error.message());
  context->use_private_key_file(options.tls_key_file, ssl::context::pem, error);
  if (error) throw std::runtime_error("cannot use the key " + options.tls_key_file + ": " + error.message());
  return context;
}

[[noreturn]] void fail_to_listen(const Options& options, const Error& error) {
  throw std::system_error(error.value(), std::generic_category(),
                          "cannot listen on " + options.address + " port " + std::to_string(options.port));
}

}  // namespace

class Server::Impl {
 public:
  Impl(Options options, Handler handler)
      : host_(std::make_shared<Host>(std::move(options), std::move(handler))),
        tls_(tls_context(host_->options)),
        workers_(make_workers(host_)),
        acceptor_(workers_.front()->context()),
        pause_(workers_.front()->context()) {
    listen();
    for (const auto& worker : workers_) worker->start();
    asio::post(acceptor_.get_executor(), [this] { accept(); });
  }

  ~Impl() {
    stop_accepting();
    for (const auto& worker : workers_) worker->stop();
  }

  std::uint16_t port() const { return port_; }
  std::size_t open_connections() const { return host_->open_connections(); }

  bool drain(std::chrono::milliseconds at_most) {
    const auto deadline = steady_clock::now() + at_most;
    host_->begin_drain();  // first: whoever finds the door closed may count on the answers saying so
    stop_accepting();
    for (const auto& worker : workers_) worker->drain();
    const bool all_answered = host_->wait_until_all_closed(deadline);
    if (!all_answered) {
      for (const auto& worker : workers_) worker->cut_off();
    }
    return all_answered;
  }

 private:
  using Workers = std::vector<std::shared_ptr<Worker>>;
  using Acceptor = asio::basic_socket_acceptor<tcp, Worker::Context::executor_type>;

  static Workers make_workers(const std::shared_ptr<Host>& host) {
    const unsigned wanted = host->options.io_threads;
    Workers workers(wanted > 0 ? wanted : std::max(1U, std::thread::hardware_concurrency()));
    for (auto& worker : workers) worker = std::make_shared<Worker>(host);
    return workers;
  }

  void listen() {
    const Options& options = host_->options;
    Error error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error) fail_to_listen(options, error);
    const tcp::endpoint endpoint(address, options.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) acceptor_.non_blocking(true, error);
    if (error) fail_to_listen(options, error);
    port_ = acceptor_.local_endpoint().port();
  }

  /// The worker with the fewest connections: with few of them, a hash over ports (SO_REUSEPORT) leaves threads idle.
  const std::shared_ptr<Worker>& least_loaded() const {
    return *std::min_element(workers_.begin(), workers_.end(),
                             [](const auto& a, const auto& b) { return a->load() < b->load(); });
  }

  void accept() {
    const std::shared_ptr<Worker>& worker = least_loaded();
    acceptor_.async_accept(worker->context(), [this, &worker](const Error& error, Socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) {
        pause_.expires_after(kAcceptPause);
        pause_.async_wait([this](const Error& cancelled) {
          if (!cancelled) accept();
        });
        return;
      }
      hand_over(worker, std::move(socket));
      accept();
    });
  }

  void hand_over(const std::shared_ptr<Worker>& worker, Socket socket) {
    Error error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    const std::size_t open = host_->open_connections();
    if (error || open >= host_->options.connections + kRefusedAtATime) return;
    const bool welcome = open < host_->options.connections;
    if (!welcome) host_->observer().connection_refused();
    host_->connection_opened();
    worker->expect_connection();
    asio::post(
        worker->context(), [this, worker, welcome, address = peer.address(), socket = std::move(socket)]() mutable {
          std::shared_ptr<Connection> connection;
          if (tls_) {
            connection = std::make_shared<Session<TlsStream>>(worker, address, welcome, std::move(socket), *tls_);
          } else {
            connection = std::make_shared<Session<Socket>>(worker, address, welcome, std::move(socket));
          }
          worker->add(connection);
          connection->start();
        });
  }

  /// Takes whoever has connected until now, then closes the door.
  void stop_accepting() {
    std::promise<void> done;
    asio::post(acceptor_.get_executor(), [this, &done] {
      Error error;
      while (acceptor_.is_open() && !error) {
        const std::shared_ptr<Worker>& worker = least_loaded();
        Socket socket(worker->context());
        acceptor_.accept(socket, error);
        if (!error) hand_over(worker, std::move(socket));
      }
      acceptor_.close(error);
      pause_.cancel();
      done.set_value();
    });
    done.get_future().wait();
  }

  const std::shared_ptr<Host> host_;
  std::optional<ssl::context> tls_;
  const Workers workers_;
  Acceptor acceptor_;  // served by the first worker
  asio::steady_timer pause_;
  std::uint16_t port_ = 0;
};

Server::Server(Options options, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}
Server::~Server() = default;

std::uint16_t Server::port() const {
  return impl_->port();
}
std::size_t Server::open_connections() const {
  return impl_->open_connections();
}
bool Server::drain(std::chrono::milliseconds at_most) {
  return impl_->drain(at_most);
}

}  // namespace wenming::http
