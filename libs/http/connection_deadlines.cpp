// How long a connection waits for what, and how it ends.
#include <utility>

#include "http/connection.h"

namespace wenming::http {

using std::chrono::milliseconds;

namespace {

/// How long a client may take to end the connection from its side after we did.
constexpr milliseconds kFarewell{200};
/// The same for one that was cut short: closed at once, what it still sends would reset the connection, and could take
/// the answer with it before it is read.
constexpr milliseconds kLinger{2'000};
/// While draining, a connection gets so long after an answer to send the request that is probably under way.
constexpr milliseconds kDrainGrace{150};
/// What access logs write for a client that went away.
constexpr unsigned kClientGone = 499;

}  // namespace

void Connection::wait_for(Waiting what, Time until) {
  waiting_ = what;
  deadline_ = until;
}

milliseconds Connection::slowest(std::size_t bytes) const {
  return milliseconds(bytes * 1000 / host_.options.minimum_bytes_per_second);
}

void Connection::set_deadline() {
  const Options& options = host_.options;
  if (closing_) return wait_for(Waiting::ClientsEnd, began_ + (cut_short_ ? kLinger : kFarewell));
  if (!outbox_.empty()) return wait_for(Waiting::Writing, began_ + options.write_timeout + slowest(written_));
  if (parser_ && parser_->is_header_done()) {
    return wait_for(Waiting::Body, began_ + options.body_timeout + slowest(parser_->request().body.size()));
  }
  if (parser_) return wait_for(Waiting::Headers, began_ + options.header_timeout);
  if (exchanges_.empty()) {
    return wait_for(Waiting::NextRequest, began_ + (host_.draining() ? kDrainGrace : options.idle_timeout));
  }
  if (exchanges_.front().beats) return wait_for(Waiting::Heartbeat, last_write_ + options.heartbeat);
  wait_for(Waiting::Answer, Time::max());
}

void Connection::tick(Time now) {
  if (closed_ || now < deadline_) return;
  switch (waiting_) {
    case Waiting::Headers:
    case Waiting::Body:
      refuse(408);
      return pump();
    case Waiting::Heartbeat:
      write_heartbeat(outbox_, exchanges_.front());
      last_write_ = now;
      return pump();
    case Waiting::Answer:
      return;
    case Waiting::Handshake:
    case Waiting::NextRequest:
    case Waiting::Writing:
    case Waiting::ClientsEnd:
      return close();
  }
}

void Connection::drain() {
  if (!open_) return close();
  for (Exchange& exchange : exchanges_) {
    if (exchange.state != Exchange::State::Streaming) continue;
    exchange.stream->stop();
    exchange.ended = true;
  }
  pump();
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  close_socket();
  const auto now = std::chrono::steady_clock::now();
  for (const Sent& sent : std::exchange(sent_, {})) {
    host_.observer().request_finished({sent.finished.route, kClientGone, now - sent.began,
                                       sent.finished.bytes - std::min(sent.finished.bytes, outbox_.pending())});
  }
  const auto unanswered = std::exchange(exchanges_, {});
  first_exchange_ += unanswered.size();
  worker_->remove(*this);
  host_.connection_closed();
  for (const Exchange& exchange : unanswered) {
    host_.observer().request_finished({exchange.response.route, kClientGone, now - exchange.began, 0});
    if (exchange.stream) exchange.stream->end();
  }
}

}  // namespace wenming::http
