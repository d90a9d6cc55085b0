#include "events/live.h"

#include <spdlog/spdlog.h>

#include <charconv>
#include <unordered_map>
#include <utility>
#include <vector>

#include "domain/refusal.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::events {
namespace {

constexpr std::chrono::milliseconds kPauseAfterFault{200};

/// What an event id says: `<epoch>:<position>`. An id that is none has position -1.
struct EventId {
  std::string epoch;
  std::int64_t position = -1;
};

EventId parse_id(std::string_view text) {
  EventId id;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return id;
  std::int64_t position = -1;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, position);
  if (error != std::errc{} || rest != end) return id;
  id.epoch = text.substr(0, colon);
  id.position = position;
  return id;
}

using Notifier = std::shared_ptr<const std::function<void()>>;

}  // namespace

/// What hub and subscriptions share.
struct LiveHub::Registry {
  std::mutex mutex;
  std::shared_ptr<store::Store> store;
  std::int64_t seen = 0;  // changes up to here have been told
  std::size_t count = 0;
  std::size_t limit = 0;
  std::unordered_multimap<std::string, Entry*> by_key;
  std::vector<Entry*> fresh;  // subscribed, and not yet compared with the database
};

class LiveHub::Entry final : public LiveHub::Subscription {
 public:
  Entry(std::shared_ptr<Registry> registry, std::string key, std::string_view last_event_id,
        std::function<void()> notify)
      : registry_(std::move(registry)),
        key_(std::move(key)),
        first_visit_(last_event_id.empty()),
        last_(parse_id(last_event_id)),
        notify_(std::make_shared<const std::function<void()>>(std::move(notify))) {
    const std::lock_guard lock(registry_->mutex);
    if (registry_->count == registry_->limit) throw domain::Refusal(contract::v1::PROBLEM_BUSY);
    ++registry_->count;
    registry_->by_key.emplace(key_, this);
    registry_->fresh.push_back(this);
  }

  ~Entry() override {
    const std::lock_guard lock(registry_->mutex);
    --registry_->count;
    std::erase(registry_->fresh, this);
    auto [entry, end] = registry_->by_key.equal_range(key_);
    while (entry->second != this) ++entry;
    registry_->by_key.erase(entry);
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  std::optional<LiveUpdate> take() override {
    const std::lock_guard lock(registry_->mutex);
    if (!pending_) return std::nullopt;
    pending_ = false;
    return LiveUpdate{last_.epoch + ":" + std::to_string(last_.position), std::exchange(reset_, false)};
  }

  // What follows is called by the hub, under the registry's lock. What it returns is to be called without that lock,
  // for a notifier may take the update, or drop the subscription; null: nothing to tell, or told and not taken yet.

  [[nodiscard]] const std::string& key() const { return key_; }
  [[nodiscard]] bool settled() const { return settled_; }

  /// Compares what the client saw with the database: `position` is the key's, `head` the newest of all.
  Notifier settle(const std::string& epoch, std::int64_t position, std::int64_t head) {
    settled_ = true;
    const bool same_life = last_.epoch == epoch && last_.position >= 0 && last_.position <= head;
    if (same_life && last_.position >= position) return nullptr;
    reset_ = !first_visit_ && !same_life;
    last_ = {epoch, position};
    return tell();
  }

  Notifier changed(std::int64_t position) {
    if (position <= last_.position) return nullptr;
    last_.position = position;
    return tell();
  }

  /// Forgets what the client saw: it is reset at the next comparison.
  void start_over() {
    settled_ = false;
    first_visit_ = false;
    last_ = {};
  }

 private:
  Notifier tell() { return std::exchange(pending_, true) ? nullptr : notify_; }

  const std::shared_ptr<Registry> registry_;
  const std::string key_;
  bool first_visit_;
  EventId last_;
  bool settled_ = false;
  bool pending_ = false;
  bool reset_ = false;
  const Notifier notify_;
};

LiveHub::LiveHub(std::shared_ptr<store::Store> store, std::size_t max_subscriptions)
    : registry_(std::make_shared<Registry>()) {
  registry_->store = std::move(store);
  registry_->limit = max_subscriptions;
  thread_ = std::thread([this] { run(); });
}

LiveHub::~LiveHub() {
  stopping_ = true;
  bell_.ring();
  thread_.join();
}

std::unique_ptr<LiveHub::Subscription> LiveHub::subscribe(std::string key, std::string_view last_event_id,
                                                          std::function<void()> notify) {
  auto entry = std::make_unique<Entry>(registry_, std::move(key), last_event_id, std::move(notify));
  bell_.ring();
  return entry;
}

void LiveHub::switch_to(std::shared_ptr<store::Store> store) {
  {
    const std::lock_guard lock(registry_->mutex);
    registry_->store = std::move(store);
    registry_->seen = 0;
    registry_->fresh.clear();
    for (const auto& [key, entry] : registry_->by_key) {
      entry->start_over();
      registry_->fresh.push_back(entry);
    }
  }
  bell_.ring();
}

std::size_t LiveHub::subscriptions() const {
  const std::lock_guard lock(registry_->mutex);
  return registry_->count;
}

void LiveHub::run() {
  while (true) {
    bell_.wait();
    if (stopping_) return;
    try {
      scan();
    } catch (const std::exception& e) {
      spdlog::warn("live streams wait: {}", e.what());
      bell_.wait(kPauseAfterFault);
      bell_.ring();
    }
  }
}

void LiveHub::scan() {
  std::shared_ptr<store::Store> store;
  std::int64_t seen = 0;
  bool all_fresh = false;
  std::unordered_map<std::string, std::int64_t> fresh_keys;
  {
    const std::lock_guard lock(registry_->mutex);
    if (registry_->count == 0) return;
    store = registry_->store;
    seen = registry_->seen;
    all_fresh = registry_->fresh.size() == registry_->count;
    for (const Entry* entry : registry_->fresh) fresh_keys.emplace(entry->key(), 0);
  }

  // Outside the lock: reading may take its time, and subscribing must not.
  std::int64_t head = 0;
  std::vector<std::pair<std::string, std::int64_t>> changes;
  store->read([&](domain::ReadTx& tx) {
    changes.clear();
    head = tx.value<std::int64_t>("SELECT MAX(position) FROM changed").value_or(0);
    for (auto& [key, position] : fresh_keys) {
      position = tx.value<std::int64_t>("SELECT position FROM changed WHERE key = $1", key).value_or(0);
    }
    if (all_fresh) return;  // nobody waits for anything older
    for (const domain::Row& row :
         tx.query("SELECT key, position FROM changed WHERE position > $1 ORDER BY position", seen)) {
      changes.emplace_back(row.text(0), row.integer(1));
    }
  });

  std::vector<Notifier> notifiers;
  {
    const std::lock_guard lock(registry_->mutex);
    if (registry_->store != store) return;  // switched meanwhile; the bell has rung for it
    std::erase_if(registry_->fresh, [&](Entry* entry) {
      const auto found = fresh_keys.find(entry->key());
      if (found == fresh_keys.end()) return false;  // came after the read; the bell has rung for it
      notifiers.push_back(entry->settle(store->epoch(), found->second, head));
      return true;
    });
    for (const auto& [key, position] : changes) {
      const auto [begin, end] = registry_->by_key.equal_range(key);
      for (auto entry = begin; entry != end; ++entry) {
        if (entry->second->settled()) notifiers.push_back(entry->second->changed(position));
      }
    }
    registry_->seen = head;
  }
  for (const auto& notify : notifiers) {
    if (notify) (*notify)();
  }
}

}  // namespace wenming::events
