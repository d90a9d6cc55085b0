#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/host.h"
#include "http/message.h"
#include "http/outbox.h"
#include "http/stream.h"

namespace wenming::http {

/// A request and its answer, as a connection keeps them while the handler has the request.
struct Exchange {
  enum class State { Running, Answered, Streaming };

  /// Notes what the answer will need to know.
  Exchange(const Request& request, bool http_1_0, bool last, std::chrono::steady_clock::time_point now);

  Request about;  // as much of the request as a refusal needs
  std::string origin;
  bool wants_head_only;
  bool takes_gzip;
  bool http_1_0;
  bool last;  // the connection ends with it
  std::chrono::steady_clock::time_point began;

  State state = State::Running;
  Response response;

  // Of streams.
  std::shared_ptr<StreamState> stream;
  std::vector<Bytes> held;  // came before its turn
  std::size_t held_bytes = 0;
  bool head_written = false;
  bool beats = false;  // an event stream
  bool ended = false;
};

/// Appends the answer, compressed if that is wanted and worth it.
void write_answer(Outbox& outbox, Exchange& exchange, const Host& host, std::string_view date);
/// Appends the head of a stream and what its body begins with.
void write_stream_head(Outbox& outbox, Exchange& exchange, const Host& host, std::string_view date);
void write_stream_bytes(Outbox& outbox, const Exchange& exchange, Bytes bytes);
void write_heartbeat(Outbox& outbox, const Exchange& exchange);
void write_stream_end(Outbox& outbox, const Exchange& exchange);

}  // namespace wenming::http
