// How fast the dashboard folds events into its figures: decoding, versions, sums up the tree, and the commit, as a
// rebuild does it, with one consumer and the store's writer. Items are events.
//
// The one from Kafka into PostgreSQL needs BENCH_KAFKA, the address of a broker, and BENCH_POSTGRES,
// the folder with the socket of a server that has a user `wenming` and a database `wenming_bench`; `scripts/bench` has
// both.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <random>
#include <string>

#include "core/settings.h"
#include "dashboard/recount.h"
#include "dashboard/service.h"
#include "events/consumer.h"
#include "events/kafka/client.h"
#include "events/kafka/cloud_event.h"
#include "events/kafka/subscription.h"
#include "events/schema.h"
#include "reference/reference.h"
#include "store/postgres/engine.h"
#include "store/service_store.h"
#include "store/sqlite/engine.h"
#include "testing/temporary_folder.h"
#include "wenming/hotline/v1/events.pb.h"
#include "wenming/identity/v1/events.pb.h"
#include "wenming/volunteer/v1/events.pb.h"

namespace {

using namespace wenming;

constexpr int kTowns = 27, kUnits = 40;

/// A log in memory, so that the benchmark measures the consumer's side alone.
class MemoryLog final : public events::EventSource {
 public:
  explicit MemoryLog(std::string service) : service_(std::move(service)) {}

  void add(const google::protobuf::Message& event, std::string key) {
    events::Record& record = records_.emplace_back();
    record.position = record.sequence = static_cast<std::int64_t>(records_.size());
    record.source = service_;
    record.epoch = "epoch";
    record.type = event.GetTypeName();
    record.key = std::move(key);
    record.payload = event.SerializeAsString();
  }
  [[nodiscard]] std::size_t size() const { return records_.size(); }
  [[nodiscard]] const std::deque<events::Record>& records() const { return records_; }

  [[nodiscard]] const std::string& service() const override { return service_; }
  [[nodiscard]] int partitions() const override { return 1; }
  Page read(int, const events::Position& after, std::size_t limit) override {
    const auto begin = static_cast<std::size_t>(after.number);
    const auto end = std::min(begin + limit, records_.size());
    return {
        {records_.begin() + static_cast<std::ptrdiff_t>(begin), records_.begin() + static_cast<std::ptrdiff_t>(end)},
        {"epoch", static_cast<std::int64_t>(end)}};
  }
  [[nodiscard]] std::optional<std::int64_t> head(int, Clock::time_point) override {
    return static_cast<std::int64_t>(records_.size());
  }
  void watch(std::weak_ptr<events::Bell>) override {}

 private:
  const std::string service_;
  std::deque<events::Record> records_;
};

/// Ids in the shape and order in which databases give them out.
std::string id_of(int number) {
  std::string id = "01930000-0000-7000-8000-000000000000";
  const std::string digits = std::to_string(number);
  return id.replace(id.size() - digits.size(), digits.size(), digits);
}

std::shared_ptr<MemoryLog> tree() {
  auto log = std::make_shared<MemoryLog>("identity");
  for (int number = 0; number <= kTowns + kUnits; ++number) {
    identity::v1::OrganisationChanged event;
    event.set_organisation_id(id_of(number));
    event.set_version(1);
    auto& stretch = *event.add_stretches();
    stretch.set_valid_from("0001-01-01");
    stretch.set_valid_to("9999-12-31");
    if (number > 0) stretch.set_parent_id(id_of(number <= kTowns ? 0 : 1 + number % kTowns));
    log->add(event, event.organisation_id());
  }
  return log;
}

/// Half a year of hour entries in the order in which they happened, each submitted and approved.
std::shared_ptr<MemoryLog> hours(int entries) {
  auto log = std::make_shared<MemoryLog>("volunteer");
  std::mt19937 random(1);
  for (int number = 0; number < entries; ++number) {
    volunteer::v1::HoursChanged event;
    event.set_hours_id(id_of(1000 + number));
    event.set_volunteer_id(id_of(static_cast<int>(random() % 2000)));
    event.set_unit_id(id_of(1 + kTowns + static_cast<int>(random() % kUnits)));
    auto& served = *event.add_days();
    served.set_day(
        core::to_text(core::Date(2026, 1, 1) + std::chrono::days(static_cast<std::int64_t>(number) * 180 / entries)));
    served.set_minutes(90);
    for (const auto status : {volunteer::v1::HOURS_STATUS_PENDING, volunteer::v1::HOURS_STATUS_APPROVED}) {
      event.set_status(status);
      event.set_version(status);
      log->add(event, event.hours_id());
    }
  }
  return log;
}

using Sources = std::vector<std::shared_ptr<events::EventSource>>;

/// The dashboard in a fresh database.
class Dashboard {
 public:
  explicit Dashboard(std::unique_ptr<store::Engine> engine) {
    handlers_->add(replica_).add(dashboard_);
    store::StoreOptions options;
    options.schemas.push_back({"events", {events::schema().begin(), events::schema().end()}});
    options.limits.read_time = std::chrono::minutes(10);  // for the recount
    store_ = store::open_store(std::move(engine), dashboard_, contract_, std::move(options));
  }
  ~Dashboard() { store_->stop(); }

