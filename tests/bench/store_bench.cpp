// What a command costs on the writer's thread, and what a durable commit costs beside it. A deposit resolves its
// caller, looks for a first answer, finds the account's scope, walks the organisation tree, reads the account, inserts,
// updates, publishes an event and leaves a journal row: the path of every command.
//
// Those on PostgreSQL need BENCH_POSTGRES: the folder with the socket of a server that has a user `wenming` and
// a database `wenming_bench`, as `scripts/bench` starts one.

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <mutex>
#include <utility>
#include <vector>

#include "contract/contract.h"
#include "core/encoding.h"
#include "delaying_proxy.h"
#include "ledger.h"
#include "store/postgres/engine.h"
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
  void errand_ran(bool /*succeeded*/) override {}

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

/// A ledger on one engine, or on several that are the same database: as many processes share it.
class Ledger {
 public:
  using Engines = std::vector<std::unique_ptr<Engine>>;
  Ledger(Engines engines, std::string_view method, unsigned lanes)
      : service_(ledger::service()), contract_(service_.contract()) {
    for (auto& engine : engines) {
      StoreOptions options;
      options.observer = totals_;
      options.limits.lanes = lanes;
      stores_.push_back(open_store(std::move(engine), service_, contract_, std::move(options)));
    }
    for (const auto& candidate : contract_.methods()) {
      if (candidate->name() == method) method_ = candidate.get();
    }
    fill();
    totals_->reset();
  }
  ~Ledger() {
    for (const auto& store : stores_) store->stop();
  }

  /// Pays in `count` times, with so many calls under way, and waits for all answers.
  void deposit(int count, int at_once) {
    left_ = count;
    waiting_ = count;
    for (int i = 0; i < std::min(count, at_once); ++i) submit();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return waiting_ == 0; });
  }
  void report(benchmark::State& state) { totals_->report(state); }

 private:
  /// The next one, and after its answer the one after it.
  void submit() {
    if (left_.fetch_sub(1) <= 0) return;
    const int number = next_.fetch_add(1);
    Call call;
    call.method = method_;
    auto request = std::make_unique<ledger::v1::DepositRequest>();
    request->set_account_id("account-" + std::to_string(number % kAccounts));
    request->set_amount(1);
    call.request = std::move(request);
    call.principal = {"wang", "session", {}};
    call.idempotency_key = core::base64url(std::to_string(number) + "-key");
    call.route = "POST /v1/accounts/x:deposit";
    Store& store = *stores_[static_cast<std::size_t>(number) % stores_.size()];
    store.submit(std::move(call), [this](const Outcome& outcome) {
      if (!outcome.answer) std::abort();
      submit();
      const std::lock_guard lock(mutex_);
      if (--waiting_ == 0) done_.notify_one();
    });
  }

  void fill() {
    std::promise<void> filled;
    stores_.front()->work(
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
        [&filled](const std::exception_ptr& reason) {
          if (reason) std::abort();
          filled.set_value();
        });
    filled.get_future().wait();
    deposit(1, 1);
  }

  const std::shared_ptr<Totals> totals_ = std::make_shared<Totals>();
  const domain::Service service_;
  const contract::Contract contract_;
  std::vector<std::unique_ptr<Store>> stores_;
  const contract::Method* method_ = nullptr;
  std::mutex mutex_;
  std::condition_variable done_;
  int waiting_ = 0;
  std::atomic<int> left_ = 0, next_ = 0;
};

void commands(benchmark::State& state, Ledger& ledger, int at_once) {
  for (auto unused : state) ledger.deposit(16 * at_once, at_once);
  state.SetItemsProcessed(state.iterations() * 16 * at_once);
  ledger.report(state);
}

void on_sqlite(benchmark::State& state, bool durable, int at_once) {
  const testing::TemporaryFolder memory;
  // A durable commit is measured on a disk, not in memory.
  const std::filesystem::path folder = durable ? std::filesystem::current_path() / "store_bench.data" : memory.path();
  std::filesystem::remove_all(folder);
  {
    Ledger::Engines engines;
    engines.push_back(std::make_unique<SqliteEngine>((folder / "ledger.sqlite").string(), durable));
    Ledger ledger(std::move(engines), "Deposit", 0);
    commands(state, ledger, at_once);
  }
  std::filesystem::remove_all(folder);
}

BENCHMARK_CAPTURE(on_sqlite, in_memory, false, kInFlight)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(on_sqlite, durable, true, kInFlight)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(on_sqlite, durable_64_at_once, true, 64)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(on_sqlite, durable_one_by_one, true, 1)->UseRealTime()->Unit(benchmark::kMillisecond);

/// Arguments: how long a byte takes to the database and back, in microseconds; lanes (0: none); processes.
void on_postgres(benchmark::State& state) {
  const char* const folder = std::getenv("BENCH_POSTGRES");
  if (folder == nullptr) return state.SkipWithError("BENCH_POSTGRES names no server");
  const std::string user = "user=wenming dbname=wenming_bench ";
  const char* const its_port = std::getenv("PGPORT");
  const bench::DelayingProxy network(std::string(folder) + "/.s.PGSQL." + (its_port != nullptr ? its_port : "5432"),
                                     std::chrono::microseconds(state.range(0) / 2));
  const std::string far = user + "host=127.0.0.1 port=" + std::to_string(network.port());
  const std::string near = user + "host=" + folder;
  PostgresEngine(near, "public").open_writer()->migrate("DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench");
  Ledger::Engines engines;
  for (int i = 0; i < state.range(2); ++i)
    engines.push_back(std::make_unique<PostgresEngine>(state.range(0) == 0 ? near : far, "bench"));
  Ledger ledger(std::move(engines), "Collect", static_cast<unsigned>(state.range(1)));
  commands(state, ledger, 64);
}

BENCHMARK(on_postgres)
    ->ArgNames({"round_trip_us", "lanes", "processes"})
    ->ArgsProduct({{0, 250, 1000}, {0, 2, 4, 8}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wenming::store
