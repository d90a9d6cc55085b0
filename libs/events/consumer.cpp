#include "events/consumer.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "events/delivery.h"
#include "events/reaction.h"

namespace wenming::events {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Positions over events that nobody here handles are kept in memory, and written once so many have gone by.
constexpr std::int64_t kUnwrittenPositions = 10'000;

}  // namespace

/// One partition of one source.
struct Consumer::Lane {
  std::shared_ptr<EventSource> source;
  int partition = 0;

  // Of the consumer's thread alone.
  std::int64_t tenure = 0;
  bool loaded = false;
  std::optional<Mark> stored;  // what the database says
  Mark mark;                   // the same, or further on over events that are not for us
  std::chrono::milliseconds next_pause{};
  std::optional<SteadyClock::time_point> retry_at;  // after a fault, until it is tried

  // Guarded by the consumer's mutex.
  std::int64_t position = 0;
  ConsumerStatus::State state = ConsumerStatus::State::Running;
  std::string error;
};

/// A run of events of one lane. They lie in the page that was read.
struct Consumer::Portion {
  Lane* lane = nullptr;
  std::span<const Record> events;
  Position end;  // where reading goes on behind them

  /// The first `count` events; this keeps the rest.
  Portion split_off(std::size_t count) {
    const bool all = count == events.size();
    Portion front{lane, events.first(count), all ? end : Position{end.epoch, events[count].position - 1}};
    events = events.subspan(count);
    return front;
  }
};

/// What of a portion is to be applied, and where that leads.
struct Consumer::Step {
  Lane* lane = nullptr;
  std::vector<const Record*> events;
  Mark next;
  bool written = false;  // or only kept in memory

  [[nodiscard]] int hops() const { return events.empty() ? 0 : events.front()->hops; }
};

Consumer::Consumer(store::Store& store, std::shared_ptr<const Handlers> handlers,
                   std::span<const std::shared_ptr<EventSource>> sources, ConsumerOptions options)
    : store_(store), handlers_(std::move(handlers)), options_(options) {
  const auto wanted = handlers_->sources();
  for (const auto& source : sources) {
    if (!wanted.contains(source->service())) continue;
    source->watch(bell_);
    for (int partition = 0; partition < source->partitions(); ++partition) {
      auto& lane = lanes_.emplace_back(std::make_unique<Lane>());
      lane->source = source;
      lane->partition = partition;
      lane->next_pause = options_.first_pause;
    }
  }
}

Consumer::~Consumer() {
  stop();
}

void Consumer::start() {
  thread_ = std::thread([this] { run(); });
}

void Consumer::stop() {
  stopping_ = true;
  bell_->ring();
  if (thread_.joinable()) thread_.join();
}

void Consumer::run() {
  while (!stopping_) {
    if (advance()) continue;
    auto wake_at = SteadyClock::time_point::max();
    for (const auto& lane : lanes_) {
      // Also one that has come meanwhile: nobody else wakes us for it.
      if (lane->retry_at) wake_at = std::min(wake_at, *lane->retry_at);
    }
    if (wake_at == SteadyClock::time_point::max()) {
      bell_->wait();
    } else {
      bell_->wait(std::chrono::ceil<std::chrono::milliseconds>(wake_at - SteadyClock::now()));
    }
  }
}

/// Reads all lanes, and applies together what they hold: a commit for all of them costs what one for each would. False
/// if there was nothing.
bool Consumer::advance() {
  std::vector<EventSource::Page> pages(lanes_.size());
  std::vector<Portion> waiting;
  std::size_t room = options_.batch_events;
  bool went_on = false;
  for (std::size_t i = 0; i < lanes_.size() && room > 0; ++i) {
    if (stopping_) return false;
    // Another one begins each time, so that a busy one starves no other.
    const std::size_t at = (rounds_ + i) % lanes_.size();
    if (!read(*lanes_[at], room, pages[at])) continue;
    went_on = true;
    if (pages[at].records.empty()) continue;
    waiting.push_back({lanes_[at].get(), pages[at].records, pages[at].position});
    room -= std::min(room, pages[at].records.size());
  }
  ++rounds_;
  while (!waiting.empty()) {
    if (!handlers_->reacts()) {
      apply(waiting);
      break;
    }
    apply(split_off_equal_hops(waiting));
  }
  return went_on;
}

