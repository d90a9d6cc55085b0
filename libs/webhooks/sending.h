#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/time.h"
#include "domain/outside.h"

namespace wenming::webhooks {

/// Where messages go, and what they are signed with: the newest secret first.
struct Endpoint {
  std::string url;
  std::vector<std::string> secrets;
  domain::OutgoingRequest::Address address = domain::OutgoingRequest::Address::Given;
  std::chrono::milliseconds timeout{10'000};
};

/// JSON, and an id that stays the same however often it is sent.
struct Message {
  std::string id;
  std::string body;
};

/// What came of sending a message once.
struct Attempt {
  enum class Result {
    Taken,     // 200 to 299
    Failed,    // any other answer, or none: it may go better next time
    Gone,      // 410: the receiver wants no more
    Forbidden  // the address may not be called
  };
  Result result = Result::Failed;
  unsigned status = 0;  // of the answer; 0: there was none
  std::string error;    // why there was none
  std::chrono::milliseconds duration{};
  /// How long the receiver asks to be left alone (`Retry-After`); an hour at most.
  std::chrono::seconds wait{};
};

/// Sends it once, with the headers of Standard Webhooks. Blocks for as long as the time-out of the endpoint; throws
/// nothing of what receivers do.
Attempt send(domain::Outgoing& outgoing, const Endpoint& endpoint, const Message& message, core::Timestamp now);

/// How long to wait after so many failures in a row: 5 s, three times as long each time, an hour at most; a fifth more
/// or less by chance (0 to 255), so that what failed together does not come back together.
std::chrono::microseconds wait_after(int failures, unsigned char chance);

}  // namespace wenming::webhooks
