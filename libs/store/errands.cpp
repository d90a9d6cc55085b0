#include "store/errands.h"

#include <algorithm>
#include <future>
#include <stdexcept>
#include <utility>

#include "core/log.h"
#include "domain/refusal.h"
#include "store/tasks.h"
#include "store/timers.h"

namespace wenming::store {
namespace {

// The longest sleep before the database and the clock are looked at again: another process may have sent somebody, and
// a clock may have been set.
constexpr std::chrono::microseconds kLongestSleep{1'000'000};

/// Whether the errand is still what was claimed.
constexpr std::string_view kStillClaimed = " WHERE key = $1 AND number = $2 AND run_at = $3";

}  // namespace

domain::Outside& SlowReader::outside() const {
  if (outside_ == nullptr) throw std::logic_error("this store was opened without anything outside");
  return *outside_;
}

Errands::Errands(Parts parts)
    : parts_(std::move(parts)), workers_(parts_.limits.errand_threads, parts_.limits.errand_threads) {}

Errands::~Errands() {
  stop();
}

void Errands::start() {
  if (parts_.service.errands().empty()) return;
  thread_ = std::thread([this] { run(); });
}

void Errands::sent() {
  {
    const std::lock_guard lock(mutex_);
    looks_ = true;
  }
  wakes_.notify_one();
}

void Errands::run_due() {
  if (!thread_.joinable()) return;
  sent();
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return stopping_ || (!looks_ && !looking_ && under_way_ == 0); });
}

void Errands::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wakes_.notify_one();
  idle_.notify_all();
  if (thread_.joinable()) thread_.join();
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return under_way_ == 0; });
  lock.unlock();
  workers_.stop();
}

void Errands::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::size_t free = parts_.limits.errand_threads - under_way_;
    if (!looks_ || free == 0) {
      wakes_.wait_for(lock, kLongestSleep);
      looks_ = looks_ || free > 0;
      continue;
    }
    looks_ = false;
    looking_ = true;
    lock.unlock();
    std::vector<ClaimedPtr> claimed;
    std::optional<core::Timestamp> next;
    try {
      claimed = claim(free);
      next = next_due();
    } catch (const std::exception& fault) {
      core::log::warning("errands could not be claimed", {{"error", fault.what()}});
    }
    lock.lock();
    looking_ = false;
    under_way_ += claimed.size();
    lock.unlock();
    for (ClaimedPtr& one : claimed) {
      if (!workers_.submit([this, one] { carry_out(one); })) came_home();
    }
    lock.lock();
    if (claimed.size() == free) continue;  // who comes home wakes us
    if (looks_) continue;
    if (under_way_ == 0) idle_.notify_all();
    std::chrono::microseconds sleep = kLongestSleep;
    if (next) sleep = std::clamp(*next - parts_.surroundings.now(), std::chrono::microseconds(1'000), kLongestSleep);
    wakes_.wait_for(lock, sleep, [this] { return stopping_ || looks_; });
    looks_ = true;
  }
}

std::optional<core::Timestamp> Errands::next_due() {
  std::optional<core::Timestamp> next;
  parts_.pool.read([&](domain::ReadTx& tx) {
    next = tx.value<core::Timestamp>("SELECT run_at FROM errands ORDER BY run_at, key LIMIT 1");
  });
  return next;
}

std::vector<Errands::ClaimedPtr> Errands::claim(std::size_t most) {
  const auto next = next_due();
  if (!next || *next > parts_.surroundings.now()) return {};
  // In a box of its own, because the work may run again from the start, and on the writer's thread.
  const auto claimed = std::make_shared<std::vector<ClaimedPtr>>();
  std::promise<void> done;
  const auto body = [this, most, claimed](domain::Tx& tx) {
    claimed->clear();
    for (const domain::Row& row :
         tx.query("SELECT key, number, command_type, command, attempts FROM errands WHERE run_at <= $1 "
                  "ORDER BY run_at, key LIMIT $2",
                  tx.now(), most)) {
      const std::string type(row.text(2));
      claimed->push_back(std::make_shared<const Claimed>(Claimed{std::string(row.text(0)), std::string(row.text(1)),
                                                                 type, std::string(row.blob(3)), row.integer(4),
                                                                 tx.now() + lease_of(type)}));
    }
    for (const ClaimedPtr& one : *claimed) {
      tx.run("UPDATE errands SET run_at = $2, claimed = TRUE WHERE key = $1", one->key, one->lease_ends);
    }
  };
  const auto settled = [&done](const std::exception_ptr& reason) {
    if (reason) {
      done.set_exception(reason);
    } else {
      done.set_value();
    }
  };
  if (!parts_.writer.submit(std::make_unique<WorkTask>("claim errands", body, settled))) return {};
  done.get_future().get();
  return *claimed;
}

