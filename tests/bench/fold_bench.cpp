// How fast the dashboard folds events into its figures: decoding, versions, sums up the tree, and the commit, as a
// rebuild does it, with one consumer and the store's writer. Items are events.

#include <benchmark/benchmark.h>

#include <deque>
#include <filesystem>
#include <random>
#include <string>

#include "core/settings.h"
#include "dashboard/recount.h"
#include "dashboard/service.h"
#include "events/consumer.h"
#include "events/schema.h"
#include "reference/reference.h"
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

  [[nodiscard]] const std::string& service() const override { return service_; }
  [[nodiscard]] int partitions() const override { return 1; }
  Page read(int, const events::Position& after, std::size_t limit) override {
    const auto begin = static_cast<std::size_t>(after.number);
    const auto end = std::min(begin + limit, records_.size());
    return {
        {records_.begin() + static_cast<std::ptrdiff_t>(begin), records_.begin() + static_cast<std::ptrdiff_t>(end)},
        {"epoch", static_cast<std::int64_t>(end)}};
  }
  [[nodiscard]] std::int64_t head(int) override { return static_cast<std::int64_t>(records_.size()); }
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

void FoldHours(benchmark::State& state) {
  core::Settings settings;
  const domain::Service dashboard = dashboard::service(settings);
  const domain::Service replica = reference::replica();
  const auto handlers = std::make_shared<events::Handlers>();
  handlers->add(replica).add(dashboard);
  const contract::Contract contract(dashboard.contract());
  const auto facts = hours(static_cast<int>(state.range(0)));
  const std::vector<std::shared_ptr<events::EventSource>> sources{tree(), facts};
  events::ConsumerOptions options;
  options.batch_events = static_cast<std::size_t>(state.range(1));

  for (auto _ : state) {
    state.PauseTiming();
    const auto folder = std::make_unique<testing::TemporaryFolder>();
    store::StoreOptions store_options;
    store_options.schemas.push_back({"events", {events::schema().begin(), events::schema().end()}});
    store_options.limits.read_time = std::chrono::minutes(10);  // for the recount
    const auto store =
        store::open_store(std::make_unique<store::SqliteEngine>((folder->path() / "dashboard").string(), true),
                          dashboard, contract, std::move(store_options));
    state.ResumeTiming();
    {
      events::Consumer consumer(*store, handlers, sources, options);
      consumer.start();
      while (!consumer.caught_up()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    state.PauseTiming();
    store->read([&](domain::ReadTx& tx) {
      if (!dashboard::recount(tx).empty()) state.SkipWithError("the figures are wrong");
    });
    store->stop();
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

}  // namespace
