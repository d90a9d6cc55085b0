#include "http/request_parser.h"

#include <algorithm>
#include <utility>

namespace wenming::http {

namespace beast = boost::beast;

namespace {

constexpr std::size_t kDefaultBodyLimit = 1024 * 1024;
/// A length is only announced: so much is reserved on trust, the rest grows with what arrives.
constexpr std::uint64_t kReservedOnTrust = 64 * 1024;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

/// `http://host/path` is `/path`: RFC 9112 wants servers to take the absolute form, which proxies send.
std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const auto path = target.find_first_of("/?", scheme.size());
    return path == target.npos ? "/" : target.substr(path);
  }
  return target;
}

}  // namespace

RequestParser::RequestParser(std::size_t header_bytes, const BodyLimit& body_limit, std::shared_ptr<BodyRoom> room)
    : header_bytes_(header_bytes), limit_of_(body_limit), room_(std::move(room)) {
  eager(true);
  header_limit(static_cast<std::uint32_t>(header_bytes));
}

unsigned RequestParser::status_of(const Error& fault) const {
  if (no_room_) return 503;
  if (fault == beast::http::error::body_limit) return 413;
  if (fault == beast::http::error::header_limit) return 431;
  return expects_more_ ? 417 : 400;
}

void RequestParser::on_request_impl(beast::http::verb, Text text, Text target_text, int version, Error& error) {
  const std::string_view target = without_authority(view(target_text));
  const auto question = std::min(target.find('?'), target.size());
  request_.verb = view(text);
  request_.path = question == 0 ? "/" : target.substr(0, question);
  if (question < target.size()) request_.query = target.substr(question + 1);
  version_ = version;
  if (request_.path[0] != '/' && !(request_.path == "*" && request_.verb == "OPTIONS")) {
    error = beast::http::error::bad_target;
    return;
  }
  body_limit(limit_of_ ? limit_of_(request_.verb, request_.path) : kDefaultBodyLimit);
}

void RequestParser::on_field_impl(beast::http::field field, Text name, Text value, Error& error) {
  // Trailers come after all decisions were taken by the headers: adding to these now would go round the checks.
  if (is_header_done()) return;
  using Field = beast::http::field;
  switch (field) {
    case Field::host:
      ++hosts_;
      break;
    case Field::transfer_encoding:
      // Any other coding, or one in HTTP/1.0, is where servers and proxies disagree about a request's end.
      if (version_ < 11 || !beast::iequals(value, "chunked")) error = beast::http::error::bad_transfer_encoding;
      break;
    case Field::expect:
      expects_continue_ = version_ >= 11 && beast::iequals(value, "100-continue");
      if (version_ >= 11 && !expects_continue_) {
        expects_more_ = true;
        error = beast::http::error::bad_field;
      }
      break;
    default:
      break;
  }
  if (error) return;
  // Beast bounds what it sees at once; a header that trickles in field by field is only bounded here.
  const std::size_t target_bytes = request_.path.size() + request_.query.size();
  if (target_bytes + request_.headers.wire().size() + name.size() + value.size() > header_bytes_) {
    error = beast::http::error::header_limit;
    return;
  }
  request_.headers.add(view(name), view(value));
}

void RequestParser::on_header_impl(Error& error) {
  if (hosts_ > 1 || (hosts_ == 0 && version_ >= 11)) error = beast::http::error::bad_field;
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, Error&) {
  if (length) request_.body.reserve(static_cast<std::size_t>(std::min(*length, kReservedOnTrust)));
}

bool RequestParser::append(Text body, Error& error) {
  const std::size_t bytes = request_.body.size() + body.size();
  if (bytes > BodyRoom::kSmall) {
    if (!share_) request_.body_room = share_ = std::make_shared<BodyRoom::Share>(room_);
    if (!share_->grow_to(bytes)) {
      no_room_ = true;
      error = beast::http::error::body_limit;
      return false;
    }
  }
  request_.body.append(body.data(), body.size());
  return true;
}

std::size_t RequestParser::on_body_impl(Text body, Error& error) {
  return append(body, error) ? body.size() : 0;
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text body, Error& error) {
  return append(body, error) ? body.size() : 0;
}

// Nothing to do: this parser reads requests, chunk extensions mean nothing here, and the end is asked for by is_done().
void RequestParser::on_response_impl(int, Text, int, Error&) {}
void RequestParser::on_chunk_header_impl(std::uint64_t, Text, Error&) {}
void RequestParser::on_finish_impl(Error&) {}

}  // namespace wenming::http
