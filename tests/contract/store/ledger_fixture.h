#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "core/clock.h"
#include "engines.h"
#include "faulty_engine.h"
#include "ledger.h"
#include "store/options.h"
#include "store/store.h"
#include "testing/moments.h"
#include "testing/outside.h"
#include "testing/temporary_folder.h"

namespace wenming::store {

using testing::at;
using namespace testing::literals;  // NOLINT: 5_min

/// Keeps the writer busy until it is let go, so that a test can fill a batch.
class Gate {
 public:
  explicit Gate(Store& store);
  /// Lets go.
  ~Gate() { open(); }
  void open();

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool entered = false;
    bool opened = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// The ledger on a store on each kind of engine. `wang` holds ROLE_OFFICE on the unit `county`.
class LedgerFixture : public ::testing::TestWithParam<EngineKind> {
 protected:
  LedgerFixture();
  ~LedgerFixture() override;

  /// Closes the store and opens it anew on the same database.
  void restart();
  void open();
  void close();

  [[nodiscard]] static domain::Principal as(std::string_view user) { return {std::string(user), {}, {}}; }
  [[nodiscard]] const contract::Method& method(std::string_view rpc) const;
  [[nodiscard]] Call make_call(std::string_view rpc, const google::protobuf::Message& request,
                               const domain::Principal& caller = as("wang"), std::string idempotency_key = {}) const;

  static std::future<Outcome> submit_to(Store& store, Call call);
  /// Hands a call in; the future gets what became of it.
  std::future<Outcome> submit(Call call) { return submit_to(*store_, std::move(call)); }
  /// … and waits.
  Outcome outcome(Call call) { return wait(submit(std::move(call))); }
  /// Waits for the answer of a call that must not be refused; throws Refusal if it is.
  ledger::v1::Account account(std::future<Outcome> future);
  ledger::v1::Account account(Call call) { return account(submit(std::move(call))); }

  ledger::v1::Account open_account(std::string_view holder = "李华", std::string_view unit = "county");
  Call deposit(std::string_view account, std::int64_t amount, std::string idempotency_key = {}) const;
  /// Pays in too, but in a lane where the database takes them.
  Call collect(std::string_view account, std::int64_t amount, std::string idempotency_key = {}) const;
  ledger::v1::Account get(std::string_view account);

  /// Hands a piece of work in; the future throws what it threw.
  std::future<void> submit_work(std::function<void(domain::Tx&)> body, std::string subject = "test");
  void work(std::function<void(domain::Tx&)> body) { wait(submit_work(std::move(body))); }

  /// What was paid in under each key.
  using Answered = std::map<std::string, std::int64_t>;
  /// Pays in from many threads, alone and in lanes, at the stores in turn: too much now and then, some calls again
  /// after their answer, and every one with its key until there is one.
  Answered hammer(const std::vector<Store*>& stores, const std::vector<std::string>& accounts, int calls,
                  unsigned seed);
  /// The ledger holds what was answered, and nothing else.
  void expect_the_ledger_to_hold(const Answered& answered);

  std::int64_t count(std::string_view sql);
  /// The sum of all deposits that are on record.
  std::int64_t paid_in() { return count("SELECT COALESCE(SUM(amount), 0) FROM deposits"); }

  template <class T>
  static T wait(std::future<T> future) {
    if (future.wait_for(std::chrono::seconds(30)) != std::future_status::ready) throw std::runtime_error("no answer");
    return future.get();
  }

  const testing::TemporaryFolder folder_;
  const std::shared_ptr<core::ManualClock> clock_ = std::make_shared<core::ManualClock>(at("2026-03-05T09:00+08:00"));
  const std::shared_ptr<Faults> faults_ = std::make_shared<Faults>();
  const std::shared_ptr<testing::TestOutside> outside_ = std::make_shared<testing::TestOutside>();
  const std::shared_ptr<ledger::Appraisal> appraisal_ = std::make_shared<ledger::Appraisal>();
  const domain::Service service_ = ledger::service(appraisal_);
  const contract::Contract contract_{service_.contract()};
  Limits limits_;
  std::shared_ptr<Observer> observer_;  // takes effect when the store is opened
  std::unique_ptr<Store> store_;
};

/// The code of the refusal, `fault`, or `answered`.
std::string code_of(const Outcome& outcome);

}  // namespace wenming::store
