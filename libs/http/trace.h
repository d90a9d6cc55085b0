#pragma once

#include <random>
#include <string>
#include <string_view>

namespace wenming::http {

/// Whether a `traceparent` is valid by W3C Trace Context.
bool is_traceparent(std::string_view text);
/// The trace id within a valid one.
std::string_view trace_id_of(std::string_view traceparent);

/// Whether an id that a client gave may go into answers and logs: short, and of harmless characters.
bool is_sane_request_id(std::string_view id);

/// Begins traces. One per thread.
class TraceSource {
 public:
  TraceSource();
  /// A new trace, not sampled.
  std::string begin();

 private:
  std::mt19937_64 random_;
};

}  // namespace wenming::http
