#include "runtime/edge_answer.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/log.h"

namespace wenming::runtime {
namespace {

/// What of a body is in memory at a time, within the bound of a stream (http::Options::stream_buffer_bytes).
constexpr std::size_t kPiece = 128 * 1024;
/// Bodies up to here are sent whole, so that the connection can be used again.
constexpr std::uint64_t kWhole = 256 * 1024;

std::string next_piece(const domain::Pieces& pieces, std::uint64_t offset) {
  std::string piece = pieces.read(offset, std::min<std::uint64_t>(kPiece, pieces.length - offset));
  if (piece.empty() || piece.size() > pieces.length - offset)
    throw std::runtime_error("the body is not as long as was said");
  return piece;
}

/// A body on its way to one client.
class Download : public std::enable_shared_from_this<Download> {
 public:
  Download(domain::Pieces pieces, std::shared_ptr<store::Store> store, std::shared_ptr<http::Stream> stream)
      : pieces_(std::move(pieces)), store_(std::move(store)), stream_(std::move(stream)) {}

  /// On a thread that may wait.
  void send_next() {
    try {
      std::string piece = next_piece(pieces_, sent_);
      sent_ += piece.size();
      if (!stream_->send(std::make_shared<const std::string>(std::move(piece)))) return;
    } catch (const std::exception& fault) {
      core::log::error("a download was broken off", {{"error", fault.what()}});
      return stream_->close();
    }
    if (sent_ == pieces_.length) return stream_->close();
    stream_->when_sent([self = shared_from_this()] {
      if (!self->store_->run_beside([self] { self->send_next(); })) self->stream_->close();
    });
  }

 private:
  const domain::Pieces pieces_;
  const std::shared_ptr<store::Store> store_;
  const std::shared_ptr<http::Stream> stream_;
  std::uint64_t sent_ = 0;
};

std::string whole(const domain::Pieces& pieces) {
  std::string body;
  while (body.size() < pieces.length) body += next_piece(pieces, body.size());
  return body;
}

}  // namespace

domain::EdgeRequest edge_request(http::Request& request) {
  domain::EdgeRequest raw{.verb = request.verb == "HEAD" ? "GET" : request.verb,
                          .path = request.path,
                          .query = request.query,
                          .headers = {},
                          .body = std::move(request.body)};
  request.headers.each(
      [&](std::string_view name, std::string_view value) { raw.headers.emplace_back(std::string(name), value); });
  return raw;
}

void send_edge_answer(domain::EdgeAnswer answer, std::string_view verb, std::string_view route,
                      std::shared_ptr<store::Store> store, http::Responder responder) {
  http::Response response;
  response.status = answer.status;
  for (const auto& [name, value] : answer.headers) response.headers.add(name, value);
  response.route = route;
  if (!answer.pieces) {
    response.body = std::move(answer.body);
    return responder.send(std::move(response));
  }
  const bool head_only = verb == "HEAD";
  if (!head_only && answer.pieces->length <= kWhole) {
    response.body = whole(*answer.pieces);
    return responder.send(std::move(response));
  }
  response.length = answer.pieces->length;
  auto stream = responder.stream(std::move(response));
  if (head_only) return;
  std::make_shared<Download>(*std::move(answer.pieces), std::move(store), std::move(stream))->send_next();
}

}  // namespace wenming::runtime
