#include "store/service_store.h"

#include <any>
#include <future>
#include <utility>

#include "core/encoding.h"
#include "core/log.h"
#include "domain/person_keys.h"
#include "domain/visibility.h"
#include "store/copy.h"
#include "store/edges.h"
#include "store/errands.h"
#include "store/migrations.h"
#include "store/reader_pool.h"
#include "store/recent_keys.h"
#include "store/schemas.h"
#include "store/tasks.h"
#include "store/workers.h"
#include "store/writer.h"

namespace wenming::store {
namespace {

std::unique_ptr<Connection> open_migrated(Engine& engine, const domain::Service& service, const StoreOptions& options) {
  std::unique_ptr<Connection> connection = engine.open_writer();
  refuse_unfinished_copy(*connection);
  migrate(*connection, engine.foreign_ending(), schemas_of(service, options.schemas), options.clock->now());
  return connection;
}

Surroundings::Calendar default_calendar(core::UtcOffset offset) {
  return std::make_shared<const core::WorkingCalendar>(
      offset, core::WorkingCalendar::parse_hours("09:00-12:00,13:30-17:30"), core::WorkingCalendar::statutory_days());
}

/// Throws std::runtime_error where the key file is not the one with which this database was filled. Better now than at
/// the first name that cannot be read, or at the first phone that is not found again.
void require_keys(domain::Tx& tx) {
  const domain::KeyRing& ring = *tx.keys().ring();
  for (const std::string& id : domain::keys_in_use(tx)) {
    if (!ring.holds(id))
      throw std::runtime_error("the key file lacks the key " + id +
                               ", without which names and phones here cannot be read: put back the file that belongs "
                               "to this installation");
  }
  const std::string proof = core::hex(ring.lookup(kLookupKey, {}));
  tx.run("INSERT INTO store_facts (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", kLookupKey, proof);
  if (tx.value<std::string>("SELECT value FROM store_facts WHERE name = $1", kLookupKey) != proof)
    throw std::runtime_error(
        "the look-up key in the key file is another one than that with which this database was filled: put back the "
        "file that belongs to this installation");
}

class ServiceStore final : public Store {
 public:
  ServiceStore(std::unique_ptr<Engine> engine, const domain::Service& service, const contract::Contract& contract,
               StoreOptions options);
  ~ServiceStore() override { stop(); }

  bool submit(Call call, Done done) override;
  bool submit_edge(EdgeCall call, EdgeDone done) override { return edges_.submit(std::move(call), std::move(done)); }
  bool run_beside(std::function<void()> job) override { return edges_.run(std::move(job)); }
  bool work(WorkName name, std::function<void(domain::Tx&)> body,
            std::function<void(std::exception_ptr)> done) override;
  void read(const std::function<void(domain::ReadTx&)>& body) override { pool_.read(body); }
  [[nodiscard]] std::uint64_t version() const override { return watermark_.version(); }
  [[nodiscard]] std::int64_t journal_head() const override { return watermark_.journal_head(); }
  [[nodiscard]] const Epochs& epochs() const override { return epochs_; }
  void reload_calendar() override;
  void run_due_timers() override { writer_.run_due_timers(); }
  void run_due_errands() override { errands_.run_due(); }
  std::unique_ptr<Leadership> try_to_lead() override { return engine_->try_to_lead(); }
  void on_commit(std::function<void()> listener) override { watermark_.on_advance(std::move(listener)); }
  void stop() override;

 private:
  bool submit_query(const Route& route, Call call, Done done);
  bool submit_command(const Route& route, Call call, Done done);
  bool submit_prepared(const Route& route, Call call, Done done);
  void prepare(const Route& route, Call call, CallIdentity identity, Done done);
  void start_first(const domain::Service& service);
  void run_now(const char* name, WorkTask::Body body);
  [[nodiscard]] Writer::Parts parts(Writer::Turn turn, const domain::Service& service);
  [[nodiscard]] Writer& writer_of(const Task& task);
  void look();

