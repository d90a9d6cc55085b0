#include "blobs/s3/s3_connection.h"

#include <pugixml.hpp>
#include <stdexcept>
#include <thread>
#include <utility>

#include "core/clock.h"
#include "core/random.h"

namespace wenming::blobs {
namespace {

/// Connections that are kept while nobody needs them.
constexpr std::size_t kIdle = 8;

bool is_worth_another_attempt(unsigned status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

/// From half of it to all of it, so that those who failed together do not come back together.
std::chrono::milliseconds jittered(std::chrono::milliseconds pause) {
  const auto chance = static_cast<unsigned char>(core::SystemRandom().bytes(1)[0]);
  return pause / 2 + pause / 2 * chance / 256;
}

}  // namespace

S3Connection::S3Connection(S3Options options) : options_(std::move(options)) {
  const std::size_t scheme = options_.endpoint.find("://");
  if (scheme == std::string::npos) throw std::invalid_argument("\"" + options_.endpoint + "\" is no address");
  std::string host = options_.endpoint.substr(scheme + 3);
  while (host.ends_with('/')) host.pop_back();
  if (host.find('/') != std::string::npos)
    throw std::invalid_argument("\"" + options_.endpoint + "\" has a path, which S3 does not have");
  host_ = options_.path_style ? host : options_.bucket + '.' + host;
  url_ = options_.endpoint.substr(0, scheme + 3) + host_;
  idle_.push_back(std::make_unique<http::Client>(  // which finds out whether the address and the file can be read
      url_, http::ClientOptions{.timeout = options_.timeout, .ca_file = options_.ca_file}));
}

std::string S3Connection::source_name(std::string_view key) const {
  return '/' + options_.bucket + '/' + options_.prefix + std::string(key);
}

std::unique_ptr<http::Client> S3Connection::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto client = std::move(idle_.back());
      idle_.pop_back();
      return client;
    }
  }
  return std::make_unique<http::Client>(url_,
                                        http::ClientOptions{.timeout = options_.timeout, .ca_file = options_.ca_file});
}

http::Reply S3Connection::try_once(std::string_view verb, const std::string& path, const Fields& query,
                                   const Fields& headers, std::string_view body) {
  http::Headers all;
  for (const auto& [name, value] : headers) all.add(name, value);
  const SignedRequest request{
      .verb = verb, .host = host_, .path = path, .query = query, .headers = headers, .body = body};
  for (const auto& [name, value] : sign(request, options_.credentials, options_.region, core::SystemClock().now()))
    all.add(name, value);
  const std::string text = canonical_query(query);
  auto client = borrow();
  http::Reply reply = client->request(verb, text.empty() ? path : path + '?' + text, all, body);
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdle) idle_.push_back(std::move(client));
  return reply;
}

http::Reply S3Connection::request(std::string_view verb, std::string_view key, const Fields& query,
                                  const Fields& headers, std::string_view body) {
  std::string path = options_.path_style ? '/' + options_.bucket : std::string();
  if (!key.empty()) path += '/' + options_.prefix + std::string(key);
  if (path.empty()) path = "/";
  std::chrono::milliseconds pause = options_.first_pause;
  for (int attempt = 1;; ++attempt) {
    const bool last = attempt >= options_.attempts;
    try {
      http::Reply reply = try_once(verb, path, query, headers, body);
      if (last || !is_worth_another_attempt(reply.status)) return reply;
    } catch (const std::runtime_error&) {
      if (last) throw;
    }
    std::this_thread::sleep_for(jittered(pause));
    pause *= 2;
  }
}

std::string error_code(const http::Reply& reply) {
  pugi::xml_document document;
  if (!document.load_buffer(reply.body.data(), reply.body.size())) return {};
  return document.child("Error").child_value("Code");
}

}  // namespace wenming::blobs