/// What each portion begins with, as far as its events have as many hops as the very first. Events with different
/// histories make different reactions: they do not share a journal row.
std::vector<Consumer::Portion> Consumer::split_off_equal_hops(std::vector<Portion>& waiting) {
  const int hops = waiting.front().events.front().hops;
  std::vector<Portion> equal;
  for (Portion& portion : waiting) {
    const auto other =
        std::find_if(portion.events.begin(), portion.events.end(), [&](const Record& e) { return e.hops != hops; });
    if (other == portion.events.begin()) continue;
    equal.push_back(portion.split_off(static_cast<std::size_t>(other - portion.events.begin())));
  }
  std::erase_if(waiting, [](const Portion& portion) { return portion.events.empty(); });
  return equal;
}

/// Reads what the lane holds, as far as there is room. False if there is nothing, or it cannot be read now.
bool Consumer::read(Lane& lane, std::size_t room, EventSource::Page& page) {
  if (lane.state == ConsumerStatus::State::Stopped) return false;
  if (lane.retry_at && SteadyClock::now() < *lane.retry_at) return false;
  lane.retry_at.reset();
  const std::int64_t tenure = lane.source->tenure(lane.partition);
  if (tenure != lane.tenure) {
    lane.tenure = tenure;
    lane.loaded = false;  // another process may have gone on meanwhile
  }
  if (tenure == 0) return false;
  try {
    if (!lane.loaded) load_mark(lane);
    page = lane.source->read(lane.partition, lane.mark.position, room);
    if (!page.records.empty()) return true;
    running(lane);
    // A page without records may still lead on: what it passed over was for other partitions.
    if (page.position == lane.mark.position) return false;
    Mark further = lane.mark;
    further.position = page.position;
    moved(lane, further, false);
    return true;
  } catch (const PositionLost& e) {
    interrupted(lane, ConsumerStatus::State::Stopped, e.what());
  } catch (const std::exception& e) {
    interrupted(lane, ConsumerStatus::State::Pausing, e.what());
  }
  return false;
}

void Consumer::load_mark(Lane& lane) {
  store_.read([&](domain::ReadTx& tx) { lane.stored = find_mark(tx, lane.source->service(), lane.partition); });
  moved(lane, lane.stored.value_or(Mark{}), false);
  lane.loaded = true;
}

/// Applies the portions: all together, or, where something stands in the way, in halves, until it stands alone: an
/// event is laid down, a lane that another consumer has moved pauses.
void Consumer::apply(std::span<const Portion> portions) {
  std::vector<Step> steps;
  for (const Portion& portion : portions) {
    if (portion.lane->loaded) steps.push_back(step_through(portion));  // else: interrupted before it came to these
  }
  std::optional<EventFault> fault;
  try {
    apply_together(steps);
    return;
  } catch (const Overtaken& overtaken) {
    if (steps.size() == 1) return interrupted(*steps[0].lane, ConsumerStatus::State::Pausing, overtaken.what());
  } catch (const std::exception& exception) {
    fault = event_fault(std::current_exception());
    if (!fault) {
      for (const Step& step : steps) interrupted(*step.lane, ConsumerStatus::State::Pausing, exception.what());
      return;
    }
  }
  if (portions.size() > 1) {
    apply(portions.first(portions.size() / 2));
    apply(portions.subspan(portions.size() / 2));
  } else if (Portion rest = portions[0]; rest.events.size() > 1) {
    const Portion front = rest.split_off(rest.events.size() / 2);
    apply({&front, 1});
    apply({&rest, 1});
  } else {
    lay_down_alone(steps[0], rest.events[0], *fault);
  }
}

/// What of the portion is to be applied, and where it leads.
Consumer::Step Consumer::step_through(const Portion& portion) const {
  Step step{portion.lane, {}, portion.lane->mark, false};
  step.next.position = portion.end;
  for (const Record& event : portion.events) {
    if (step.next.covers(event)) continue;  // sent again
    step.next.epoch = event.epoch;
    step.next.sequence = event.sequence;
    step.next.index = event.index;
    if (handlers_->handles(event.type)) step.events.push_back(&event);
  }
  const std::int64_t stored = portion.lane->stored ? portion.lane->stored->position.number : 0;
  step.written = !step.events.empty() || step.next.position.number - stored >= kUnwrittenPositions;
  return step;
}

void Consumer::apply_together(std::span<const Step> steps) {
  if (std::any_of(steps.begin(), steps.end(), [](const Step& step) { return step.written; })) {
    int hops = 0;  // the same for all events, or they make no reactions
    for (const Step& step : steps) hops = std::max(hops, step.hops());
    commit(store_, reaction_name(hops + 1), [&](domain::Tx& tx) {
      const bool letters_open = any_open_letter(tx);
      const auto batch = handlers_->new_batch();
      for (const Step& step : steps) {
        for (const Record* event : step.events) handle(tx, batch, *step.lane, *event, letters_open);
      }
      Handlers::flush(tx, batch);
      for (const Step& step : steps) {
        if (step.written)
          move_mark(tx, step.lane->source->service(), step.lane->partition, step.lane->stored, step.next);
      }
    });
  }
  for (const Step& step : steps) {
    moved(*step.lane, step.next, step.written);
    running(*step.lane);
  }
}

