#include "store/timers.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

#include "core/log.h"
#include "domain/refusal.h"

namespace wenming::store {
namespace {

using domain::to_value;
using domain::Value;

constexpr int kMostAtOnce = 16;  // so that a crowd of timers leaves room for calls in every batch
constexpr std::chrono::seconds kFirstDelay{1};
constexpr std::chrono::seconds kLongestDelay{3600};

class TimerTask final : public Task {
 public:
  TimerTask(std::string key, const domain::Service& service, Observer* observer)
      : key_(std::move(key)), service_(service), observer_(observer) {}

  std::optional<JournalEntry> run(Transaction& tx, const Batch& /*batch*/) override {
    now_ = tx.now();
    // A command before us in this batch may have taken the timer back, or set it anew: what stands now is what counts.
    domain::MessagePtr command = take(tx);
    if (!command) return std::nullopt;
    service_.timers().find(type_)->second.second(tx, *command);

    JournalEntry entry;
    entry.happened_at = now_;
    entry.method = command->GetDescriptor()->full_name();
    entry.subject = key_;
    if (tx.events().events_size() > 0) entry.events = tx.events().SerializeAsString();
    return entry;
  }

  void undone(Transaction& tx) override {
    tx.run("UPDATE timers SET attempts = $2, run_at = $3 WHERE key = $1", key_, attempts_ + 1,
           now_ + delay_after(attempts_));
  }

  [[nodiscard]] bool is_timer() const override { return true; }

  void committed(const Batch& /*batch*/, std::optional<std::size_t> entry) override {
    if (entry && observer_ != nullptr) observer_->timer_ran(true, now_ - due_at_);
  }

  void failed(const std::exception_ptr& reason) override {
    if (observer_ != nullptr) observer_->timer_ran(false, now_ - due_at_);
    core::log::error("timer failed and will be run again",
                     {{"timer", key_}, {"type", type_}, {"error", text_of(reason)}});
  }

 private:
  /// Removes the row and returns its command; null where no timer of this key is due any more.
  domain::MessagePtr take(Transaction& tx) {
    std::string bytes;
    bool taken = false;
    for (const domain::Row& row : tx.query("DELETE FROM timers WHERE key = $1 AND run_at <= $2 "
                                           "RETURNING due_at, attempts, command_type, command",
                                           key_, now_)) {
      due_at_ = row.timestamp(0);
      attempts_ = row.integer(1);
      type_ = row.text(2);
      bytes = row.blob(3);
      taken = true;
    }
    if (!taken) return nullptr;
    const auto found = service_.timers().find(type_);
    if (found == service_.timers().end()) throw std::logic_error("the service has no function for timers of this type");
    domain::MessagePtr command(found->second.first->New());
    if (!command->ParseFromString(bytes)) throw std::runtime_error("the command of the timer cannot be read");
    return command;
  }

  const std::string key_;
  const domain::Service& service_;
  Observer* const observer_;
  // Of the last run.
  core::Timestamp now_;
  core::Timestamp due_at_;
  std::int64_t attempts_ = 0;
  std::string type_;
};

}  // namespace

std::chrono::seconds delay_after(std::int64_t attempts) {
  constexpr std::int64_t kDoublings = 12;  // beyond that it is the longest anyway
  return std::min(kFirstDelay * (std::int64_t{1} << std::min(attempts, kDoublings)), kLongestDelay);
}

std::string text_of(const std::exception_ptr& reason) {
  try {
    std::rethrow_exception(reason);
  } catch (const domain::Refusal& refusal) {
    return "refused: " + refusal.code();
  } catch (const std::exception& fault) {
    return fault.what();
  }
}

void Timers::refresh(Connection& connection) {
  next_.reset();
  const auto cursor = connection.query("SELECT run_at FROM timers ORDER BY run_at LIMIT 1", {});
  if (cursor->next()) next_ = domain::Row(*cursor).timestamp(0);
}

std::vector<TaskPtr> Timers::due(Connection& connection, core::Timestamp now) const {
  std::vector<TaskPtr> tasks;
  if (!next_ || *next_ > now) return tasks;
  const std::array<Value, 2> values{to_value(now), to_value(kMostAtOnce)};
  for (const domain::Row& row : domain::Rows(
           connection.query("SELECT key FROM timers WHERE run_at <= $1 ORDER BY run_at, key LIMIT $2", values))) {
    tasks.push_back(std::make_unique<TimerTask>(std::string(row.text(0)), service_, observer_));
  }
  return tasks;
}

}  // namespace wenming::store
