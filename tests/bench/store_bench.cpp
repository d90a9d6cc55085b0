// What a command costs on the writer's thread, and what a durable commit costs beside it. A deposit resolves its
// caller, looks for a first answer, finds the account's scope, walks the organisation tree, reads the account, inserts,
// updates, publishes an event and leaves a journal row: the path of every command.

#include <benchmark/benchmark.h>
#include <time.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <utility>

#include "contract/contract.h"
#include "core/encoding.h"
#include "ledger.h"
#include "store/service_store.h"
#include "store/sqlite/engine.h"
#include "testing/temporary_folder.h"

namespace wenming::store {
namespace {

constexpr int kAccounts = 1000;
constexpr int kInFlight = 1024;

/// The processor time that the calling thread has used, in microseconds.
double thread_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

/// Adds up what the writer says about its commits, and the processor time that it takes; called on the writer's thread.
class Totals final : public Observer {
 public:
  void committed(std::size_t size, std::size_t /*waiting*/, std::chrono::microseconds /*running*/,
                 std::chrono::microseconds committing) override {
    const std::lock_guard lock(mutex_);
    used_ = thread_time();
    if (std::exchange(fresh_, false)) {
      began_ = used_;
      return;
    }
    ++commits_;
    commands_ += static_cast<double>(size);
    committing_ += static_cast<double>(committing.count());
  }
  void batch_failed(std::size_t /*size*/) override {}
  void timer_ran(bool /*succeeded*/, std::chrono::microseconds /*late*/) override {}

  void report(benchmark::State& state) {
    const std::lock_guard lock(mutex_);
    state.counters["cpu_us_per_command"] = (used_ - began_) / commands_;
    state.counters["us_per_commit"] = committing_ / commits_;
    state.counters["commands_per_commit"] = commands_ / commits_;
  }
  /// Forgets everything up to the next commit.
  void reset() {
    const std::lock_guard lock(mutex_);
    fresh_ = true;
    commits_ = commands_ = committing_ = 0;
  }

 private:
  std::mutex mutex_;
  bool fresh_ = true;
  double began_ = 0, used_ = 0, commits_ = 0, commands_ = 0, committing_ = 0;
};

class Ledger {
 public:
  explicit Ledger(bool durable) : service_(ledger::service()), contract_(service_.contract()) {
    // A durable commit is measured on a disk, not in memory.
    const std::filesystem::path folder =
        durable ? std::filesystem::current_path() / "store_bench.data" : memory_.path();
    std::filesystem::remove_all(folder);
    StoreOptions options;
    options.observer = totals_;
    store_ = open_store(std::make_unique<SqliteEngine>((folder / "ledger.sqlite").string(), durable), service_,
                        contract_, std::move(options));
    for (const auto& method : contract_.methods()) {
      if (method->name() == "Deposit") deposit_ = method.get();
    }
    fill();
    totals_->reset();
  }
  ~Ledger() {
    store_->stop();
    std::filesystem::remove_all("store_bench.data");
  }

  /// Hands in so many deposits at once and waits for all answers.
  void deposit(int count) {
    waiting_ = count;
    for (int i = 0; i < count; ++i) {
      Call call;
      call.method = deposit_;
      auto request = std::make_unique<ledger::v1::DepositRequest>();
      request->set_account_id("account-" + std::to_string(next_ % kAccounts));
      request->set_amount(1);
      call.request = std::move(request);
      call.principal = {"wang", "session", {}};
      call.idempotency_key = core::base64url(std::to_string(++next_) + "-key");
      call.route = "POST /v1/accounts/x:deposit";
      store_->submit(std::move(call), [this](const Outcome& outcome) {
        if (!outcome.answer) std::abort();
        const std::lock_guard lock(mutex_);
        if (--waiting_ == 0) done_.notify_one();
      });
    }
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return waiting_ == 0; });
  }
  void report(benchmark::State& state) { totals_->report(state); }

 private:
  void fill() {
    store_->work(
        "",
        [](domain::Tx& tx) {
          for (const std::string_view unit : {"county", "township"}) {
            tx.run(
                "INSERT INTO organisation_ancestors (unit_id, ancestor_id, valid_from, valid_to, depth) "
                "VALUES ($1, 'county', '2000-01-01', '9999-12-31', 0)",
                unit);
          }
          tx.run(
              "INSERT INTO grants (id, user_id, role, unit_id, starts_at, version) VALUES ('1', 'wang', 'OFFICE', "
              "'county', 0, 1)");
          for (int i = 0; i < kAccounts; ++i) {
            tx.run(
                "INSERT INTO accounts (id, unit_id, user_id, holder, balance, opened_at, version) VALUES ($1, "
                "'township', '', 'x', 0, 0, 1)",
                "account-" + std::to_string(i));
          }
        },
        [](const std::exception_ptr& reason) {
          if (reason) std::abort();
        });
    deposit(1);
  }

  const testing::TemporaryFolder memory_;
  const std::shared_ptr<Totals> totals_ = std::make_shared<Totals>();
  const domain::Service service_;
  const contract::Contract contract_;
  std::unique_ptr<Store> store_;
  const contract::Method* deposit_ = nullptr;
  std::mutex mutex_;
  std::condition_variable done_;
  int waiting_ = 0;
  int next_ = 0;
};

void commands(benchmark::State& state, bool durable, int at_once) {
  Ledger ledger(durable);
  for (auto unused : state) ledger.deposit(at_once);
  state.SetItemsProcessed(state.iterations() * at_once);
  ledger.report(state);
}

BENCHMARK_CAPTURE(commands, in_memory, false, kInFlight)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(commands, durable, true, kInFlight)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(commands, durable_64_at_once, true, 64)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(commands, durable_one_by_one, true, 1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wenming::store