void Consumer::handle(domain::Tx& tx, const Handlers::Batch& batch, const Lane& lane, const Record& event,
                      bool letters_open) const {
  if (letters_open && is_parked(tx, event.source, event.key))
    return lay_down(tx, lane.partition, event, nullptr, options_.dead_letter_limit);
  if (event.hops >= options_.hop_limit)
    throw HopLimit("a reaction to a reaction, " + std::to_string(event.hops) + " times over");
  handlers_->handle(tx, batch, event);
}

void Consumer::lay_down_alone(const Step& step, const Record& event, const EventFault& fault) {
  Lane& lane = *step.lane;
  try {
    commit(store_, "dead-letter", [&](domain::Tx& tx) {
      lay_down(tx, lane.partition, event, &fault, options_.dead_letter_limit);
      move_mark(tx, lane.source->service(), lane.partition, lane.stored, step.next);
    });
  } catch (const std::exception& exception) {
    return interrupted(lane, ConsumerStatus::State::Pausing, exception.what());
  }
  spdlog::error("event {} ({}) cannot be applied and waits among the dead letters: {} {}", id_of(event), event.type,
                fault.reason, fault.detail);
  moved(lane, step.next, true);
  running(lane);
}

void Consumer::moved(Lane& lane, const Mark& mark, bool written) {
  lane.mark = mark;
  if (written) lane.stored = mark;
  const std::lock_guard lock(mutex_);
  lane.position = mark.position.number;
}

void Consumer::running(Lane& lane) {
  lane.next_pause = options_.first_pause;
  const std::lock_guard lock(mutex_);
  if (lane.state != ConsumerStatus::State::Running) spdlog::info("events of {} flow again", lane.source->service());
  lane.state = ConsumerStatus::State::Running;
  lane.error.clear();
}

void Consumer::interrupted(Lane& lane, ConsumerStatus::State state, const std::string& error) {
  // Whether the last commit took effect may be unknown: the database says where to go on.
  lane.loaded = false;
  if (state == ConsumerStatus::State::Pausing) lane.retry_at = SteadyClock::now() + lane.next_pause;
  lane.next_pause = std::min(2 * lane.next_pause, options_.longest_pause);
  const std::lock_guard lock(mutex_);
  if (lane.state == ConsumerStatus::State::Running)
    spdlog::warn("events of {} wait: {}", lane.source->service(), error);
  lane.state = state;
  lane.error = error;
}

std::string_view name_of(ConsumerStatus::State state) {
  switch (state) {
    case ConsumerStatus::State::Running:
      return "running";
    case ConsumerStatus::State::Pausing:
      return "pausing";
    case ConsumerStatus::State::Stopped:
      return "stopped";
  }
  return "unknown";
}

std::optional<std::int64_t> ConsumerStatus::lag() const {
  if (!head) return std::nullopt;
  return std::max<std::int64_t>(*head - position, 0);
}

std::vector<ConsumerStatus> Consumer::status() const {
  const auto since = SteadyClock::now();
  std::vector<ConsumerStatus> all;
  for (const auto& lane : lanes_) {
    if (lane->source->tenure(lane->partition) == 0) continue;
    ConsumerStatus& status = all.emplace_back();
    status.source = lane->source->service();
    status.partition = lane->partition;
    status.head = lane->source->head(lane->partition, since);
    const std::lock_guard lock(mutex_);
    status.position = lane->position;
    status.state = lane->state;
    status.error = lane->error;
  }
  return all;
}

bool Consumer::caught_up() const {
  const auto since = SteadyClock::now();
  std::vector<std::pair<const Lane*, std::int64_t>> heads;
  for (const auto& lane : lanes_) {
    if (!lane->source->error().empty()) return false;
    if (lane->source->tenure(lane->partition) == 0) continue;
    const auto head = lane->source->head(lane->partition, since);
    if (!head) return false;
    heads.emplace_back(lane.get(), *head);
  }
  const std::lock_guard lock(mutex_);
  return std::all_of(heads.begin(), heads.end(), [](const auto& head) { return head.first->position >= head.second; });
}

}  // namespace wenming::events
