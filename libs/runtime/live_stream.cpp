#include "runtime/live_stream.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "contract/json.h"
#include "events/live.h"
#include "runtime/problem_response.h"

namespace wenming::runtime {
namespace {

namespace v1 = contract::v1;

/// One open stream. Kept alive by the HTTP stream's close callback and by queries under way.
class LiveStream : public std::enable_shared_from_this<LiveStream> {
 public:
  LiveStream(std::shared_ptr<RunningService> service, const domain::Binding& binding, store::Call call,
             core::UtcOffset offset, ReplyContext context, http::Responder responder)
      : service_(std::move(service)),
        binding_(binding),
        call_(std::move(call)),
        offset_(offset),
        context_(std::move(context)),
        responder_(std::in_place, std::move(responder)) {}

  void open(std::string last_event_id) {
    const std::weak_ptr<LiveStream> weak = weak_from_this();
    auto subscription = service_->live()->subscribe(binding_.live_key(*call_.request), last_event_id, [weak] {
      if (const auto self = weak.lock()) self->wake();
    });
    {
      const std::lock_guard lock(mutex_);
      subscription_ = std::move(subscription);
    }
    next();
  }

 private:
  /// Starts a query unless one is running; the running one looks again when it is done.
  void wake() {
    if (wakes_.fetch_add(1) == 0) next();
  }

  void next() {
    std::optional<events::LiveUpdate> update;
    {
      const std::lock_guard lock(mutex_);
      if (subscription_) update = subscription_->take();
    }
    // The first query also decides whether the caller is admitted, so it runs even if the client is up to date.
    if (!update && !first_) return idle();
    store::Call call = copy_of_call();
    const auto self = shared_from_this();
    const bool taken = service_->store()->submit(
        std::move(call), [self, update](const store::Outcome& outcome) { self->deliver(outcome, update); });
    if (!taken) finish(domain::Refusal(v1::PROBLEM_BUSY));
  }

  /// Nothing to send: sleeps, unless it was woken since.
  void idle() {
    if (wakes_.exchange(0) > 1) wake();
  }

  void deliver(const store::Outcome& outcome, const std::optional<events::LiveUpdate>& update) {
    if (!outcome.answer) return finish(outcome.refusal.value_or(domain::Refusal(v1::PROBLEM_INTERNAL)));
    if (!stream_) begin();
    first_ = false;
    std::string event;
    if (update) {
      if (update->reset) event += "event: reset\ndata: {}\n\n";
      event += fmt::format("id: {}\nevent: value\ndata: ", update->id);
      contract::write_json(*outcome.answer, event, {.offset = offset_, .mask_personal = !outcome.unmasked});
      event += "\n\n";
      if (!stream_->send(std::make_shared<const std::string>(std::move(event)))) return end();
    }
    idle();
  }

  void begin() {
    http::Response head;
    head.headers = http::Headers{{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}};
    head.route = call_.method->name();
    stream_ = responder_->stream(std::move(head));
    responder_.reset();
    // The callback owns this object, so it lives as long as the connection.
    stream_->on_close([self = shared_from_this()] { self->end(); });
  }

  void finish(const domain::Refusal& refusal) {
    if (!stream_) {
      http::Response response = problem_response(refusal, context_);
      response.route = call_.method->name();
      responder_->send(std::move(response));
      responder_.reset();
    } else {
      stream_->send(std::make_shared<const std::string>(
          fmt::format("event: end\ndata: {{\"code\":\"{}\"}}\n\n", refusal.code())));
      stream_->close();
    }
    end();
  }

  void end() {
    std::unique_ptr<events::LiveHub::Subscription> gone;  // destroyed outside the lock
    const std::lock_guard lock(mutex_);
    gone = std::move(subscription_);
  }

  [[nodiscard]] store::Call copy_of_call() const {
    store::Call copy;
    copy.method = call_.method;
    copy.request.reset(call_.request->New());
    copy.request->CopyFrom(*call_.request);
    copy.principal = call_.principal;
    copy.route = call_.route;
    copy.origin = call_.origin;
    copy.traceparent = call_.traceparent;
    return copy;
  }

  const std::shared_ptr<RunningService> service_;
  const domain::Binding& binding_;
  const store::Call call_;
  const core::UtcOffset offset_;
  const ReplyContext context_;

  // Used by the one query that runs at a time; handed on through `wakes_`.
  std::optional<http::Responder> responder_;  // until the first answer
  std::shared_ptr<http::Stream> stream_;      // from then on
  bool first_ = true;
  std::atomic<int> wakes_ = 1;  // not zero: a query runs, or the stream is being opened

  std::mutex mutex_;  // guards what follows
  std::unique_ptr<events::LiveHub::Subscription> subscription_;
};

}  // namespace

void open_live_stream(const std::shared_ptr<RunningService>& service, const domain::Binding& binding, store::Call call,
                      core::UtcOffset offset, const http::Request& request, http::Responder responder) {
  const std::string last_event_id(request.headers.get("Last-Event-ID"));
  const auto stream = std::make_shared<LiveStream>(service, binding, std::move(call), offset, ReplyContext(request),
                                                   std::move(responder));
  stream->open(last_event_id);
}

}  // namespace wenming::runtime