  void fold(const Sources& sources, std::size_t batch) {
    events::ConsumerOptions options;
    options.batch_events = batch;
    events::Consumer consumer(*store_, handlers_, sources, options);
    consumer.start();
    while (!consumer.caught_up()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  /// Whether the figures are those of the facts, of which there are so many.
  [[nodiscard]] bool is_right(std::int64_t facts) {
    bool right = false;
    store_->read([&](domain::ReadTx& tx) {
      right = dashboard::recount(tx).empty() && tx.value<std::int64_t>("SELECT COUNT(*) FROM facts") == facts;
    });
    return right;
  }

 private:
  core::Settings settings_;
  const domain::Service dashboard_ = dashboard::service(settings_), replica_ = reference::replica();
  const std::shared_ptr<events::Handlers> handlers_ = std::make_shared<events::Handlers>();
  const contract::Contract contract_{dashboard_.contract()};
  std::unique_ptr<store::Store> store_;
};

void FoldHours(benchmark::State& state) {
  const auto facts = hours(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    const testing::TemporaryFolder folder;
    {
      Dashboard dashboard(std::make_unique<store::SqliteEngine>((folder.path() / "dashboard").string(), true));
      state.ResumeTiming();
      dashboard.fold({tree(), facts}, static_cast<std::size_t>(state.range(1)));
      state.PauseTiming();
      if (!dashboard.is_right(state.range(0))) return state.SkipWithError("the figures are wrong");
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(facts->size()));
}
BENCHMARK(FoldHours)
    ->ArgNames({"entries", "batch"})
    ->Args({100'000, 1024})
    ->Args({100'000, 4096})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

/// As a relay would, without a database behind it.
void send(const events::KafkaOptions& options, const MemoryLog& log) {
  namespace kafka = events::kafka;
  const std::string topic = events::topic_of(options, log.service());
  kafka::ensure_topics(options, {topic});
  kafka::Conf conf = kafka::make_conf(options);
  kafka::set(*conf, "partitioner", "murmur2_random");
  kafka::set(*conf, "linger.ms", "5");
  const kafka::Client producer = kafka::make_client(RD_KAFKA_PRODUCER, std::move(conf));
  for (const events::Record& record : log.records()) {
    while (true) {
      rd_kafka_headers_t* const headers = kafka::make_headers(record);
      const auto error = rd_kafka_producev(
          producer.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
          RD_KAFKA_V_VALUE(const_cast<char*>(record.payload.data()), record.payload.size()),
          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;
      rd_kafka_headers_destroy(headers);
      rd_kafka_poll(producer.get(), 10);
    }
  }
  rd_kafka_flush(producer.get(), 60'000);
}

void FoldHoursFromKafkaIntoPostgres(benchmark::State& state) {
  const char* const broker = std::getenv("BENCH_KAFKA");
  const char* const postgres = std::getenv("BENCH_POSTGRES");
  if (broker == nullptr || postgres == nullptr) return state.SkipWithError("no broker, no server");
  events::KafkaOptions options;
  options.brokers = broker;
  options.prefix = "bench-" + std::to_string(std::random_device{}());
  const auto facts = hours(static_cast<int>(state.range(0)));
  send(options, *tree());
  send(options, *facts);
  const std::string url = std::string("user=wenming dbname=wenming_bench host=") + postgres;

  for (auto _ : state) {
    state.PauseTiming();
    store::PostgresEngine(url).open_writer()->migrate("DROP SCHEMA IF EXISTS fold CASCADE; CREATE SCHEMA fold");
    {
      Dashboard dashboard(std::make_unique<store::PostgresEngine>(url, "fold"));
      state.ResumeTiming();
      const events::KafkaSubscription subscription(options, {"identity", "volunteer"}, {});
      dashboard.fold(subscription.sources(), static_cast<std::size_t>(state.range(1)));
      state.PauseTiming();
      if (!dashboard.is_right(state.range(0))) return state.SkipWithError("the figures are wrong");
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(facts->size()));
}
BENCHMARK(FoldHoursFromKafkaIntoPostgres)
    ->ArgNames({"entries", "batch"})
    ->Args({500'000, 4096})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
