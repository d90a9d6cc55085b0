#include "outgoing/rest_outgoing.h"

// cpprestsdk's headers go by the old names. They stand for the same classes.
#undef BOOST_ASIO_NO_DEPRECATED
#include <cpprest/http_client.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "outgoing/address_policy.h"
#include "outgoing/received_bytes.h"
#include "outgoing/resolver.h"
#include "outgoing/target.h"

namespace wenming::outgoing {
namespace {

using domain::OutgoingError;
using domain::OutgoingReply;
using domain::OutgoingRequest;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kThreads = 2;
constexpr std::size_t kMostIdle = 32;
constexpr std::chrono::seconds kLongestIdle{20};  // less than servers keep them
constexpr std::size_t kMostAddresses = 3;         // that are tried, of a name that has several
constexpr std::size_t kHeadBytes = 64 * 1024;     // of a reply, beside its body; TLS needs some too
constexpr std::chrono::milliseconds kLook{5};     // how often a reply is looked at that is on its way
constexpr std::chrono::milliseconds kRelease{100};
constexpr std::chrono::hours kNeverByItself{1};  // cpprestsdk's own time-out begins anew with every piece

[[noreturn]] void fail(const Target& target, std::string_view reason) {
  throw OutgoingError(OutgoingError::Kind::Failed, target.host + ": " + std::string(reason));
}

std::string url_host(const IpAddress& address) {
  return address.version == IpAddress::Version::V4 ? address.text() : "[" + address.text() + "]";
}

web::uri proxy_of(std::string_view text) {
  try {
    web::uri uri{std::string(text)};
    if (uri.scheme() == "http" && !uri.host().empty() && uri.port() > 0) return uri;
  } catch (const web::uri_exception&) {  // says no more than what follows
  }
  throw std::invalid_argument("a proxy is written http://HOST:PORT");
}

void start_threads() {
  static std::once_flag started;
  std::call_once(started, [] { crossplat::threadpool::initialize_with_threads(kThreads); });
}

/// A client of cpprestsdk that calls one address, for one request at a time.
struct Connection {
  std::string key;
  std::shared_ptr<ReceivedBytes> received;
  std::unique_ptr<web::http::client::http_client> client;
  Clock::time_point idle_since;
};

/// Where what came of a request is put down, by a thread of cpprestsdk that may be late.
class Arrival {
 public:
  void reply(OutgoingReply reply) {
    const std::lock_guard lock(mutex_);
    reply_ = std::move(reply);
    came_.notify_one();
  }
  void fault(std::exception_ptr reason) {
    const std::lock_guard lock(mutex_);
    fault_ = std::move(reason);
    came_.notify_one();
  }
  /// Says that cpprestsdk has nothing more to do with the request.
  void released() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    came_.notify_one();
  }
  bool wait_until_released(std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    return came_.wait_for(lock, longest, [this] { return released_; });
  }
  /// Waits for so long; whether it came.
  bool wait_until(Clock::time_point moment) {
    std::unique_lock lock(mutex_);
    return came_.wait_until(lock, moment, [this] { return reply_ || fault_; });
  }
  /// Once it came. Throws what the fault was.
  OutgoingReply take() {
    const std::lock_guard lock(mutex_);
    if (fault_) std::rethrow_exception(fault_);
    return std::move(*reply_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::optional<OutgoingReply> reply_;
  std::exception_ptr fault_;
  bool released_ = false;
};

/// Whether the other side was not even reached, so that another of its addresses may be tried.
bool never_connected(const web::http::http_exception& fault) {
  const int code = fault.error_code().value();
  return code == ECONNREFUSED || code == EHOSTUNREACH || code == ENETUNREACH || code == EADDRNOTAVAIL;
}

web::http::http_request message_of(const OutgoingRequest& request, const Target& target, bool named_in_url) {
  web::http::http_request message(request.verb);
  message.set_request_uri(web::uri(target.resource));
  for (const auto& [name, value] : request.headers) message.headers().add(name, value);
  if (!message.headers().has("User-Agent")) message.headers().add("User-Agent", "wenming");
  // The name for TLS is taken from this header as it stands.
  if (!named_in_url) message.headers()["Host"] = target.tls ? target.host : target.authority();
  if (!request.body.empty()) message.set_body(std::vector<unsigned char>(request.body.begin(), request.body.end()));
  return message;
}

/// Has the reply, whole, put down; what `arrival` and `request` point to lives for as long as cpprestsdk needs it.
void begin(web::http::client::http_client& client, web::http::http_request message,
           const pplx::cancellation_token& token, const std::shared_ptr<Arrival>& arrival) {
  // The handler goes with the message, and that with the last part of cpprestsdk that knows it.
  message.set_progress_handler([last = std::shared_ptr<Arrival>(arrival.get(), [arrival](Arrival*) {
                                  arrival->released();
                                })](web::http::message_direction::direction, utility::size64_t) {});
  client.request(message, token)
      .then([](const web::http::http_response& response) { return response.content_ready(); })
      .then([arrival](const web::http::http_response& response) {
        return response.extract_vector().then([arrival, response](const std::vector<unsigned char>& body) {
          OutgoingReply reply;
          reply.status = response.status_code();
          for (const auto& [name, value] : response.headers()) reply.headers.emplace_back(name, value);
          reply.body.assign(body.begin(), body.end());
          arrival->reply(std::move(reply));
        });
      })
      .then([arrival](const pplx::task<void>& whole) {
        try {
          whole.get();
        } catch (...) {
          arrival->fault(std::current_exception());
        }
      });
}

}  // namespace

class RestOutgoing::Impl {
 public:
  explicit Impl(OutgoingOptions options) : options_(std::move(options)), policy_(options_.allowed) {
    if (!options_.resolve) options_.resolve = resolve;
    if (!options_.proxy.empty()) proxy_ = proxy_of(options_.proxy);
  }

