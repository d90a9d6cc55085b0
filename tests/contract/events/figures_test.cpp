// The whole way from journals to figures: whatever a log may do on the way, a read model ends up the same.

#include "events/rebuild.h"

#include <gtest/gtest.h>

#include <random>

#include "core/settings.h"
#include "dashboard/figures_fixture.h"
#include "events/delivery.h"
#include "events/embedded/journal_source.h"
#include "events/schema.h"
#include "events/seeded_shuffle.h"
#include "store/service_store.h"
#include "testing/database.h"

namespace wenming::dashboard {
namespace {

using events::EventSource;

/// Databases of all services in one folder, as one process has them.
class JournalsToFiguresTest : public ::testing::Test {
 protected:
  std::shared_ptr<store::Store> open(const domain::Service& service, const contract::Contract& contract,
                                     const std::string& file) {
    store::StoreOptions options;
    options.schemas.push_back({"events", {events::schema().begin(), events::schema().end()}});
    return store::open_store(testing::open_database(folder_, file), service, contract, std::move(options));
  }

  /// Some hundred facts of four services, and a tree that is told late and changes.
  void make_facts(std::mt19937& random) {
    const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
    for (int i = 0; i < 400; ++i) {
      const std::string day = core::to_text(core::Date(2026, 1, 1) + std::chrono::days(pick(180)));
      const std::string unit = "unit" + std::to_string(pick(10));
      const std::string id = std::to_string(pick(80));
      const std::int64_t version = i + 1;
      switch (pick(5)) {
        case 0:
          publish("volunteer", hours_event(id, version, unit, day, 1 + pick(300),
                                           static_cast<volunteer::v1::HoursStatus>(1 + pick(4))));
          break;
        case 1:
          publish("hotline", case_event(id, version, unit, day, static_cast<hotline::v1::CaseState>(1 + pick(9))));
          break;
        case 2: {
          inspection::v1::InspectionSubmitted event;
          event.set_inspection_id(std::to_string(i));
          event.set_version(1);
          event.set_unit_id(unit);
          event.set_inspected_day(day);
          event.set_high_findings(pick(3));
          publish("inspection", event);
          break;
        }
        case 3: {
          publicity::v1::BriefChanged event;
          event.set_brief_id(id);
          event.set_version(version);
          event.set_unit_id(unit);
          event.set_submitted_on(day);
          event.set_points(pick(5));
          publish("publicity", event);
          break;
        }
        default: {
          const int number = pick(10);
          const auto parent = [&] { return number == 0 ? std::string() : "unit" + std::to_string(pick(number)); };
          publish("identity", organisation_event("unit" + std::to_string(number), version,
                                                 {{kAlways, day, parent()}, {day, kForEver, parent()}}));
        }
      }
    }
  }

  void publish(const std::string& service, const google::protobuf::Message& event) {
    events::commit(*publishers_.at(service), "test", [&](domain::Tx& tx) { tx.publish(event); });
  }

  std::vector<std::shared_ptr<EventSource>> sources(int partitions = 1) {
    std::vector<std::shared_ptr<EventSource>> sources;
    for (const auto& [name, store] : publishers_)
      sources.push_back(std::make_shared<events::JournalSource>(name, *store, partitions));
    return sources;
  }

  static std::vector<std::string> dump(store::Store& store) {
    std::vector<std::string> rows;
    store.read([&](domain::ReadTx& tx) {
      rows.clear();
      for (const char* sql :
           {"SELECT unit_id || ' ' || day || ' ' || metric, amount FROM day_counters WHERE amount <> 0 ORDER BY 1",
            "SELECT unit_id || ' ' || month || ' ' || metric, amount FROM month_counters WHERE amount <> 0 ORDER BY "
            "1"}) {
        for (const domain::Row& row : tx.query(sql))
          rows.push_back(std::string(row.text(0)) + " " + std::to_string(row.integer(1)));
      }
    });
    return rows;
  }

  JournalsToFiguresTest() {
    handlers_->add(replica_).add(dashboard_);
    for (const char* name : {"identity", "volunteer", "hotline", "inspection", "publicity"}) {
      services_.push_back(std::make_unique<domain::Service>(
          name, std::vector<const google::protobuf::ServiceDescriptor*>{}, std::span<const core::EmbeddedFile>{}));
      publishers_.emplace(name, open(*services_.back(), empty_, name));
    }
  }
  ~JournalsToFiguresTest() override {
    for (const auto& [name, store] : publishers_) store->stop();
  }

  testing::TemporaryFolder folder_;
  core::Settings settings_;
  const domain::Service dashboard_ = service(settings_);
  const domain::Service replica_ = reference::replica();
  const std::shared_ptr<events::Handlers> handlers_ = std::make_shared<events::Handlers>();
  const contract::Contract contract_{dashboard_.contract()};
  const contract::Contract empty_{{}};
  std::vector<std::unique_ptr<domain::Service>> services_;
  std::map<std::string, std::shared_ptr<store::Store>> publishers_;
};

TEST_F(JournalsToFiguresTest, GivesTheFiguresOfTheLiveCopyThatSawEverythingShuffledRepeatedAndInterrupted) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  make_facts(random);
  events::ConsumerOptions fast;
  fast.first_pause = fast.longest_pause = std::chrono::milliseconds(1);
  const auto no_report = [](std::int64_t) {};

  std::vector<std::shared_ptr<EventSource>> shuffled;
  for (const auto& source : sources(3)) shuffled.push_back(std::make_shared<events::SeededShuffle>(source, random()));
  const auto live_store = open(dashboard_, contract_, "live");
  const auto unreliable = std::make_shared<events::SeededRollbacks>(*live_store, seed, 15);
  events::ReadModel live = events::rebuild([&] { return unreliable; }, handlers_, shuffled, fast, {}, no_report);
  live.consumer->stop();
  events::ReadModel fresh =
      events::rebuild([&] { return open(dashboard_, contract_, "fresh"); }, handlers_, sources(), fast, {}, no_report);
  fresh.consumer->stop();

  EXPECT_EQ(dump(*live_store), dump(*fresh.store));
  EXPECT_FALSE(dump(*fresh.store).empty());
  live_store->read([](domain::ReadTx& tx) { EXPECT_EQ(recount(tx), std::vector<std::string>{}); });
  fresh.store->read([](domain::ReadTx& tx) {
    EXPECT_EQ(recount(tx), std::vector<std::string>{});
    EXPECT_EQ(tx.value<int>("SELECT COUNT(*) FROM dead_letters"), 0);
  });
  live_store->stop();
  fresh.store->stop();
}

}  // namespace
}  // namespace wenming::dashboard
