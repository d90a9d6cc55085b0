#include "runtime/live_stream.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <random>
#include <string>
#include <utility>

#include "auth/token.h"
#include "contract/json.h"
#include "events/live.h"
#include "events/spent_tickets.h"
#include "runtime/problem_response.h"

namespace wenming::runtime {
namespace {

namespace v1 = contract::v1;

/// Why a stream ends that has had its time: nothing is wrong, and the client opens it again.
constexpr std::string_view kReopen = "reopen";

/// Before a query that found no room asks again.
constexpr std::chrono::milliseconds kPauseWhenBusy{100};
/// Streams that were opened together (after a restart, say) shall not all come back together: the last part of a
/// stream's time is left to chance.
constexpr int kChancePart = 10;

static_assert(events::kTicketsKept > auth::kTicketLifetime + std::chrono::minutes(1), "clocks differ");

std::chrono::milliseconds with_chance(std::chrono::milliseconds age) {
  thread_local std::minstd_rand random(std::random_device{}());
  return age -
         std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, age.count() / kChancePart)(random));
}

/// One open stream. Kept alive by the HTTP stream's close callback and by queries under way.
class LiveStream : public std::enable_shared_from_this<LiveStream> {
 public:
  LiveStream(std::shared_ptr<RunningService> service, const domain::Binding& binding, store::Call call,
             const LiveStreamSettings& settings, ReplyContext context, http::Responder responder)
      : service_(std::move(service)),
        binding_(binding),
        call_(std::move(call)),
        settings_(settings),
        place_(*settings_.pace),
        context_(std::move(context)),
        responder_(std::in_place, std::move(responder)) {}

  ~LiveStream() {
    if (expiry_) settings_.alarm->cancel(*expiry_);
  }
  LiveStream(const LiveStream&) = delete;
  LiveStream& operator=(const LiveStream&) = delete;

  void open(const std::string& ticket_id, const std::string& last_event_id) {
    if (ticket_id.empty()) return subscribe(last_event_id);
    const auto spent = std::make_shared<bool>();
    const bool taken = service_->store()->work(
        {}, [spent, ticket_id](domain::Tx& tx) { *spent = events::spend_ticket(tx, ticket_id); },
        [self = shared_from_this(), spent, last_event_id](const std::exception_ptr& failure) {
          if (failure) return self->finish(domain::Refusal(v1::PROBLEM_UNAVAILABLE));
          if (!*spent) return self->finish(domain::Refusal(v1::PROBLEM_NOT_SIGNED_IN));
          self->subscribe(last_event_id);
        });
    if (!taken) finish(domain::Refusal(v1::PROBLEM_BUSY));
  }

 private:
  void subscribe(const std::string& last_event_id) {
    const std::weak_ptr<LiveStream> weak = weak_from_this();
    try {
      auto subscription = service_->live()->subscribe(binding_.live_key(*call_.request), last_event_id, [weak] {
        if (const auto self = weak.lock()) self->wake();
      });
      const std::lock_guard lock(mutex_);
      subscription_ = std::move(subscription);
    } catch (const domain::Refusal& refusal) {  // the request's own responder is here by now
      return finish(refusal);
    }
    next();
  }

  /// Starts a query unless one is running or about to; that one looks again when it is done.
  void wake() {
    if (wakes_.fetch_add(1) == 0) rest();
  }

  void rest() { after(settings_.pace->rest(told_at_, LivePace::Clock::now()), &LiveStream::take_turn); }
  void take_turn() { after(settings_.pace->take_turn(LivePace::Clock::now()), &LiveStream::next); }

  void after(LivePace::Clock::duration pause, void (LiveStream::*step)()) {
    if (pause <= LivePace::Clock::duration::zero()) return (this->*step)();
    settings_.alarm->after(std::chrono::ceil<std::chrono::milliseconds>(pause), [weak = weak_from_this(), step] {
      if (const auto self = weak.lock()) ((*self).*step)();
    });
  }