  OutgoingReply send(const OutgoingRequest& request) {
    const Clock::time_point deadline = Clock::now() + request.timeout;
    const Target target = Target::parse(request.url);
    const auto routes = routes_of(request, target, deadline);
    start_threads();
    for (std::size_t i = 0;; ++i) {
      try {
        return call(request, target, routes.at(i), deadline);
      } catch (const web::http::http_exception& fault) {
        if (i + 1 < routes.size() && never_connected(fault)) continue;
        fail(target, fault.what());
      } catch (const pplx::task_canceled&) {
        fail(target, "was called off");
      } catch (const web::uri_exception& fault) {
        fail(target, fault.what());
      }
    }
  }

 private:
  /// One way to call a target.
  struct Route {
    std::string host;   // as the URL that is called has it
    IpAddress connect;  // what is connected to
  };

  std::vector<Route> routes_of(const OutgoingRequest& request, const Target& target, Clock::time_point deadline) const {
    if (proxy_) {
      if (const auto number = IpAddress::parse(target.host)) require_allowed(request, target, {*number});
      return {{target.host, options_.resolve(proxy_->host(), deadline).at(0)}};
    }
    std::vector<Route> routes;
    for (const IpAddress& one : require_allowed(request, target, options_.resolve(target.host, deadline))) {
      if (routes.size() == kMostAddresses) break;
      routes.push_back({url_host(one), one});
    }
    return routes;
  }

  /// Those of the addresses that may be called.
  std::vector<IpAddress> require_allowed(const OutgoingRequest& request, const Target& target,
                                         std::vector<IpAddress> addresses) const {
    if (request.address == OutgoingRequest::Address::Configured) return addresses;
    const IpAddress first = addresses.at(0);
    std::erase_if(addresses, [&](const IpAddress& one) { return !policy_.allows(target.host, target.port, one); });
    if (addresses.empty())
      throw OutgoingError(OutgoingError::Kind::Forbidden,
                          target.host + ": " + first.text() + " is not a public address, nor one that is allowed");
    return addresses;
  }

  OutgoingReply call(const OutgoingRequest& request, const Target& target, const Route& route,
                     Clock::time_point deadline) {
    Connection connection = take(target, route);
    const auto arrival = std::make_shared<Arrival>();
    const pplx::cancellation_token_source cancel;
    begin(*connection.client, message_of(request, target, route.host == target.host), cancel.get_token(), arrival);
    while (!arrival->wait_until(std::min(deadline, Clock::now() + kLook))) {
      const bool late = Clock::now() >= deadline;
      if (!late && connection.received->so_far() <= request.reply_bytes + kHeadBytes) continue;
      cancel.cancel();  // closes the connection; whoever reads it finds out in their own time
      fail(target, late ? "no reply in time" : "the reply is too long");
    }
    OutgoingReply reply = arrival->take();
    if (reply.body.size() > request.reply_bytes) fail(target, "the reply is too long");
    // It comes to hand a moment after the reply.
    if (arrival->wait_until_released(kRelease)) give_back(std::move(connection));
    return reply;
  }