  // In the order in which they lean on each other.
  const StoreOptions options_;
  const std::unique_ptr<Engine> engine_;
  const Methods methods_;
  std::unique_ptr<Connection> connection_;  // until the writer has it
  const Epochs epochs_;
  Surroundings surroundings_;
  RecentKeys recent_keys_;
  Watermark watermark_;
  ReaderPool pool_;
  Writer writer_;
  std::vector<std::unique_ptr<Writer>> lanes_;
  Workers readers_;
  Workers preparers_;
  Errands errands_;
  Edges edges_;
  std::int64_t calendar_seen_ = 0;  // of the thread that watches: which change of the calendar was read
  std::unique_ptr<Watch> watch_;
};

// Beside the store's own threads, those of consumers, streams and the runtime read.
constexpr std::size_t kOtherReaders = 7;

ServiceStore::ServiceStore(std::unique_ptr<Engine> engine, const domain::Service& service,
                           const contract::Contract& contract, StoreOptions options)
    : options_(std::move(options)),
      engine_(std::move(engine)),
      methods_(service, contract, *options_.random, options_.keys.get()),
      connection_(open_migrated(*engine_, service, options_)),
      epochs_(open_epochs(*connection_, *options_.random, options_.clock->now())),
      surroundings_(options_.clock, options_.offset, default_calendar(options_.offset), options_.keys),
      pool_(*engine_, surroundings_, options_.limits.read_time,
            options_.limits.reader_threads + options_.limits.prepare_threads + options_.limits.errand_threads +
                options_.limits.edge_threads + kOtherReaders),
      writer_(parts(Writer::Turn::Alone, service), std::move(connection_)),
      readers_(options_.limits.reader_threads, options_.limits.reader_queue),
      preparers_(options_.limits.prepare_threads, options_.limits.prepare_queue),
      errands_({service, writer_, pool_, surroundings_, options_.outside, options_.limits, options_.observer.get()}),
      edges_({*this, methods_, contract, pool_, surroundings_, options_.outside}, service, options_.limits) {
  reload_calendar();
  if (service.has_personal_data()) run_now("check keys", &require_keys);
  start_first(service);
  for (const auto& step : service.upgrades()) {
    std::int64_t changed = 0;
    do run_now("upgrade", [&](domain::Tx& tx) { changed = step(tx); });
    while (changed > 0);
  }
  if (engine_->takes_lanes() && methods_.have_locks()) {
    for (unsigned i = 0; i < options_.limits.lanes; ++i)
      lanes_.push_back(std::make_unique<Writer>(parts(Writer::Turn::Beside, service), engine_->open_writer()));
  }
  if (!engine_->shared()) run_now("release errands", [this](domain::Tx& tx) { errands_.release_all(tx); });
  writer_.start();
  for (const auto& lane : lanes_) lane->start();
  errands_.start();
  watch_ = engine_->watch([this] { look(); });
}

Writer::Parts ServiceStore::parts(Writer::Turn turn, const domain::Service& service) {
  return {turn,
          *engine_,
          epochs_.first(),
          surroundings_,
          *options_.random,
          recent_keys_,
          watermark_,
          Timers(service, options_.observer.get()),
          options_.limits,
          options_.observer.get(),
          [this] { errands_.sent(); }};
}

/// One aggregate has one lane in a process: its commands need not wait for a lock, and stay in the order of their
/// coming.
Writer& ServiceStore::writer_of(const Task& task) {
  const std::optional<std::int32_t> aggregate = task.aggregate();
  if (!aggregate || lanes_.empty()) return writer_;
  return *lanes_[static_cast<std::uint32_t>(*aggregate) % lanes_.size()];
}

/// What other processes have committed shows in the database.
void ServiceStore::look() {
  try {
    std::int64_t calendar = 0;
    pool_.read([&](domain::ReadTx& tx) {
      for (const domain::Row& row :
           tx.query("SELECT (SELECT COALESCE(MAX(sequence), 0) FROM journal), (SELECT number FROM store_version), "
                    "COALESCE((SELECT position FROM changed WHERE key = $1), 0)",
                    kCalendar)) {
        watermark_.noticed(row.integer(0), static_cast<std::uint64_t>(row.integer(1)));
        calendar = row.integer(2);
      }
    });
    if (calendar == calendar_seen_) return;
    reload_calendar();
    calendar_seen_ = calendar;
  } catch (const std::exception& fault) {
    core::log::debug("the database could not be looked at", {{"error", fault.what()}});
  }
}

/// Before the writer has begun; throws what it throws.
void ServiceStore::run_now(const char* name, WorkTask::Body body) {
  std::exception_ptr failure;
  writer_.run_alone(std::make_unique<WorkTask>(name, std::move(body),
                                               [&failure](std::exception_ptr reason) { failure = std::move(reason); }));
  if (failure) std::rethrow_exception(failure);
}

void ServiceStore::start_first(const domain::Service& service) {
  run_now("first start", [&service](domain::Tx& tx) {
    const bool first =
        tx.run("INSERT INTO store_facts (name, value) VALUES ('started', '') ON CONFLICT DO NOTHING") == 1;
    if (first && service.first_start()) service.first_start()(tx);
  });
}

void ServiceStore::reload_calendar() {
  if (!options_.calendar) return;
  pool_.read([this](domain::ReadTx& tx) { surroundings_.set_calendar(options_.calendar(tx)); });
}

bool ServiceStore::submit(Call call, Done done) {
  const Route& route = methods_.route_of(*call.method);
  switch (call.method->kind) {
    case contract::v1::KIND_COMMAND:
      return submit_command(route, std::move(call), std::move(done));
    case contract::v1::KIND_PREPARED:
    case contract::v1::KIND_JOB:
      return submit_prepared(route, std::move(call), std::move(done));
    default:
      return submit_query(route, std::move(call), std::move(done));
  }
}

bool ServiceStore::submit_command(const Route& route, Call call, Done done) {
  CallIdentity identity = methods_.identity_of(route, call);
  auto task = std::make_unique<CallTask>(route, recent_keys_, std::move(call), std::move(identity), std::any(),
                                         std::move(done));
  Writer& writer = writer_of(*task);
  return writer.submit(std::move(task));
}

bool ServiceStore::submit_query(const Route& route, Call call, Done done) {
  const auto shared = std::make_shared<const Call>(std::move(call));
  return readers_.submit([this, &route, shared, done = std::move(done)] {
    if (shared->answered_elsewhere && shared->answered_elsewhere()) return;
    Outcome outcome;
    try {
      pool_.read([&](domain::ReadTx& tx) { outcome = run_query(tx, route, *shared); });
    } catch (const std::exception&) {
      outcome = outcome_of(std::current_exception(), *route.method);
    }
    done(std::move(outcome));
  });
}

bool ServiceStore::submit_prepared(const Route& route, Call call, Done done) {
  // In a shared box, because the queue's jobs are copyable and a call is not.
  struct Box {
    Call call;
    CallIdentity identity;
  };
  CallIdentity identity = methods_.identity_of(route, call);
  const auto box = std::make_shared<Box>(Box{std::move(call), std::move(identity)});
  return preparers_.submit([this, &route, box, done = std::move(done)] {
    prepare(route, std::move(box->call), std::move(box->identity), done);
  });
}

void ServiceStore::prepare(const Route& route, Call call, CallIdentity identity, Done done) {
  std::any prepared;
  std::optional<Outcome> early;
  try {
    domain::Caller caller;
    pool_.read([&](domain::ReadTx& tx) {
      caller = domain::resolve(tx, call.principal);
      early = replay_committed(tx, recent_keys_, route, identity);
      if (!early) admit(tx, route, call, caller);
    });
    if (!early) {
      SlowReader reader(pool_, surroundings_, options_.outside.get());
      prepared = route.binding->prepare(reader, caller, *call.request);
    }
  } catch (const std::exception&) {
    early = outcome_of(std::current_exception(), *route.method);
  }
  if (early) return done(std::move(*early));
  auto task = std::make_unique<CallTask>(route, recent_keys_, std::move(call), std::move(identity), std::move(prepared),
                                         std::move(done));
  Writer& writer = writer_of(*task);
  writer.submit_admitted(std::move(task));
}

bool ServiceStore::work(WorkName name, std::function<void(domain::Tx&)> body,
                        std::function<void(std::exception_ptr)> done) {
  return writer_.submit(std::make_unique<WorkTask>(std::move(name), std::move(body), std::move(done)));
}

void ServiceStore::stop() {
  watch_.reset();
  // Those who hand work on stop before those who take it.
  edges_.stop();
  errands_.stop();
  preparers_.stop();
  readers_.stop();
  for (const auto& lane : lanes_) lane->stop();
  writer_.stop();
  pool_.close();
}

}  // namespace

std::vector<MigrationSet> schemas_of(const domain::Service& service, std::vector<MigrationSet> others) {
  std::vector<MigrationSet> sets;
  sets.push_back({"store", {schema().begin(), schema().end()}});
  sets.push_back({"reference", {reference_schema().begin(), reference_schema().end()}});
  for (MigrationSet& set : others) sets.push_back(std::move(set));
  if (!service.schema().empty()) sets.push_back({service.name(), service.schema()});
  return sets;
}

std::unique_ptr<Store> open_store(std::unique_ptr<Engine> engine, const domain::Service& service,
                                  const contract::Contract& contract, StoreOptions options) {
  service.check(contract);
  if (service.has_personal_data() && options.keys == nullptr)
    throw std::logic_error(service.name() + " keeps personal data, and there is no key file");
  return std::make_unique<ServiceStore>(std::move(engine), service, contract, std::move(options));
}

}  // namespace wenming::store
