#include "store/tasks.h"

#include <stdexcept>
#include <utility>

#include "core/log.h"
#include "domain/visibility.h"
#include "store/writer.h"

namespace wenming::store {

Outcome outcome_of(const std::exception_ptr& reason, const contract::Method& method) {
  Outcome outcome;
  try {
    std::rethrow_exception(reason);
  } catch (const domain::Refusal& refusal) {
    outcome.refusal = refusal;
  } catch (const BatchFailed&) {
    outcome.fault = true;
    outcome.refusal = domain::Refusal(contract::v1::PROBLEM_UNAVAILABLE);
  } catch (const EngineError& fault) {
    outcome.fault = true;
    core::log::error("method failed", {{"method", method.descriptor->full_name()}, {"error", fault.what()}});
    if (fault.kind() != EngineError::Kind::Constraint && fault.kind() != EngineError::Kind::Mistake)
      outcome.refusal = domain::Refusal(contract::v1::PROBLEM_UNAVAILABLE);
  } catch (const std::exception& fault) {
    outcome.fault = true;
    core::log::error("method failed", {{"method", method.descriptor->full_name()}, {"error", fault.what()}});
  }
  return outcome;
}

std::optional<JournalEntry> CallTask::run(Transaction& tx, const Batch& batch) {
  outcome_ = {};
  repeated_.reset();
  const domain::Caller caller = domain::resolve(tx, call_.principal);
  if (answer_again(tx, batch)) return std::nullopt;
  const bool unmasked = admit(tx, route_, call_, caller);
  JournalEntry entry = entry_of(route_, call_, caller, tx.now());
  try {
    outcome_.answer = run_function(tx, route_, call_, caller, prepared_);
    put_answer(entry, route_, identity_, *outcome_.answer);
    outcome_.unmasked = unmasked;
  } catch (const domain::Refusal& refusal) {
    if (!refusal.keeps_changes()) throw;
    outcome_.refusal = refusal;
  }
  if (tx.events().events_size() > 0) entry.events = tx.events().SerializeAsString();
  return entry;
}

void CallTask::rehearse(domain::Tx& tx) {
  const domain::Caller caller = domain::resolve(tx, call_.principal);
  admit(tx, route_, call_, caller);
  run_function(tx, route_, call_, caller, prepared_);
}

bool CallTask::answer_again(domain::ReadTx& tx, const Batch& batch) {
  if (identity_.key_hash.empty()) return false;
  repeated_ = batch.find(identity_.key_hash);
  if (repeated_) {
    const JournalEntry& first = batch.entries[*repeated_];
    outcome_ = replay(route_, identity_, first.request_hash, first.answer_type, first.answer);
    return true;
  }
  std::optional<Outcome> again = replay_committed(tx, recent_keys_, route_, identity_);
  if (!again) return false;
  outcome_ = std::move(*again);
  return true;
}

void CallTask::committed(const Batch& batch, std::optional<std::size_t> entry) {
  if (repeated_) entry = repeated_;
  if (entry && !outcome_.refusal) outcome_.sequence = batch.entries[*entry].sequence;
  done_(std::move(outcome_));
}

std::optional<JournalEntry> WorkTask::run(Transaction& tx, const Batch& /*batch*/) {
  body_(tx);
  const bool publishes = tx.events().events_size() > 0;
  if (!publishes && name_.caller.empty()) return std::nullopt;
  if (name_.method.empty()) throw std::logic_error("work that publishes events was handed in without a name");
  JournalEntry entry;
  entry.happened_at = tx.now();
  entry.caller = name_.caller;
  entry.origin = name_.origin;
  entry.method = name_.method;
  entry.subject = name_.subject;
  entry.traceparent = name_.traceparent;
  if (publishes) entry.events = tx.events().SerializeAsString();
  return entry;
}

}  // namespace wenming::store