  /// An idle connection, or a new one.
  Connection take(const Target& target, const Route& route) {
    const std::string url = (target.tls ? "https://" : "http://") + route.host +
                            (target.has_usual_port() ? "" : ":" + std::to_string(target.port));
    const std::string key = url + " " + target.host;
    {
      const std::lock_guard lock(mutex_);
      drop_stale();
      const auto idle =
          std::find_if(idle_.rbegin(), idle_.rend(), [&](const Connection& one) { return one.key == key; });
      if (idle != idle_.rend()) {
        Connection connection = std::move(*idle);
        idle_.erase(std::next(idle).base());
        // Closed by the other side? cpprestsdk sends again where it finds that out while it reads, but not in writing.
        if (!connection.received->may_be_read()) return connection;
      }
    }
    Connection connection{.key = key, .received = std::make_shared<ReceivedBytes>(), .client = {}, .idle_since = {}};
    connection.client = std::make_unique<web::http::client::http_client>(
        web::uri(url), config_for(target, route.connect, connection.received));
    return connection;
  }

  void give_back(Connection connection) {
    if (proxy_) return;  // cpprestsdk does not say whether the handle of such a connection is one of TLS
    const std::lock_guard lock(mutex_);
    connection.idle_since = Clock::now();
    idle_.push_back(std::move(connection));
    drop_stale();
  }

  void drop_stale() {
    const Clock::time_point oldest = Clock::now() - kLongestIdle;
    const auto fresh =
        std::find_if(idle_.begin(), idle_.end(), [&](const Connection& one) { return one.idle_since > oldest; });
    idle_.erase(idle_.begin(), fresh);
    if (idle_.size() > kMostIdle) idle_.erase(idle_.begin());
  }

  web::http::client::http_client_config config_for(const Target& target, const IpAddress& connect,
                                                   const std::shared_ptr<ReceivedBytes>& received) const;

  OutgoingOptions options_;
  const AddressPolicy policy_;
  std::optional<web::uri> proxy_;
  std::mutex mutex_;
  std::vector<Connection> idle_;  // the longest idle first
};

web::http::client::http_client_config RestOutgoing::Impl::config_for(
    const Target& target, const IpAddress& connect, const std::shared_ptr<ReceivedBytes>& received) const {
  web::http::client::http_client_config config;
  config.set_timeout(kNeverByItself);
  config.set_max_redirects(0);
  if (proxy_) {
    web::web_proxy proxy(web::uri_builder(*proxy_).set_user_info("").set_host(url_host(connect)).to_uri());
    const std::string& user = proxy_->user_info();
    const std::size_t colon = user.find(':');
    if (colon != std::string::npos)
      proxy.set_credentials({web::uri::decode(user.substr(0, colon)), web::uri::decode(user.substr(colon + 1))});
    config.set_proxy(std::move(proxy));
  }
  if (!options_.ca_file.empty()) {
    config.set_ssl_context_callback(
        [file = options_.ca_file](boost::asio::ssl::context& context) { context.load_verify_file(file); });
  }
  // Called before a connection is opened or used again. A proxy is spoken to without TLS at first.
  const bool tls = target.tls && !proxy_;
  config.set_nativehandle_options([tls, connect, received](web::http::client::native_handle handle) {
    using Socket = boost::asio::ip::tcp::socket;
    Socket& socket =
        tls ? static_cast<boost::asio::ssl::stream<Socket&>*>(handle)->next_layer() : *static_cast<Socket*>(handle);
    if (!socket.is_open()) {
      socket.open(connect.version == IpAddress::Version::V4 ? boost::asio::ip::tcp::v4() : boost::asio::ip::tcp::v6());
    }
    received->count(socket.native_handle());
  });
  return config;
}

std::string checked_proxy(std::string_view text) {
  if (!text.empty()) static_cast<void>(proxy_of(text));
  return std::string(text);
}

RestOutgoing::RestOutgoing(OutgoingOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
RestOutgoing::~RestOutgoing() = default;

OutgoingReply RestOutgoing::send(const OutgoingRequest& request) {
  return impl_->send(request);
}

}  // namespace wenming::outgoing
