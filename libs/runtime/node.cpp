#include "runtime/node.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <stdexcept>
#include <thread>
#include <utility>

#include "core/log.h"
#include "domain/refusal.h"
#include "events/schema.h"
#include "reference/reference.h"
#include "store/copy.h"
#include "store/service_store.h"
#include "wenming/identity/v1/events.pb.h"
#include "wenming/operations/v1/operations.pb.h"

namespace wenming::runtime {
namespace {

/// Nobody waits for the copy while it is made, so its batches may be large.
constexpr std::size_t kRebuildBatch = 4096;

/// How soon a switch of another process is noticed, which goes on filling only its own copy.
constexpr std::chrono::seconds kLookForSwitches{1};
/// Within which whoever has the previous copy in hand is done with it.
constexpr std::chrono::seconds kLongestUse{2};
constexpr std::chrono::milliseconds kLookForUsers{5};
constexpr std::chrono::seconds kGivingUp{1};

/// Before a calendar that could not be read is read again.
constexpr std::chrono::milliseconds kPauseBeforeCalendar{500};

bool has_live_streams(const domain::Service& table) {
  for (const auto& [rpc, binding] : table.bindings())
    if (binding.live_key) return true;
  return false;
}

}  // namespace

Node::Node(const domain::Service& table, NodeSettings settings, std::shared_ptr<store::Observer> observer)
    : settings_(std::move(settings)),
      observer_(std::move(observer)),
      running_(std::make_shared<RunningService>(table)),
      handlers_(make_handlers()) {
  const std::shared_ptr<store::Store> store = open_current();
  running_->set_store(store);
  if (!table.is_read_model()) source_ = std::make_shared<events::JournalSource>(name(), *store);
  if (has_live_streams(table)) {
    live_ = std::make_shared<events::LiveHub>(store, settings_.max_streams);
    running_->set_live(live_);
  }
  store->on_commit([this] { committed(); });
}

/// The replica of the reference facts comes first, so that a service's own function finds the organisation that an
/// event is about. Identity writes these facts itself.
std::shared_ptr<const events::Handlers> Node::make_handlers() {
  auto handlers = std::make_shared<events::Handlers>();
  if (!running_->table().is_reference_owner()) handlers->add(reference::replica());
  handlers->add(running_->table());
  domain::Service watch("calendar", {}, {});
  watch.on([this](domain::Tx& tx, const identity::v1::CalendarDayChanged&, const domain::EventContext&) {
    tx.changed(store::kCalendar);  // for other processes: each hears only of the days in its own partitions
    calendar_changed_ = true;
  });
  handlers->add(watch);
  return handlers;
}

/// On the writer's thread after each commit.
void Node::committed() {
  if (source_) source_->committed();
  if (live_) live_->committed();
  if (calendar_changed_.exchange(false)) reload_calendar();
}

/// Not on the writer's thread, which must not read.
void Node::reload_calendar() {
  const bool taken = settings_.background([this] {
    try {
      running_->store()->reload_calendar();
    } catch (const std::exception& fault) {
      core::log::warning("the calendar could not be read", {{"service", name()}, {"error", fault.what()}});
      reload_calendar_later();
    }
  });
  if (!taken) reload_calendar_later();
}

/// Until it has been read: the next commit may be far off, and deadlines are reckoned with it.
void Node::reload_calendar_later() {
  settings_.alarm->after(kPauseBeforeCalendar, [this] { reload_calendar(); });
}

Node::~Node() {
  stop();
}

/// What is open is not removed by others, so if it is still the one that serves, it stays.
std::shared_ptr<store::Store> Node::open_current() {
  while (true) {
    const std::string generation = settings_.databases->generation(name());
    std::shared_ptr<store::Store> store = open(generation);
    if (settings_.databases->generation(name()) == generation) {
      const std::lock_guard lock(mutex_);
      generation_ = generation;
      return store;
    }
    store->stop();
  }
}

std::shared_ptr<store::Store> Node::open(const std::string& generation) {
  store::StoreOptions options = settings_.store;
  options.observer = observer_;
  const auto schema = events::schema();
  options.schemas.push_back({"events", {schema.begin(), schema.end()}});
  try {
    return store::open_store(settings_.databases->open(name(), generation), running_->table(), *settings_.contract,
                             std::move(options));
  } catch (const store::EngineError& fault) {
    throw std::runtime_error(
        fmt::format("the database of {} in {}: {}", name(), settings_.databases->place(), fault.what()));
  } catch (const store::CopyRefused& fault) {
    throw std::runtime_error(
        fmt::format("the database of {} in {}: {}", name(), settings_.databases->place(), fault.what()));
  }
}

void Node::consume(std::vector<std::shared_ptr<events::EventSource>> journals) {
  sources_ = std::move(journals);
  if (settings_.kafka) {
    subscription_ = std::make_unique<events::KafkaSubscription>(*settings_.kafka, handlers_->sources(), name());
    sources_ = subscription_->sources();
    if (source_) relay_ = std::make_unique<events::Relay>(*running_->store(), source_, *settings_.kafka);
  }
  const std::lock_guard lock(mutex_);
  consumer_ = std::make_unique<events::Consumer>(*running_->store(), handlers_, sources_);
  consumer_->start();
  if (running_->table().is_read_model() && settings_.databases->shared())
    follower_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
}

void Node::stop_consuming() {
  std::jthread rebuilder;
  {
    const std::lock_guard lock(mutex_);
    rebuilder = std::move(rebuilder_);
  }
  for (std::jthread* const thread : {&rebuilder, &follower_}) {
    thread->request_stop();
    if (thread->joinable()) thread->join();
  }
  const std::lock_guard lock(mutex_);
  if (consumer_) consumer_->stop();
}

void Node::stop() {
  stop_consuming();
  relay_.reset();  // sends what is left
  if (live_) running_->set_live(nullptr);
  live_.reset();
  if (const auto store = running_->store()) store->stop();
}

std::vector<events::ConsumerStatus> Node::consumers() const {
  const std::lock_guard lock(mutex_);
  return consumer_ ? consumer_->status() : std::vector<events::ConsumerStatus>();
}

std::optional<events::RelayStatus> Node::relay() const {
  return relay_ ? std::optional(relay_->status()) : std::nullopt;
}

std::string Node::reception_error() const {
  return subscription_ ? subscription_->error() : std::string();
}

std::optional<bool> Node::kafka_answers() const {
  return subscription_ ? std::optional(subscription_->answered()) : std::nullopt;
}

std::optional<ConnectionCounts> Node::database_connections() const {
  return settings_.databases->connections(name());
}

events::DeadLetters Node::dead_letters() const {
  return {running_->store(), handlers_};
}

bool Node::rebuilds() const {
  const std::lock_guard lock(mutex_);
  return rebuild_.phase == RebuildState::Running;
}

Node::RebuildState Node::rebuild_state() const {
  const auto serves = generation_seen();
  const bool claimed = rebuild_seen();
  const std::lock_guard lock(mutex_);
  const bool elsewhere = claimed && rebuild_.phase != RebuildState::Running;
  if (!elsewhere && (!serves || *serves == generation_)) return rebuild_;
  return {.phase = RebuildState::Running, .lag = rebuild_.lag, .failure = {}};
}

/// Looks, and does not try to claim it: that would be in the way of those who do.
bool Node::rebuild_seen() const {
  bool claimed = false;
  if (running_->table().is_read_model())
    running_->store()->read([&](domain::ReadTx& tx) { claimed = settings_.databases->rebuild_seen(tx); });
  return claimed;
}

/// The server hears a moment later that the claim was given up; or somebody else has it by then.
void Node::wait_until_given_up() const {
  const auto until = std::chrono::steady_clock::now() + kGivingUp;
  try {
    while (rebuild_seen() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(kLookForUsers);
  } catch (const std::exception& fault) {
    core::log::debug("the database could not be looked at", {{"service", name()}, {"error", fault.what()}});
  }
}

/// Absent where only this process switches.
std::optional<std::string> Node::generation_seen() const {
  std::optional<std::string> generation;
  running_->store()->read([&](domain::ReadTx& tx) { generation = settings_.databases->generation_seen(tx); });
  return generation;
}

std::unique_ptr<store::Leadership> Node::claim_rebuild() const {
  if (!running_->table().is_read_model())
    throw domain::Refusal(operations::v1::PROBLEM_NOT_REBUILDABLE, {{"service", name()}});
  auto claim = settings_.databases->try_to_rebuild(name());
  if (!claim) throw domain::Refusal(operations::v1::PROBLEM_REBUILT_ELSEWHERE, {{"service", name()}});
  return claim;
}

Node::RebuildState Node::start_rebuild(std::unique_ptr<store::Leadership> claim) {
  std::jthread finished;
  {
    const std::lock_guard lock(mutex_);
    if (rebuild_.phase == RebuildState::Running) return rebuild_;
    rebuild_ = RebuildState{.phase = RebuildState::Running, .lag = 0, .failure = {}};
    finished = std::move(rebuilder_);
  }
  // Outside the lock, which its last words need. It has announced its end, so this takes no time.
  if (finished.joinable()) finished.join();
  const std::lock_guard lock(mutex_);
  rebuilder_ = std::jthread([this, claim = std::shared_ptr(std::move(claim))](const std::stop_token& stop) mutable {
    rebuild(std::move(claim), stop);
  });
  return rebuild_;
}

/// The end is announced last: whoever hears of it may start the next rebuild, here or in another process.
void Node::rebuild(std::shared_ptr<store::Leadership> claim, const std::stop_token& stop) {
  RebuildState end{.phase = RebuildState::Switched, .lag = 0, .failure = {}};
  try {
    const std::string generation = settings_.databases->next_generation(name());
    // From Kafka, the copy reads all partitions by itself, whoever has them.
    std::unique_ptr<events::KafkaSubscription> all;
    if (settings_.kafka) all = std::make_unique<events::KafkaSubscription>(*settings_.kafka, handlers_->sources(), "");
    const auto check_claim = [&claim] {
      if (!claim->stands()) throw std::runtime_error("the connection to the database was lost, and with it the claim");
    };
    events::ReadModel copy = build_copy(generation, all ? all->sources() : sources_, stop, check_claim);
    check_claim();
    switch_to(std::move(copy), generation);
    core::log::info("read model rebuilt", {{"service", name()}, {"generation", generation}});
  } catch (const std::exception& fault) {
    end = RebuildState{.phase = RebuildState::Failed, .lag = 0, .failure = fault.what()};
    core::log::error("rebuild failed", {{"service", name()}, {"error", fault.what()}});
  }
  claim.reset();
  wait_until_given_up();
  const std::lock_guard lock(mutex_);
  rebuild_ = end;
}

events::ReadModel Node::build_copy(const std::string& generation,
                                   std::span<const std::shared_ptr<events::EventSource>> sources,
                                   const std::stop_token& stop, const std::function<void()>& check_claim) {
  return events::rebuild(
      [&] {
        std::shared_ptr<store::Store> store = open(generation);
        store->on_commit([this] { committed(); });
        return store;
      },
      handlers_, sources, {.batch_events = kRebuildBatch}, stop,
      [&](std::int64_t lag) {
        check_claim();  // which also keeps it
        const std::lock_guard lock(mutex_);
        rebuild_.lag = lag;
      });
}

void Node::switch_to(events::ReadModel fresh, const std::string& generation) {
  const std::lock_guard switching(switching_);
  fresh.store->reload_calendar();  // it was opened before it knew the days that it has been told since
  settings_.databases->switch_to(name(), generation);
  std::shared_ptr<store::Store> old = running_->store();
  std::unique_ptr<events::Consumer> old_consumer;
  std::string previous;
  {
    const std::lock_guard lock(mutex_);
    previous = std::exchange(generation_, generation);
    old_consumer = std::exchange(consumer_, std::move(fresh.consumer));
  }
  serve(fresh.store);
  old_consumer.reset();
  // It has read all partitions by itself; from here on it shares them with other processes, as the previous one did.
  if (subscription_) consume_into(*fresh.store);
  leave(std::move(old), previous);
}

void Node::follow(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  while (!stopped.wait_for(lock, stop, kLookForSwitches, [&] { return stop.stop_requested(); })) {
    try {
      follow_switch();
    } catch (const std::exception& fault) {
      core::log::warning("the generation that serves is not known, or cannot be opened",
                         {{"service", name()}, {"error", fault.what()}});
    }
  }
}

/// Where another process has rebuilt the read model, goes on with its copy.
void Node::follow_switch() {
  const std::lock_guard switching(switching_);
  std::string previous;
  {
    const std::lock_guard lock(mutex_);
    previous = generation_;
  }
  if (generation_seen() == previous) return;
  std::shared_ptr<store::Store> old = running_->store(), fresh = open_current();
  fresh->on_commit([this] { committed(); });
  serve(fresh);
  consume_into(*fresh);
  core::log::info("another process has rebuilt the read model", {{"service", name()}});
  {
    const std::lock_guard lock(mutex_);
    if (rebuild_.phase != RebuildState::Running) rebuild_ = {.phase = RebuildState::Switched, .lag = 0, .failure = {}};
  }
  leave(std::move(old), previous);
}

void Node::serve(const std::shared_ptr<store::Store>& fresh) {
  running_->set_store(fresh);
  if (live_) live_->switch_to(fresh);
}

void Node::consume_into(store::Store& fresh) {
  auto consumer = std::make_unique<events::Consumer>(fresh, handlers_, sources_);
  const std::lock_guard lock(mutex_);
  consumer_->stop();  // two would quarrel about where to read
  consumer_ = std::move(consumer);
  consumer_->start();
}

/// Requests that began on the previous copy finish on it. The last process to leave it removes it.
void Node::leave(std::shared_ptr<store::Store> old, const std::string& generation) {
  const auto until = std::chrono::steady_clock::now() + kLongestUse;
  while (old.use_count() > 1 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(kLookForUsers);
  old->stop();
  old.reset();
  try {
    settings_.databases->remove(name(), generation);
  } catch (const std::runtime_error& fault) {  // the fresh copy serves; the next rebuild tries again
    core::log::warning("the previous copy is still there", {{"service", name()}, {"error", fault.what()}});
  }
}

}  // namespace wenming::runtime
