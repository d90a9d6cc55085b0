#include "cache/redis/redis_tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <new>

namespace wenming::cache {
namespace {

std::string newest_error() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason != nullptr ? reason : "unknown";
}

/// Between OpenSSL and the socket stand two buffers: OpenSSL would write to the socket without a deadline, and let a
/// lost connection raise SIGPIPE.
class TlsStream final : public RedisStream {
 public:
  TlsStream(SSL_CTX* context, std::unique_ptr<RedisSocket> socket)
      : socket_(std::move(socket)), ssl_(SSL_new(context)) {
    if (!ssl_) throw std::bad_alloc();
    BIO* const incoming = BIO_new(BIO_s_mem());
    BIO* const outgoing = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), incoming, outgoing);  // takes them over
    if (incoming == nullptr || outgoing == nullptr) throw std::bad_alloc();
  }

  void shake_hands(const std::string& host, Deadline deadline) {
    X509_VERIFY_PARAM* const expected = SSL_get0_param(ssl_.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) != 1) {
      SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
      if (SSL_set1_host(ssl_.get(), host.c_str()) != 1) throw RedisFailure("its name cannot be checked");
    }
    run([&] { return SSL_connect(ssl_.get()); }, deadline);
  }

  void send(std::string_view bytes, Deadline deadline) override {
    if (!bytes.empty())
      run([&] { return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); }, deadline);
  }

  std::size_t receive(std::span<char> buffer, Deadline deadline) override {
    return static_cast<std::size_t>(
        run([&] { return SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size())); }, deadline));
  }

  /// What waits may be words of TLS alone, as the tickets that come after the handshake.
  bool is_quiet() override {
    try {
      while (!socket_->is_quiet()) take_in(std::chrono::steady_clock::now());
    } catch (const RedisFailure&) {
      return false;
    }
    ERR_clear_error();
    char byte = 0;
    const int result = SSL_peek(ssl_.get(), &byte, 1);
    return result <= 0 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
  }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  template <class Step>
  int run(Step step, Deadline deadline) {
    for (;;) {
      ERR_clear_error();
      const int result = step();
      const int error = SSL_get_error(ssl_.get(), result);
      const std::string reason = error == SSL_ERROR_SSL ? newest_error() : std::string();
      give_out(deadline);  // a farewell too
      if (result > 0) return result;
      if (error == SSL_ERROR_ZERO_RETURN) throw RedisFailure("it closed the connection");
      if (error != SSL_ERROR_WANT_READ) fail(reason);
      take_in(deadline);
    }
  }

  [[noreturn]] void fail(const std::string& reason) const {
    const long verdict = SSL_get_verify_result(ssl_.get());
    if (verdict != X509_V_OK)
      throw RedisFailure(std::string("its certificate is not believed: ") + X509_verify_cert_error_string(verdict));
    throw RedisFailure("no encrypted connection: " + reason);
  }

  void give_out(Deadline deadline) {
    std::array<char, 16384> buffer;
    int size = 0;
    while ((size = BIO_read(SSL_get_wbio(ssl_.get()), buffer.data(), static_cast<int>(buffer.size()))) > 0)
      socket_->send({buffer.data(), static_cast<std::size_t>(size)}, deadline);
  }

  void take_in(Deadline deadline) {
    std::array<char, 16384> buffer;
    const std::size_t size = socket_->receive(buffer, deadline);
    if (BIO_write(SSL_get_rbio(ssl_.get()), buffer.data(), static_cast<int>(size)) != static_cast<int>(size))
      throw std::bad_alloc();
  }

  const std::unique_ptr<RedisSocket> socket_;
  const std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace

RedisTls::RedisTls(const std::string& ca_file) : context_(SSL_CTX_new(TLS_client_method())) {
  if (!context_) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context_.get())
                                     : SSL_CTX_load_verify_file(context_.get(), ca_file.c_str());
  if (loaded != 1) throw std::invalid_argument("no certificates can be read from " + ca_file + ": " + newest_error());
}

std::unique_ptr<RedisStream> RedisTls::encrypt(std::unique_ptr<RedisSocket> socket, const std::string& host,
                                               Deadline deadline) const {
  auto stream = std::make_unique<TlsStream>(context_.get(), std::move(socket));
  stream->shake_hands(host, deadline);
  return stream;
}

}  // namespace wenming::cache
