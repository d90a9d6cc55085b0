#include "webhooks/sending.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "webhooks/signature.h"

namespace wenming::webhooks {
namespace {

constexpr std::chrono::seconds kFirstWait{5};
constexpr std::chrono::seconds kLongestWait{3600};
constexpr unsigned kGone = 410;
// Nothing is made of what a receiver writes; its head alone is bounded as well.
constexpr std::size_t kReplyBytes = 16 * 1024;

bool is_retry_after(std::string_view name) {
  constexpr std::string_view kName = "retry-after";
  return std::equal(name.begin(), name.end(), kName.begin(), kName.end(),
                    [](unsigned char a, char b) { return std::tolower(a) == b; });
}

std::chrono::seconds wait_of(const domain::OutgoingReply& reply) {
  for (const auto& [name, value] : reply.headers) {
    std::int64_t seconds = 0;
    if (!is_retry_after(name)) continue;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (error == std::errc() && end == value.data() + value.size() && seconds > 0)
      return std::min(std::chrono::seconds(seconds), kLongestWait);
  }
  return {};
}

}  // namespace

Attempt send(domain::Outgoing& outgoing, const Endpoint& endpoint, const Message& message, core::Timestamp now) {
  using Clock = std::chrono::steady_clock;
  const domain::OutgoingRequest request{
      .url = endpoint.url,
      .address = endpoint.address,
      .headers = {{"Content-Type", "application/json"},
                  {"webhook-id", message.id},
                  {"webhook-timestamp", timestamp(now)},
                  {"webhook-signature", signature(endpoint.secrets, message.id, now, message.body)}},
      .body = message.body,
      .timeout = endpoint.timeout,
      .reply_bytes = kReplyBytes};
  Attempt attempt;
  const auto begun = Clock::now();
  try {
    const domain::OutgoingReply reply = outgoing.send(request);
    attempt.status = reply.status;
    if (reply.status >= 200 && reply.status <= 299) attempt.result = Attempt::Result::Taken;
    if (reply.status == kGone) attempt.result = Attempt::Result::Gone;
    attempt.wait = wait_of(reply);
  } catch (const domain::OutgoingError& error) {
    if (error.kind() == domain::OutgoingError::Kind::Forbidden) attempt.result = Attempt::Result::Forbidden;
    attempt.error = error.what();
  }
  attempt.duration = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  return attempt;
}

std::chrono::microseconds wait_after(int failures, unsigned char chance) {
  std::chrono::microseconds wait = kFirstWait;
  for (int i = 1; i < failures && wait < kLongestWait; ++i) wait *= 3;
  wait = std::min<std::chrono::microseconds>(wait, kLongestWait);
  return wait * (800 + chance * 400 / 255) / 1000;
}

}  // namespace wenming::webhooks
