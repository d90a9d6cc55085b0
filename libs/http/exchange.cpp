#include "http/exchange.h"

#include <utility>

#include "http/gzip.h"
#include "http/response_head.h"

namespace wenming::http {
namespace {

/// Compresses the body where that is wanted and worth it; says so either way, for caches between.
void negotiate_encoding(Response& response, bool takes_gzip) {
  Body& body = response.body;
  if (response.status == 206 || body.view().size() <= kWorthCompressing || response.headers.has("Content-Encoding") ||
      !is_compressible(response.headers.get("Content-Type"))) {
    return;
  }
  response.headers.add("Vary", "Accept-Encoding");
  if (!takes_gzip) return;
  response.headers.add("Content-Encoding", "gzip");
  if (body.gzipped) {
    body = Body(body.gzipped);
  } else {
    body = Body(gzip(body.view()));
  }
}

bool is_chunked(const Exchange& exchange) {
  return !exchange.http_1_0 && !exchange.response.length;
}

}  // namespace

Exchange::Exchange(const Request& request, bool is_http_1_0, bool is_last, std::chrono::steady_clock::time_point now)
    : origin(request.headers.get("Origin")),
      wants_head_only(request.verb == "HEAD"),
      takes_gzip(accepts_gzip(request.headers.get("Accept-Encoding"))),
      http_1_0(is_http_1_0),
      last(is_last),
      began(now) {
  about.verb = request.verb;
  about.path = request.path;
  about.remote_address = request.remote_address;
  about.id = request.id;
  if (const auto language = request.headers.find("Accept-Language")) about.headers.add("Accept-Language", *language);
}

void write_answer(Outbox& outbox, Exchange& exchange, const Host& host, std::string_view date) {
  Response& response = exchange.response;
  negotiate_encoding(response, exchange.takes_gzip);
  HeadFacts facts{.date = date,
                  .request_id = exchange.about.id,
                  .content_length = {},
                  .close = exchange.last,
                  .http_1_0 = exchange.http_1_0};
  if (may_have_body(response.status)) facts.content_length = response.body.view().size();
  append_head(outbox.text(), response, facts);
  host.cors.append_fields(outbox.text(), exchange.origin);
  outbox.text() += "\r\n";
  if (facts.content_length && !exchange.wants_head_only) outbox.append(std::move(response.body));
}

void write_stream_head(Outbox& outbox, Exchange& exchange, const Host& host, std::string_view date) {
  const HeadFacts facts{.date = date,
                        .request_id = exchange.about.id,
                        .content_length = exchange.response.length,
                        .chunked = is_chunked(exchange),
                        .close = true,
                        .http_1_0 = exchange.http_1_0};
  append_head(outbox.text(), exchange.response, facts);
  host.cors.append_fields(outbox.text(), exchange.origin);
  outbox.text() += "\r\n";
  if (const std::string_view beginning = exchange.response.body.view(); !beginning.empty()) {
    write_stream_bytes(outbox, exchange, std::make_shared<const std::string>(beginning));
  }
}

void write_stream_bytes(Outbox& outbox, const Exchange& exchange, Bytes bytes) {
  if (exchange.wants_head_only || bytes->empty()) return;  // an empty chunk would mean the end
  if (!is_chunked(exchange)) {
    outbox.append(Body(std::move(bytes)));
    return;
  }
  append_hexadecimal(outbox.text(), bytes->size());
  outbox.text() += "\r\n";
  outbox.append(Body(std::move(bytes)));
  outbox.text() += "\r\n";
}

void write_heartbeat(Outbox& outbox, const Exchange& exchange) {
  static const Bytes kComment = std::make_shared<const std::string>(":\n\n");
  write_stream_bytes(outbox, exchange, kComment);
}

void write_stream_end(Outbox& outbox, const Exchange& exchange) {
  if (!exchange.wants_head_only && is_chunked(exchange)) outbox.text() += "0\r\n\r\n";
}

}  // namespace wenming::http