  void next() {
    take_update();
    // The first query also decides whether the caller is admitted, so it runs even if the client is up to date.
    if (!update_ && !first_) return idle();
    const bool taken = service_->store()->submit(
        copy_of_call(), [self = shared_from_this()](const store::Outcome& outcome) { self->deliver(outcome); });
    if (taken) return;
    if (first_) return finish(domain::Refusal(v1::PROBLEM_BUSY));
    after(kPauseWhenBusy, &LiveStream::next);
  }

  /// One that found no room is overtaken by a newer one, but what the client has is still to be forgotten.
  void take_update() {
    const std::lock_guard lock(mutex_);
    if (!subscription_) return;
    auto newer = subscription_->take();
    if (!newer) return;
    if (update_ && update_->reset) newer->reset = true;
    update_ = std::move(newer);
  }

  /// Nothing to send: sleeps, unless it was woken since.
  void idle() {
    if (wakes_.exchange(0) > 1) wake();
  }

  void deliver(const store::Outcome& outcome) {
    if (!outcome.answer) return finish(outcome.refusal.value_or(domain::Refusal(v1::PROBLEM_INTERNAL)));
    if (!stream_) begin();
    first_ = false;
    if (const auto update = std::exchange(update_, std::nullopt)) {
      told_at_ = LivePace::Clock::now();
      std::string event;
      if (update->reset) event += "event: reset\ndata: {}\n\n";
      event += fmt::format("id: {}\nevent: value\ndata: ", update->id);
      contract::write_json(*outcome.answer, event, {.offset = settings_.offset, .mask_personal = !outcome.unmasked});
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
    // A comment, so that the head goes out even where there is nothing to tell yet: until then a client is connecting.
    stream_->send(std::make_shared<const std::string>(":\n\n"));
    // The callback owns this object, so it lives as long as the connection.
    stream_->on_close([self = shared_from_this()] { self->end(); });
    expiry_ = settings_.alarm->after(with_chance(settings_.age), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->expire();
    });
  }

  /// Beside a query that may be under way: what that one sends afterwards goes nowhere.
  void expire() {
    say_end(kReopen);
    end();
  }

  void say_end(std::string_view code) {
    stream_->send(std::make_shared<const std::string>(fmt::format("event: end\ndata: {{\"code\":\"{}\"}}\n\n", code)));
    stream_->close();
  }

  void finish(const domain::Refusal& refusal) {
    if (!stream_) {
      http::Response response = problem_response(refusal, context_);
      response.route = call_.method->name();
      responder_->send(std::move(response));
      responder_.reset();
    } else {
      say_end(refusal.code());
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
  const LiveStreamSettings settings_;
  const LivePace::Place place_;
  const ReplyContext context_;

  // Used by the one query that runs at a time; handed on through `wakes_`.
  std::optional<http::Responder> responder_;  // until the first answer
  std::shared_ptr<http::Stream> stream_;      // from then on
  bool first_ = true;
  std::optional<events::LiveUpdate> update_;  // to be sent with the next answer
  LivePace::Clock::time_point told_at_;
  std::optional<Alarm::Id> expiry_;
  std::atomic<int> wakes_ = 1;  // not zero: a query runs or is about to, or the stream is being opened

  std::mutex mutex_;  // guards what follows
  std::unique_ptr<events::LiveHub::Subscription> subscription_;
};

}  // namespace

void open_live_stream(const std::shared_ptr<RunningService>& service, const domain::Binding& binding, store::Call call,
                      const std::string& ticket_id, const LiveStreamSettings& settings, const http::Request& request,
                      http::Responder responder) {
  const auto stream = std::make_shared<LiveStream>(service, binding, std::move(call), settings, ReplyContext(request),
                                                   std::move(responder));
  stream->open(ticket_id, std::string(request.headers.get("Last-Event-ID")));
}

}  // namespace wenming::runtime