std::chrono::microseconds Errands::lease_of(const std::string& type) const {
  const auto found = parts_.service.errands().find(type);
  const bool says = found != parts_.service.errands().end() && found->second.lease;
  return says ? *found->second.lease : parts_.limits.errand_time;
}

void Errands::release_all(domain::Tx& tx) const {
  std::chrono::microseconds longest = parts_.limits.errand_time;
  for (const auto& [type, errand] : parts_.service.errands()) longest = std::max(longest, lease_of(type));
  tx.run("UPDATE errands SET run_at = $1, claimed = FALSE WHERE claimed AND run_at <= $2", tx.now(),
         tx.now() + longest);
}

void Errands::carry_out(const ClaimedPtr& claimed) {
  try {
    const auto found = parts_.service.errands().find(claimed->type);
    if (found == parts_.service.errands().end())
      throw std::logic_error("the service has no function for errands of this type");
    const std::shared_ptr<google::protobuf::Message> command(found->second.prototype->New());
    if (!command->ParseFromString(claimed->command))
      throw std::runtime_error("the command of the errand cannot be read");
    SlowReader reader(parts_.pool, parts_.surroundings, parts_.outside.get());
    const domain::Errand& errand = found->second;
    try {
      const std::any brought = errand.run(reader, *command);
      settle(claimed, command, errand,
             [command, &errand, brought](domain::Tx& tx) { errand.settle(tx, *command, brought); });
    } catch (const domain::Refusal& refusal) {
      if (!errand.refused) throw;
      settle_refused(claimed, command, errand, refusal);
    }
  } catch (const std::exception&) {
    put_off(claimed, std::current_exception());
  }
}

void Errands::settle(const ClaimedPtr& claimed, const CommandPtr& command, const domain::Errand& errand,
                     const Effect& effect) {
  const auto body = [claimed, effect](domain::Tx& tx) {
    const std::int64_t stands = tx.run(std::string("DELETE FROM errands").append(kStillClaimed), claimed->key,
                                       claimed->number, claimed->lease_ends);
    if (stands == 1) effect(tx);
  };
  const auto settled = [this, claimed, command, &errand](const std::exception_ptr& reason) {
    if (reason) return settle_failed(claimed, command, errand, reason);
    if (parts_.observer != nullptr) parts_.observer->errand_ran(true);
    came_home();
  };
  WorkName name(claimed->type);
  name.subject = claimed->key;
  if (errand.doer) {
    domain::Errand::Doer doer = errand.doer(*command);
    name.caller = std::move(doer.caller);
    name.subject = std::move(doer.subject);
  }
  parts_.writer.submit_admitted(std::make_unique<WorkTask>(std::move(name), body, settled));
}

/// Where the effect itself is refused, all that it did was undone.
void Errands::settle_failed(const ClaimedPtr& claimed, const CommandPtr& command, const domain::Errand& errand,
                            const std::exception_ptr& reason) {
  if (!errand.refused) return put_off(claimed, reason);
  try {
    std::rethrow_exception(reason);
  } catch (const domain::Refusal& refusal) {
    settle_refused(claimed, command, errand, refusal);
  } catch (...) {
    put_off(claimed, reason);
  }
}

void Errands::settle_refused(const ClaimedPtr& claimed, const CommandPtr& command, const domain::Errand& errand,
                             const domain::Refusal& refusal) {
  settle(claimed, command, errand, [command, &errand, refusal](domain::Tx& tx) {
    try {
      errand.refused(tx, *command, refusal);
    } catch (const domain::Refusal& again) {
      throw std::logic_error(std::string("a refusal was answered with the refusal ") + again.what());
    }
  });
}

void Errands::put_off(const ClaimedPtr& claimed, const std::exception_ptr& reason) {
  core::log::warning("errand failed and will be run again",
                     {{"errand", claimed->key}, {"type", claimed->type}, {"error", text_of(reason)}});
  if (parts_.observer != nullptr) parts_.observer->errand_ran(false);
  const auto body = [claimed](domain::Tx& tx) {
    tx.run(std::string("UPDATE errands SET attempts = $4, run_at = $5, claimed = FALSE").append(kStillClaimed),
           claimed->key, claimed->number, claimed->lease_ends, claimed->attempts + 1,
           tx.now() + delay_after(claimed->attempts));
  };
  // Where not even this can be written, the lease runs out.
  parts_.writer.submit_admitted(
      std::make_unique<WorkTask>("put an errand off", body, [this](const std::exception_ptr&) { came_home(); }));
}

void Errands::came_home() {
  {
    const std::lock_guard lock(mutex_);
    --under_way_;
    looks_ = true;
  }
  wakes_.notify_one();
  idle_.notify_all();
}

}  // namespace wenming::store
