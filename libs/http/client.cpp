#include "http/client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/optional.hpp>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

namespace wenming::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using Error = boost::system::error_code;
using Parser = beast::http::response_parser<beast::http::string_body>;

namespace {

beast::string_view view(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

struct Url {
  bool tls = false;
  std::string host, port, base;
  std::string authority;  // host, and port if it is not the usual one
};

Url parse_url(std::string_view text) {
  const std::string shown(text);
  Url url;
  if (text.starts_with("https://")) {
    url.tls = true;
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else {
    throw std::invalid_argument("\"" + shown + "\" does not begin with http:// or https://");
  }
  const auto slash = std::min(text.find('/'), text.size());
  url.authority = text.substr(0, slash);
  url.base = text.substr(slash);
  while (url.base.ends_with('/')) url.base.pop_back();

  const auto bracket = url.authority.find(']');  // of an IPv6 address
  const auto colon = url.authority.find(':', bracket == std::string::npos ? 0 : bracket);
  url.host = url.authority.substr(0, colon);
  url.port = colon == std::string::npos ? (url.tls ? "443" : "80") : url.authority.substr(colon + 1);
  if (bracket != std::string::npos) url.host = url.host.substr(1, bracket - 1);
  if (url.host.empty() || url.port.empty()) throw std::invalid_argument("\"" + shown + "\" names no host");
  return url;
}

bool may_be_repeated(std::string_view verb, const Headers& headers) {
  return verb == "GET" || verb == "HEAD" || verb == "PUT" || verb == "DELETE" || headers.has("Idempotency-Key");
}

}  // namespace

class Client::Impl {
 public:
  Impl(std::string_view url, ClientOptions options) : url_(parse_url(url)), options_(std::move(options)) {
    if (!url_.tls) return;
    tls_.emplace(ssl::context::tls_client);
    Error error;
    if (options_.ca_file.empty()) {
      tls_->set_default_verify_paths(error);
    } else {
      tls_->load_verify_file(options_.ca_file, error);
    }
    if (error) throw std::runtime_error("cannot read certificates " + options_.ca_file + ": " + error.message());
    tls_->set_verify_mode(ssl::verify_peer);
    tls_->set_verify_callback(ssl::host_name_verification(url_.host));
  }

  Reply request(std::string_view verb, std::string_view target, const Headers& headers, std::string_view body) {
    boost::optional<Parser> parser;
    Error error = exchange(verb, target, headers, body, parser);
    if (error) fail(verb, target, error);
    read_rest(*parser, verb, target);
    if (!parser->keep_alive()) disconnect();
    return reply_of(*parser);
  }

  Reply read_lines(std::string_view target, const Headers& headers, const std::function<bool(std::string_view)>& line) {
    boost::optional<Parser> parser;
    Error error = exchange("GET", target, headers, {}, parser);
    if (error) fail("GET", target, error);
    if (parser->get().result_int() != 200) {
      read_rest(*parser, "GET", target);
    } else {
      parser->body_limit(std::numeric_limits<std::uint64_t>::max());
      tell_lines(*parser, target, line);
    }
    disconnect();
    return reply_of(*parser);
  }

 private:
  using Plain = beast::tcp_stream;
  using Tls = ssl::stream<beast::tcp_stream>;

  /// Sends the request and reads the head of the reply, over the kept connection if there is one.
  Error exchange(std::string_view verb, std::string_view target, const Headers& headers, std::string_view body,
                 boost::optional<Parser>& parser) {
    beast::http::request<beast::http::string_body> message;
    message.version(11);
    message.method_string(view(verb));
    message.target(url_.base + std::string(target));
    message.set(beast::http::field::host, url_.authority);
    headers.each([&](std::string_view name, std::string_view value) { message.insert(view(name), view(value)); });
    message.body() = body;
    if (!body.empty() || (verb != "GET" && verb != "HEAD")) message.content_length(body.size());

    const bool kept = is_connected();
    if (!kept) connect();
    Error error = try_exchange(message, parser);
    if (error && kept && error != beast::error::timeout && may_be_repeated(verb, headers)) {
      connect();
      error = try_exchange(message, parser);
    }
    return error;
  }

  Error try_exchange(beast::http::request<beast::http::string_body>& message, boost::optional<Parser>& parser) {
    Error error = wait([&](auto& stream, auto done) { beast::http::async_write(stream, message, done); });
    // Refused before the request was read (413, 503): the reply may be there although writing failed.
    if (error == beast::error::timeout) return error;
    parser.emplace();
    parser->body_limit(options_.reply_bytes);
    parser->skip(message.method_string() == "HEAD");
    return wait([&](auto& stream, auto done) { beast::http::async_read_header(stream, input_, *parser, done); });
  }

  void read_rest(Parser& parser, std::string_view verb, std::string_view target) {
    if (parser.is_done()) return;
    const Error error = wait([&](auto& stream, auto done) { beast::http::async_read(stream, input_, parser, done); });
    if (error) fail(verb, target, error);
  }

  void tell_lines(Parser& parser, std::string_view target, const std::function<bool(std::string_view)>& line) {
    std::string& body = parser.get().body();
    std::string unfinished;
    for (;;) {
      unfinished += body;
      body.clear();
      std::size_t begin = 0;
      for (std::size_t end; (end = unfinished.find('\n', begin)) != std::string::npos; begin = end + 1) {
        std::string_view text = std::string_view(unfinished).substr(begin, end - begin);
        if (text.ends_with('\r')) text.remove_suffix(1);
        if (!line(text)) return;
      }
      unfinished.erase(0, begin);
      if (parser.is_done()) return;
      const Error error =
          wait([&](auto& stream, auto done) { beast::http::async_read_some(stream, input_, parser, done); });
      if (error == beast::http::error::end_of_stream) return;
      if (error) fail("GET", target, error);
    }
  }

  static Reply reply_of(const Parser& parser) {
    Reply reply;
    reply.status = parser.get().result_int();
    for (const auto& field : parser.get()) reply.headers.add(view(field.name_string()), view(field.value()));
    reply.body = parser.get().body();
    return reply;
  }

  /// Runs one asynchronous operation to its end or the time-out.
  template <class Start>
  Error wait(Start start) {
    std::optional<Error> result;
    const auto done = [&result](const Error& error, auto&&...) { result = error; };
    lowest().expires_after(options_.timeout);
    if (encrypted_) {
      start(*encrypted_, done);
    } else {
      start(*plain_, done);
    }
    context_.restart();
    while (!result) context_.run_one();
    return *result;
  }

  bool is_connected() const { return plain_ || encrypted_; }
  Plain& lowest() { return encrypted_ ? encrypted_->next_layer() : *plain_; }

  void connect() {
    disconnect();
    tcp::resolver resolver(context_);
    Error error;
    const auto addresses = resolver.resolve(url_.host, url_.port, error);
    if (error) fail("", "", error);
    if (tls_) {
      encrypted_.emplace(context_, *tls_);
      SSL_set_tlsext_host_name(encrypted_->native_handle(), url_.host.c_str());
    } else {
      plain_.emplace(context_);
    }
    error = wait([&](auto&, auto done) {
      lowest().async_connect(addresses, [done](const Error& failure, const tcp::endpoint&) { done(failure); });
    });
    if (!error) lowest().socket().set_option(tcp::no_delay(true), error);
    if (!error && encrypted_) {
      lowest().expires_after(options_.timeout);
      std::optional<Error> shaken;
      encrypted_->async_handshake(ssl::stream_base::client, [&shaken](const Error& failure) { shaken = failure; });
      context_.restart();
      while (!shaken) context_.run_one();
      error = *shaken;
    }
    if (error) fail("", "", error);
  }

  void disconnect() {
    plain_.reset();
    encrypted_.reset();
    context_.restart();
    context_.poll();  // what was cancelled
    input_.clear();
  }

  [[noreturn]] void fail(std::string_view verb, std::string_view target, const Error& error) {
    disconnect();
    std::string what = (url_.tls ? "https://" : "http://") + url_.authority;
    if (!verb.empty()) what += ": " + std::string(verb) + " " + url_.base + std::string(target);
    throw std::runtime_error(what + ": " + error.message());
  }

  const Url url_;
  const ClientOptions options_;
  std::optional<ssl::context> tls_;
  asio::io_context context_;
  std::optional<Plain> plain_;
  std::optional<Tls> encrypted_;
  beast::flat_buffer input_;
};

Client::Client(std::string_view url, ClientOptions options) : impl_(std::make_unique<Impl>(url, std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Reply Client::request(std::string_view verb, std::string_view target, const Headers& headers, std::string_view body) {
  return impl_->request(verb, target, headers, body);
}

Reply Client::read_lines(std::string_view target, const Headers& headers,
                         const std::function<bool(std::string_view)>& line) {
  return impl_->read_lines(target, headers, line);
}

}  // namespace wenming::http
