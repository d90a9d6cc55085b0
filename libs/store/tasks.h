#pragma once

#include <any>
#include <functional>
#include <string>

#include "store/methods.h"
#include "store/task.h"

namespace wenming::store {

/// What an exception means to whoever called: a refusal, or a fault, which is logged here.
Outcome outcome_of(const std::exception_ptr& reason, const contract::Method& method);

/// A command, or the last part of a prepared method. Route and keys outlive it.
class CallTask final : public Task {
 public:
  CallTask(const Route& route, const RecentKeys& recent_keys, Call call, CallIdentity identity, std::any prepared,
           Done done)
      : route_(route),
        recent_keys_(recent_keys),
        call_(std::move(call)),
        identity_(std::move(identity)),
        prepared_(std::move(prepared)),
        done_(std::move(done)),
        aggregate_(aggregate_of(route_, call_)) {}

  std::optional<JournalEntry> run(Transaction& tx, const Batch& batch) override;
  [[nodiscard]] std::optional<std::int32_t> aggregate() const override { return aggregate_; }
  void rehearse(domain::Tx& tx) override;
  void committed(const Batch& batch, std::optional<std::size_t> entry) override;
  void failed(const std::exception_ptr& reason) override { done_(outcome_of(reason, *route_.method)); }

 private:
  bool answer_again(domain::ReadTx& tx, const Batch& batch);

  const Route& route_;
  const RecentKeys& recent_keys_;
  const Call call_;
  const CallIdentity identity_;
  const std::any prepared_;
  const Done done_;
  const std::optional<std::int32_t> aggregate_;
  // Of the last run.
  Outcome outcome_;
  std::optional<std::size_t> repeated_;  // the entry of this batch whose answer was given again
};

/// A piece of work that is no method.
class WorkTask final : public Task {
 public:
  using Body = std::function<void(domain::Tx&)>;
  using WorkDone = std::function<void(std::exception_ptr)>;

  WorkTask(WorkName name, Body body, WorkDone done)
      : name_(std::move(name)), body_(std::move(body)), done_(std::move(done)) {}

  std::optional<JournalEntry> run(Transaction& tx, const Batch& batch) override;
  void committed(const Batch& /*batch*/, std::optional<std::size_t> /*entry*/) override { done_(nullptr); }
  void failed(const std::exception_ptr& reason) override { done_(reason); }

 private:
  const WorkName name_;
  const Body body_;
  const WorkDone done_;
};

}  // namespace wenming::store
