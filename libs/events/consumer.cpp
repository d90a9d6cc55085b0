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

// The end of the run of events that begins at `first` and has one number of hops.
std::size_t end_of_equal_hops(const std::vector<Record>& records, std::size_t first) {
  std::size_t end = first + 1;
  while (end < records.size() && records[end].hops == records[first].hops) ++end;
  return end;
}

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
    bool read_any = false;
    auto wake_at = SteadyClock::time_point::max();
    for (const auto& lane : lanes_) {
      if (stopping_) return;
      read_any = advance(*lane) || read_any;
      // Also one that has come meanwhile: nobody else wakes us for it.
      if (lane->retry_at) wake_at = std::min(wake_at, *lane->retry_at);
    }
    if (read_any) continue;
    if (wake_at == SteadyClock::time_point::max()) {
      bell_->wait();
    } else {
      bell_->wait(std::chrono::ceil<std::chrono::milliseconds>(wake_at - SteadyClock::now()));
    }
  }
}

bool Consumer::advance(Lane& lane) {
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
    const auto page = lane.source->read(lane.partition, lane.mark.position, options_.batch_events);
    const std::size_t size = page.records.size();
    for (std::size_t first = 0; first < size;) {
      // Events with different histories make different reactions: they do not share a journal row.
      const std::size_t last = handlers_->reacts() ? end_of_equal_hops(page.records, first) : size;
      apply(lane, page, first, last);
      first = last;
    }
    // A page without records may still lead on: what it passed over was for other partitions.
    const bool went_on = size != 0 || page.position != lane.mark.position;
    if (size == 0 && went_on) {
      Mark further = lane.mark;
      further.position = page.position;
      moved(lane, further, false);
    }
    running(lane);
    return went_on;
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

/// Applies the records [first, last) of the page: all together, or, where one of them cannot be applied, in halves,
/// until that one stands alone and is laid down.
void Consumer::apply(Lane& lane, const EventSource::Page& page, std::size_t first, std::size_t last) {
  Mark next = lane.mark;
  next.position =
      last == page.records.size() ? page.position : Position{page.position.epoch, page.records[last].position - 1};
  std::vector<const Record*> events;
  for (const Record& record : std::span(page.records).subspan(first, last - first)) {
    if (next.covers(record)) continue;  // sent again
    next.epoch = record.epoch;
    next.sequence = record.sequence;
    next.index = record.index;
    if (handlers_->handles(record.type)) events.push_back(&record);
  }
  const std::int64_t written = lane.stored ? lane.stored->position.number : 0;
  if (events.empty() && next.position.number - written < kUnwrittenPositions) return moved(lane, next, false);

  std::exception_ptr exception;
  try {
    apply_together(lane, events, next);
    return moved(lane, next, true);
  } catch (...) {
    exception = std::current_exception();
  }
  const auto fault = event_fault(exception);
  if (!fault) std::rethrow_exception(exception);
  if (last - first == 1) {
    lay_down_alone(lane, page.records[first], *fault, next);
    return moved(lane, next, true);
  }
  const std::size_t middle = first + (last - first) / 2;
  apply(lane, page, first, middle);
  apply(lane, page, middle, last);
}

void Consumer::apply_together(Lane& lane, std::span<const Record* const> events, const Mark& next) {
  const int hops = events.empty() ? 0 : events.front()->hops;
  commit(store_, reaction_name(hops + 1), [&](domain::Tx& tx) {
    const bool letters_open = any_open_letter(tx);
    const auto batch = handlers_->new_batch();
    for (const Record* event : events) {
      if (letters_open && is_parked(tx, event->source, event->key)) {
        lay_down(tx, lane.partition, *event, nullptr, options_.dead_letter_limit);
        continue;
      }
      if (event->hops >= options_.hop_limit)
        throw HopLimit("a reaction to a reaction, " + std::to_string(event->hops) + " times over");
      handlers_->handle(tx, batch, *event);
    }
    Handlers::flush(tx, batch);
    move_mark(tx, lane.source->service(), lane.partition, lane.stored, next);
  });
}

void Consumer::lay_down_alone(Lane& lane, const Record& event, const EventFault& fault, const Mark& next) {
  commit(store_, "dead-letter", [&](domain::Tx& tx) {
    lay_down(tx, lane.partition, event, &fault, options_.dead_letter_limit);
    move_mark(tx, lane.source->service(), lane.partition, lane.stored, next);
  });
  spdlog::error("event {} ({}) cannot be applied and waits among the dead letters: {} {}", id_of(event), event.type,
                fault.reason, fault.detail);
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
