#include "ledger_fixture.h"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <thread>

#include "store/audit.h"
#include "store/service_store.h"

namespace wenming::store {

Gate::Gate(Store& store) {
  const auto state = state_;
  store.work(
      "",
      [state](domain::Tx&) {
        std::unique_lock lock(state->mutex);
        state->entered = true;
        state->changed.notify_all();
        state->changed.wait(lock, [&] { return state->opened; });
      },
      [](const std::exception_ptr&) {});
  std::unique_lock lock(state->mutex);
  state->changed.wait(lock, [&] { return state->entered; });
}

void Gate::open() {
  const std::lock_guard lock(state_->mutex);
  state_->opened = true;
  state_->changed.notify_all();
}

LedgerFixture::LedgerFixture() {
  limits_.batch_time = std::chrono::seconds(10);  // so that a gate does not end the batch
  open();
  work([](domain::Tx& tx) {
    for (const std::string_view unit : {"county", "township", "bureau"}) {
      tx.run(
          "INSERT INTO organisation_ancestors (unit_id, ancestor_id, valid_from, valid_to, depth) "
          "VALUES ($1, $1, '2000-01-01', '9999-12-31', 0)",
          unit);
    }
    tx.run(
        "INSERT INTO organisation_ancestors (unit_id, ancestor_id, valid_from, valid_to, depth) "
        "VALUES ('township', 'county', '2000-01-01', '9999-12-31', 1)");
    tx.run(
        "INSERT INTO grants (id, user_id, role, unit_id, starts_at, version) VALUES ('1', 'wang', 'OFFICE', 'county', "
        "0, 1)");
  });
}

LedgerFixture::~LedgerFixture() {
  close();
}

void LedgerFixture::open() {
  StoreOptions options;
  options.clock = clock_;
  options.limits = limits_;
  options.observer = observer_;
  options.outside = outside_;
  store_ = open_store(std::make_unique<FaultyEngine>(GetParam().open(folder_), faults_), service_, contract_,
                      std::move(options));
}

void LedgerFixture::close() {
  if (store_) store_->stop();
  store_.reset();
}

void LedgerFixture::restart() {
  close();
  open();
}

const contract::Method& LedgerFixture::method(std::string_view rpc) const {
  const auto& methods = contract_.methods();
  return **std::find_if(methods.begin(), methods.end(), [&](const auto& m) { return m->name() == rpc; });
}

Call LedgerFixture::make_call(std::string_view rpc, const google::protobuf::Message& request,
                              const domain::Principal& caller, std::string idempotency_key) const {
  Call call;
  call.method = &method(rpc);
  call.request.reset(request.New());
  call.request->CopyFrom(request);
  call.principal = caller;
  call.idempotency_key = std::move(idempotency_key);
  call.route = call.method->path;
  call.origin = "192.0.2.1";
  return call;
}

std::future<Outcome> LedgerFixture::submit_to(Store& store, Call call) {
  const auto answered = std::make_shared<std::promise<Outcome>>();
  auto future = answered->get_future();
  if (!store.submit(std::move(call), [answered](Outcome o) { answered->set_value(std::move(o)); })) {
    throw std::runtime_error("the queue is full");
  }
  return future;
}

ledger::v1::Account LedgerFixture::account(std::future<Outcome> future) {
  const Outcome outcome = wait(std::move(future));
  if (outcome.refusal) throw *outcome.refusal;
  if (!outcome.answer) throw std::runtime_error("fault");
  return static_cast<const ledger::v1::Account&>(*outcome.answer);
}

ledger::v1::Account LedgerFixture::open_account(std::string_view holder, std::string_view unit) {
  ledger::v1::OpenAccountRequest request;
  request.set_unit_id(std::string(unit));
  request.set_holder(std::string(holder));
  return account(make_call("OpenAccount", request));
}

Call LedgerFixture::deposit(std::string_view into, std::int64_t amount, std::string idempotency_key) const {
  ledger::v1::DepositRequest request;
  request.set_account_id(std::string(into));
  request.set_amount(amount);
  return make_call("Deposit", request, as("wang"), std::move(idempotency_key));
}

Call LedgerFixture::collect(std::string_view into, std::int64_t amount, std::string idempotency_key) const {
  Call call = deposit(into, amount, std::move(idempotency_key));
  call.method = &method("Collect");
  call.route = "POST /v1/accounts/" + std::string(into) + ":collect";
  return call;
}

LedgerFixture::Answered LedgerFixture::hammer(const std::vector<Store*>& stores,
                                              const std::vector<std::string>& accounts, int calls, unsigned seed) {
  constexpr int kThreads = 6;
  std::mutex mutex;
  Answered answered;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(seed + 1 + static_cast<unsigned>(t));
      for (int i = 0; i < calls; ++i) {
        const std::string key = std::to_string(t) + "-" + std::to_string(i);
        const std::string& into = accounts[random() % accounts.size()];
        const bool in_lane = random() % 3 != 0;
        const std::int64_t amount =
            random() % 50 == 0 ? ledger::kLimit + 1 : 5 + static_cast<std::int64_t>(random() % 100);
        const auto until_answered = [&] {
          Outcome done;
          do {
            Store& store = *stores[random() % stores.size()];
            done = wait(submit_to(store, in_lane ? collect(into, amount, key) : deposit(into, amount, key)));
          } while (done.fault);
          return done;
        };
        const Outcome done = until_answered();
        if (done.refusal) continue;
        if (random() % 5 == 0) {
          const Outcome again = until_answered();
          EXPECT_TRUE(again.replayed);
          EXPECT_EQ(again.sequence, done.sequence);
        }
        const std::lock_guard lock(mutex);
        answered[key] = amount;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return answered;
}

void LedgerFixture::expect_the_ledger_to_hold(const Answered& answered) {
  std::int64_t expected = 0;
  for (const auto& [key, amount] : answered) expected += amount;
  const auto rows = static_cast<std::int64_t>(answered.size());
  EXPECT_EQ(paid_in(), expected);
  EXPECT_EQ(count("SELECT COUNT(*) FROM deposits"), rows);
  // Reads a balance and writes it back: an interleaving would lose some.
  EXPECT_EQ(count("SELECT SUM(balance) FROM accounts"), expected);
  EXPECT_EQ(count("SELECT COUNT(*) FROM journal WHERE method LIKE '%Deposit' OR method LIKE '%Collect'"), rows);
  const auto engine = GetParam().open(folder_);
  const AuditReport report = verify(*engine->open_reader());
  EXPECT_FALSE(report.broken);
  EXPECT_EQ(report.rows, count("SELECT MAX(sequence) FROM journal"));
}

ledger::v1::Account LedgerFixture::get(std::string_view id) {
  ledger::v1::GetAccountRequest request;
  request.set_account_id(std::string(id));
  return account(make_call("GetAccount", request));
}

std::future<void> LedgerFixture::submit_work(std::function<void(domain::Tx&)> body, std::string subject) {
  const auto done = std::make_shared<std::promise<void>>();
  auto future = done->get_future();
  const bool taken = store_->work(std::move(subject), std::move(body), [done](const std::exception_ptr& reason) {
    if (reason) {
      done->set_exception(reason);
    } else {
      done->set_value();
    }
  });
  if (!taken) throw std::runtime_error("the queue is full");
  return future;
}

std::int64_t LedgerFixture::count(std::string_view sql) {
  std::int64_t found = 0;
  store_->read([&](domain::ReadTx& tx) { found = tx.value<std::int64_t>(sql).value_or(0); });
  return found;
}

std::string code_of(const Outcome& outcome) {
  if (outcome.refusal) return outcome.refusal->code();
  return outcome.fault ? "fault" : "answered";
}

}  // namespace wenming::store
