#include "events/consumer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

#include "events/delivery.h"
#include "events/reaction.h"

namespace wenming::events {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Positions over events that nobody here handles are kept in memory, and written once so many have gone by.
constexpr std::int64_t kUnwrittenPositions = 10'000;

}  // namespace

/// One partition of one source, and how far it is applied.
struct Consumer::Partition {
  std::shared_ptr<EventSource> source;
  int number = 0;

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

/// A run of events of one partition. They lie in the page that was read.
struct Consumer::Portion {
  Partition* partition = nullptr;
  std::span<const Record> events;
  Position end;  // where reading goes on behind them

  /// The first `count` events; this keeps the rest.
  Portion split_off(std::size_t count) {
    const bool all = count == events.size();
    Portion front{partition, events.first(count), all ? end : Position{end.epoch, events[count].position - 1}};
    events = events.subspan(count);
    return front;
  }
};

/// What of a portion is to be applied, and where that leads.
struct Consumer::Step {
  Partition* partition = nullptr;
  std::vector<const Record*> events;
  Mark next;
  bool written = false;  // or only kept in memory

  [[nodiscard]] MarkMove move() const {
    return {partition->source->service(), partition->number, partition->stored, next};
  }
  [[nodiscard]] int hops() const { return events.empty() ? 0 : events.front()->hops; }
};

Consumer::Consumer(store::Store& store, std::shared_ptr<const Handlers> handlers,
                   std::span<const std::shared_ptr<EventSource>> sources, ConsumerOptions options)
    : store_(store), handlers_(std::move(handlers)), options_(options) {
  const auto wanted = handlers_->sources();
  for (const auto& source : sources) {
    if (!wanted.contains(source->service())) continue;
    source->watch(bell_);
    for (int number = 0; number < source->partitions(); ++number) {
      auto& partition = partitions_.emplace_back(std::make_unique<Partition>());
      partition->source = source;
      partition->number = number;
      partition->next_pause = options_.first_pause;
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
    for (const auto& partition : partitions_) {
      // Also one that has come meanwhile: nobody else wakes us for it.
      if (partition->retry_at) wake_at = std::min(wake_at, *partition->retry_at);
    }
    if (wake_at == SteadyClock::time_point::max()) {
      bell_->wait();
    } else {
      bell_->wait(std::chrono::ceil<std::chrono::milliseconds>(wake_at - SteadyClock::now()));
    }
  }
}

/// Reads all partitions, and applies together what they hold: a commit for all of them costs what one for each would.
/// False if there was nothing.
bool Consumer::advance() {
  std::vector<EventSource::Page> pages(partitions_.size());
  std::vector<Portion> waiting;
  std::size_t room = options_.batch_events;
  bool went_on = false;
  for (std::size_t i = 0; i < partitions_.size() && room > 0; ++i) {
    if (stopping_) return false;
    // Another one begins each time, so that a busy one starves no other.
    const std::size_t at = (rounds_ + i) % partitions_.size();
    if (!read(*partitions_[at], room, pages[at])) continue;
    went_on = true;
    if (pages[at].records.empty()) continue;
    waiting.push_back({partitions_[at].get(), pages[at].records, pages[at].position});
    room -= std::min(room, pages[at].records.size());
  }
  ++rounds_;
  while (!waiting.empty()) {
    apply_in_turn(handlers_->reacts() ? split_off_equal_hops(waiting) : std::exchange(waiting, {}));
  }
  return went_on;
}

/// Those that were interrupted go alone until something of them has been applied, so that none holds up the others.
void Consumer::apply_in_turn(std::vector<Portion> portions) {
  const auto interrupted = std::stable_partition(portions.begin(), portions.end(), [](const Portion& portion) {
    return portion.partition->state == ConsumerStatus::State::Running;
  });
  if (interrupted != portions.begin()) apply({portions.begin(), interrupted});
  for (auto one = interrupted; one != portions.end(); ++one) apply({one, 1});
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

/// Reads what the partition holds, as far as there is room. False if there is nothing, or it cannot be read now.
bool Consumer::read(Partition& partition, std::size_t room, EventSource::Page& page) {
  if (partition.state == ConsumerStatus::State::Stopped) return false;
  if (partition.retry_at && SteadyClock::now() < *partition.retry_at) return false;
  partition.retry_at.reset();
  const std::int64_t tenure = partition.source->tenure(partition.number);
  if (tenure != partition.tenure) {
    partition.tenure = tenure;
    partition.loaded = false;  // another process may have gone on meanwhile
  }
  if (tenure == 0) return false;
  try {
    if (!partition.loaded) load_mark(partition);
    page = partition.source->read(partition.number, partition.mark.position, room);
    if (!page.records.empty()) return true;
    if (page.pending) return false;
    running(partition);
    // A page without records may still lead on: what it passed over was for other partitions.
    if (page.position == partition.mark.position) return false;
    Mark further = partition.mark;
    further.position = page.position;
    moved(partition, further, false);
    return true;
  } catch (const PositionLost& e) {
    interrupted(partition, ConsumerStatus::State::Stopped, e.what());
  } catch (const std::exception& e) {
    interrupted(partition, ConsumerStatus::State::Pausing, e.what());
  }
  return false;
}

void Consumer::load_mark(Partition& partition) {
  store_.read(
      [&](domain::ReadTx& tx) { partition.stored = find_mark(tx, partition.source->service(), partition.number); });
  moved(partition, partition.stored.value_or(Mark{}), false);
  partition.loaded = true;
}

/// Applies the portions: all together, or, where something stands in the way, in halves, until it stands alone: an
/// event is laid down, a partition that another consumer has moved pauses.
void Consumer::apply(std::span<const Portion> portions) {
  std::vector<Step> steps;
  for (const Portion& portion : portions) {
    if (portion.partition->loaded) steps.push_back(step_through(portion));  // else: interrupted before it came to these
  }
  std::optional<EventFault> fault;
  try {
    apply_together(steps);
    return;
  } catch (const Overtaken& overtaken) {
    if (steps.size() == 1) return interrupted(*steps[0].partition, ConsumerStatus::State::Pausing, overtaken.what());
  } catch (const std::exception& exception) {
    fault = event_fault(std::current_exception());
    if (!fault) {
      for (const Step& step : steps) interrupted(*step.partition, ConsumerStatus::State::Pausing, exception.what());
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
  Step step{portion.partition, {}, portion.partition->mark, false};
  step.next.position = portion.end;
  for (const Record& event : portion.events) {
    if (step.next.covers(event)) continue;  // sent again
    step.next.epoch = event.epoch;
    step.next.sequence = event.sequence;
    step.next.index = event.index;
    if (handlers_->handles(event.type)) step.events.push_back(&event);
  }
  const std::int64_t stored = portion.partition->stored ? portion.partition->stored->position.number : 0;
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
        for (const Record* event : step.events) handle(tx, batch, *step.partition, *event, letters_open);
      }
      Handlers::flush(tx, batch);
      std::vector<MarkMove> moves;
      for (const Step& step : steps) {
        if (step.written) moves.push_back(step.move());
      }
      move_marks(tx, moves);
    });
  }
  for (const Step& step : steps) {
    moved(*step.partition, step.next, step.written);
    running(*step.partition);
  }
}

void Consumer::handle(domain::Tx& tx, const Handlers::Batch& batch, const Partition& partition, const Record& event,
                      bool letters_open) const {
  if (letters_open && is_parked(tx, event.source, event.key))
    return lay_down(tx, partition.number, event, nullptr, options_.dead_letter_limit);
  if (event.hops >= options_.hop_limit)
    throw HopLimit("a reaction to a reaction, " + std::to_string(event.hops) + " times over");
  handlers_->handle(tx, batch, event);
}

void Consumer::lay_down_alone(const Step& step, const Record& event, const EventFault& fault) {
  Partition& partition = *step.partition;
  try {
    commit(store_, "dead-letter", [&](domain::Tx& tx) {
      lay_down(tx, partition.number, event, &fault, options_.dead_letter_limit);
      move_marks(tx, std::array{step.move()});
    });
  } catch (const std::exception& exception) {
    return interrupted(partition, ConsumerStatus::State::Pausing, exception.what());
  }
  spdlog::error("event {} ({}) cannot be applied and waits among the dead letters: {} {}", id_of(event), event.type,
                fault.reason, fault.detail);
  moved(partition, step.next, true);
  running(partition);
}

void Consumer::moved(Partition& partition, const Mark& mark, bool written) {
  partition.mark = mark;
  if (written) partition.stored = mark;
  const std::lock_guard lock(mutex_);
  partition.position = mark.position.number;
}

void Consumer::running(Partition& partition) {
  partition.next_pause = options_.first_pause;
  const std::lock_guard lock(mutex_);
  if (partition.state != ConsumerStatus::State::Running)
    spdlog::info("events of {} flow again", partition.source->service());
  partition.state = ConsumerStatus::State::Running;
  partition.error.clear();
}

void Consumer::interrupted(Partition& partition, ConsumerStatus::State state, const std::string& error) {
  // Whether the last commit took effect may be unknown: the database says where to go on.
  partition.loaded = false;
  if (state == ConsumerStatus::State::Pausing) partition.retry_at = SteadyClock::now() + partition.next_pause;
  partition.next_pause = std::min(2 * partition.next_pause, options_.longest_pause);
  const std::lock_guard lock(mutex_);
  if (partition.state == ConsumerStatus::State::Running)
    spdlog::warn("events of {} wait: {}", partition.source->service(), error);
  partition.state = state;
  partition.error = error;
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
  for (const auto& partition : partitions_) {
    if (partition->source->tenure(partition->number) == 0) continue;
    ConsumerStatus& status = all.emplace_back();
    status.source = partition->source->service();
    status.partition = partition->number;
    status.head = partition->source->head(partition->number, since);
    const std::lock_guard lock(mutex_);
    status.position = partition->position;
    status.state = partition->state;
    status.error = partition->error;
  }
  return all;
}

bool Consumer::caught_up() const {
  const auto since = SteadyClock::now();
  std::vector<std::pair<const Partition*, std::int64_t>> heads;
  for (const auto& partition : partitions_) {
    const bool ours = partition->source->tenure(partition->number) != 0;
    if (!partition->source->error().empty()) return false;  // asked after: who loses a partition says so before
    if (!ours) continue;
    const auto head = partition->source->head(partition->number, since);
    if (!head) return false;
    heads.emplace_back(partition.get(), *head);
  }
  const std::lock_guard lock(mutex_);
  return std::all_of(heads.begin(), heads.end(), [](const auto& head) { return head.first->position >= head.second; });
}

}  // namespace wenming::events
