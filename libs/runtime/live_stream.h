#pragma once

#include <memory>

#include "core/time.h"
#include "http/responder.h"
#include "runtime/running_service.h"

namespace wenming::runtime {

/// Answers a server-streaming method with Server-Sent Events: the query's answer now and, whenever the value of its key
/// has changed, again; the newest state only, never a backlog. Each answer is `event: value` with an `id` that a client
/// sends back as `Last-Event-ID`; where that cannot be continued, `event: reset` comes first. The caller is admitted
/// anew for every answer, so a stream ends (`event: end`) when the session or the grant behind it does.
void open_live_stream(const std::shared_ptr<RunningService>& service, const domain::Binding& binding, store::Call call,
                      core::UtcOffset offset, const http::Request& request, http::Responder responder);

}  // namespace wenming::runtime
