#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "core/time.h"
#include "http/responder.h"
#include "runtime/alarm.h"
#include "runtime/live_pace.h"
#include "runtime/running_service.h"

namespace wenming::runtime {

/// What all streams of a process share.
struct LiveStreamSettings {
  core::UtcOffset offset;  // of timestamps
  /// After this time a stream is ended at the latest. Ended sessions are forgotten after an hour, so it must be well
  /// below that.
  std::chrono::milliseconds age{};
  std::shared_ptr<LivePace> pace;
  Alarm* alarm = nullptr;  // outlives all streams
};

/// Answers a server-streaming method with Server-Sent Events: the query's answer now and, whenever the value of its key
/// has changed, again; the newest state only, never a backlog. Each answer is `event: value` with an `id` that a client
/// sends back as `Last-Event-ID`; where that cannot be continued, `event: reset` comes first.
///
/// The caller is admitted anew for every answer, so a stream ends (`event: end` with the refusal's code) when the
/// session or the grant behind it does. Where nothing changes it ends with the code `reopen` when it has had its time:
/// whoever opens it again proves who they are. Refusals before the first answer are ordinary answers.
///
/// `ticket_id` names the ticket that the caller was proved by, if it was one: it is spent first, in the service's
/// database, because other processes on it know nothing of what this one was shown.
void open_live_stream(const std::shared_ptr<RunningService>& service, const domain::Binding& binding, store::Call call,
                      const std::string& ticket_id, const LiveStreamSettings& settings, const http::Request& request,
                      http::Responder responder);

}  // namespace wenming::runtime
