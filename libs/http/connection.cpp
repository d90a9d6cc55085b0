#include "http/connection.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

namespace wenming::http {

namespace beast = boost::beast;
using std::chrono::steady_clock;

namespace {

/// Requests of one connection under way at a time; a client that pipelines more waits. Bounds what one may hold.
constexpr std::size_t kPipelineDepth = 16;
/// Answers are collected into one write up to here.
constexpr std::size_t kCollected = 256 * 1024;
constexpr std::size_t kReadSize = 4 * 1024;
constexpr std::size_t kBodyReadSize = 64 * 1024;
constexpr std::size_t kKeptInput = 16 * 1024;

}  // namespace

Connection::Connection(std::shared_ptr<Worker> worker, const boost::asio::ip::address& peer, bool welcome)
    : worker_(std::move(worker)),
      host_(worker_->host()),
      peer_address_(peer.to_string()),
      peer_is_proxy_(!host_.trusted_proxies.empty() && host_.trusted_proxies.trusts(peer)),
      welcome_(welcome),
      began_(steady_clock::now()),
      last_write_(began_) {
  wait_for(Waiting::Handshake, began_ + host_.options.header_timeout);
}

// ---- the handler's side, any thread

void Connection::answer(std::uint64_t exchange, Response response) {
  deliver(exchange, std::move(response));
}

void Connection::answer(std::uint64_t exchange, std::function<Response()> make) {
  deliver(exchange, std::move(make));
}

void Connection::abandon(std::uint64_t exchange) {
  deliver(exchange, Delivery::Abandonment{});
}

std::shared_ptr<Stream> Connection::open_stream(std::uint64_t exchange, Response head) {
  const auto state = std::make_shared<StreamState>(host_.options.stream_buffer_bytes);
  auto stream = std::make_shared<ConnectionStream>(weak_from_this(), exchange, state);
  // Always by the mailbox, as all that follows, so that nothing overtakes.
  worker_->deliver({shared_from_this(), exchange, Delivery::StreamHead{std::move(head), state}});
  return stream;
}

void Connection::deliver(std::uint64_t exchange, Delivery::Content content) {
  const bool is_answer = std::holds_alternative<Response>(content) ||
                         std::holds_alternative<Delivery::Making>(content) ||
                         std::holds_alternative<Delivery::Abandonment>(content);
  if (is_answer && worker_->is_this_thread()) {
    receive(exchange, std::move(content));
    pump();
  } else {
    worker_->deliver({shared_from_this(), exchange, std::move(content)});
  }
}

// ---- the worker's thread

Exchange* Connection::find(std::uint64_t number) {
  const std::uint64_t index = number - first_exchange_;  // wraps for those that are over
  return index < exchanges_.size() ? &exchanges_[index] : nullptr;
}

void Connection::receive(std::uint64_t number, Delivery::Content content) {
  Exchange* exchange = find(number);
  if (auto* head = std::get_if<Delivery::StreamHead>(&content)) {
    if (!exchange) return head->stream->end();
    exchange->state = Exchange::State::Streaming;
    no_more_requests_ = true;  // a stream has no end, so nothing behind it would be answered
    exchange->beats = head->head.headers.get("Content-Type").starts_with("text/event-stream");
    exchange->ended = exchange->wants_head_only || host_.draining();
    exchange->response = std::move(head->head);
    exchange->stream = std::move(head->stream);
    return;
  }
  if (!exchange) return;  // the client went away
  if (auto* response = std::get_if<Response>(&content)) {
    exchange->response = std::move(*response);
    exchange->state = Exchange::State::Answered;
  } else if (const auto* make = std::get_if<Delivery::Making>(&content)) {
    try {
      exchange->response = (*make)();
    } catch (...) {
      host_.observer().handler_failed(exchange->about, std::current_exception());
      exchange->response = host_.refusal(500, exchange->about);
    }
    exchange->state = Exchange::State::Answered;
  } else if (std::holds_alternative<Delivery::Abandonment>(content)) {
    exchange->response = host_.refusal(500, exchange->about);
    exchange->state = Exchange::State::Answered;
  } else if (auto* bytes = std::get_if<Delivery::StreamBytes>(&content)) {
    exchange->stream->received(bytes->bytes->size());
    exchange->held_bytes += bytes->bytes->size();
    exchange->held.push_back(std::move(bytes->bytes));
    // While others stand before it nothing of it is written: what is held counts towards its bound.
    if (exchange != &exchanges_.front()) exchange->stream->set_unwritten(exchange->held_bytes);
  } else if (std::holds_alternative<Delivery::StreamEnd>(content)) {
    exchange->ended = true;
  } else {
    close();  // the stream's bound is reached
  }
}

void Connection::pump() {
  if (pumping_ || closed_ || !open_) return;
  pumping_ = true;
  std::size_t unparsed;
  do {
    unparsed = input_.size();
    parse();
  } while (write() && input_.size() > 0 && input_.size() < unparsed);
  pumping_ = false;
  if (closed_) return;
  read();
  set_deadline();
}

void Connection::on_open() {
  open_ = true;
  began_ = steady_clock::now();
  if (!welcome_) refuse(503);
  pump();
}

void Connection::on_read(const Error& error, std::size_t count) {
  reading_ = false;
  if (closed_) return;
  host_.observer().bytes_received(count);
  input_.commit(count);
  if (error) {
    input_ended_ = true;
    const bool sent_its_last = error == boost::asio::error::eof;
    const bool has_answers_due = !exchanges_.empty() || !outbox_.empty();
    const bool streams = !exchanges_.empty() && exchanges_.front().state == Exchange::State::Streaming;
    // A client may end its side right after its requests and still read; one that listens to a stream has gone.
    if (!sent_its_last || closing_ || streams || !has_answers_due) return close();
    no_more_requests_ = true;
  }
  if (no_more_requests_) input_.consume(input_.size());
  pump();
}

void Connection::parse() {
  while (!no_more_requests_ && exchanges_.size() < kPipelineDepth) {
    if (!parser_) {
      // Some clients end a body with a line end that belongs to nothing.
      while (input_.size() > 0 && std::string_view("\r\n").find(*static_cast<const char*>(input_.data().data())) <= 1) {
        input_.consume(1);
      }
    }
    if (input_.size() == 0) return;
    if (!parser_) {
      parser_.emplace(host_.options.header_bytes, host_.options.body_limit, host_.body_room);
      began_ = steady_clock::now();
    }

    const bool had_headers = parser_->is_header_done();
    Error error;
    input_.consume(parser_->put(input_.data(), error));
    if (error == beast::http::error::need_more) {
      if (input_.size() >= std::max(kBodyReadSize, host_.options.header_bytes)) refuse(400);  // an endless chunk line
      return;
    }
    if (error) return refuse(parser_->status_of(error));
    if (parser_->is_done()) {
      dispatch();
    } else if (!had_headers && parser_->is_header_done()) {
      began_ = steady_clock::now();
      continue_due_ = parser_->expects_continue();
    }
  }
}

void Connection::identify(Request& request) {
  request.remote_address = peer_address_;
  if (peer_is_proxy_) {
    std::string forwarded_for;  // some proxies append to the client's field, some add one of their own below it
    request.headers.each([&](std::string_view name, std::string_view value) {
      if (beast::iequals(beast::string_view(name.data(), name.size()), "X-Forwarded-For"))
        forwarded_for.append(",").append(value);
    });
    if (std::string client = host_.trusted_proxies.client_of(forwarded_for); !client.empty()) {
      request.remote_address = std::move(client);
    }
  }
  const std::string_view traceparent = request.headers.get("traceparent");
  request.traceparent = is_traceparent(traceparent) ? std::string(traceparent) : worker_->traces().begin();
  const std::string_view id = request.headers.get("X-Request-Id");
  request.id = is_sane_request_id(id) ? id : trace_id_of(request.traceparent);
}

void Connection::dispatch() {
  Request request = std::move(parser_->request());
  const bool last = !parser_->keep_alive();
  const bool http_1_0 = parser_->is_http_1_0();
  parser_.reset();
  continue_due_ = false;
  no_more_requests_ = last;
  identify(request);

  const std::uint64_t number = first_exchange_ + exchanges_.size();
  exchanges_.emplace_back(request, http_1_0, last, steady_clock::now());
  host_.observer().request_started();
  if (auto preflight = host_.cors.preflight(request)) return receive(number, std::move(*preflight));
  try {
    host_.handler(std::move(request), Responder(shared_from_this(), number));
  } catch (...) {
    // The Responder was dropped on the way here, which answers 500.
    const Exchange* exchange = find(number);
    host_.observer().handler_failed(exchange ? exchange->about : Request(), std::current_exception());
  }
}

void Connection::refuse(unsigned status) {
  Request request = parser_ ? std::move(parser_->request()) : Request();
  parser_.reset();
  input_.consume(input_.size());
  cut_short_ = true;
  continue_due_ = false;
  no_more_requests_ = true;
  identify(request);

  Exchange& exchange = exchanges_.emplace_back(request, false, true, steady_clock::now());
  host_.observer().request_started();
  exchange.response = host_.refusal(status, exchange.about);
  exchange.state = Exchange::State::Answered;
}

bool Connection::write() {
  while (!writing_ && !closed_) {
    collect_answers();
    if (outbox_.empty()) {
      report_sent();
      if (last_answer_ || (input_ended_ && exchanges_.empty())) begin_closing();
      return !closed_ && !closing_;
    }
    Error error;
    const std::size_t count = write_at_once(outbox_.buffers(), error);
    if (error) {
      close();
      return false;
    }
    outbox_.consume(count);
    host_.observer().bytes_sent(count);
    if (!outbox_.empty()) {
      writing_ = true;
      written_ = 0;
      began_ = steady_clock::now();
      start_writing(outbox_.buffers());
    }
  }
  return false;
}

void Connection::on_written(const Error& error, std::size_t count) {
  writing_ = false;
  if (closed_) return;
  if (error) return close();
  outbox_.consume(count);
  host_.observer().bytes_sent(count);
  written_ += count;
  if (!outbox_.empty()) {
    writing_ = true;
    start_writing(outbox_.buffers());
    set_deadline();
    return;
  }
  pump();
}

void Connection::collect_answers() {
  while (!last_answer_ && !exchanges_.empty() && outbox_.pending() < kCollected) {
    Exchange& exchange = exchanges_.front();
    if (exchange.state == Exchange::State::Running) break;
    const std::size_t before = outbox_.pending();
    if (exchange.state == Exchange::State::Streaming) {
      if (!collect_stream(exchange)) break;
    } else {
      if (host_.draining() && exchanges_.size() == 1) exchange.last = true;
      write_answer(outbox_, exchange, host_, worker_->date());
    }
    last_answer_ = exchange.last;
    no_more_requests_ = no_more_requests_ || last_answer_;
    sent_.push_back(
        {{exchange.response.route, exchange.response.status, {}, outbox_.pending() - before}, exchange.began});
    exchanges_.erase(exchanges_.begin());
    ++first_exchange_;
  }
  if (continue_due_ && exchanges_.empty()) {
    outbox_.text() += "HTTP/1.1 100 Continue\r\n\r\n";
    continue_due_ = false;
  }
}

bool Connection::collect_stream(Exchange& exchange) {
  if (!exchange.head_written) {
    exchange.last = true;
    exchange.head_written = true;
    no_more_requests_ = true;
    write_stream_head(outbox_, exchange, host_, worker_->date());
  }
  for (Bytes& bytes : exchange.held) write_stream_bytes(outbox_, exchange, std::move(bytes));
  if (!exchange.held.empty()) last_write_ = steady_clock::now();
  exchange.held.clear();
  exchange.held_bytes = 0;
  exchange.stream->set_unwritten(outbox_.pending());
  if (!exchange.ended) {
    if (outbox_.empty()) exchange.stream->written();
    return false;
  }
  write_stream_end(outbox_, exchange);
  exchange.stream->end();
  return true;
}

void Connection::report_sent() {
  if (sent_.empty()) return;
  const auto now = steady_clock::now();
  for (Sent& sent : sent_) {
    sent.finished.duration = now - sent.began;
    host_.observer().request_finished(sent.finished);
  }
  sent_.clear();
  began_ = now;
}

void Connection::begin_closing() {
  if (closing_) return;
  if (input_ended_) return close();
  closing_ = true;
  cut_short_ = cut_short_ || input_.size() > 0;
  began_ = steady_clock::now();
  shut_down();
}

void Connection::read() {
  if (reading_ || input_ended_) return;
  const bool streams = !exchanges_.empty() && exchanges_.front().state == Exchange::State::Streaming;
  const bool takes_requests = !no_more_requests_ && exchanges_.size() < kPipelineDepth;
  // Of a stream and a closed connection only the end is of interest: what comes is discarded.
  if (!takes_requests && !streams && !closing_) return;
  if (input_.size() == 0 && input_.capacity() > kKeptInput) input_.shrink_to_fit();
  reading_ = true;
  const bool in_body = parser_ && parser_->is_header_done();
  start_reading(input_.prepare(in_body ? kBodyReadSize : kReadSize));
}

}  // namespace wenming::http
