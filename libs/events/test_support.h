#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "contract/contract.h"
#include "core/clock.h"
#include "core/embedded_file.h"
#include "core/random.h"
#include "domain/service.h"
#include "events/consumer.h"
#include "events/delivery.h"
#include "events/embedded/journal_source.h"
#include "events/schema.h"
#include "store/service_store.h"
#include "testing/database.h"
#include "testing/temporary_folder.h"
#include "wenming/volunteer/v1/events.pb.h"

// What the tests of this library share: databases that publish, databases that listen, and logs made by hand.
namespace wenming::events::testing {

using volunteer::v1::VolunteerChanged;

/// Waits until it is so; fails the test after a minute.
inline void wait_until(const std::function<bool()>& so, const char* what) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!so()) {
    if (std::chrono::steady_clock::now() > deadline) FAIL() << "waited in vain until " << what;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// The database of a service without methods. Its file is kept over `close` and `open`.
class Database {
 public:
  explicit Database(domain::Service service) : service_(std::move(service)) { open(); }
  ~Database() { close(); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void open() {
    store::StoreOptions options;
    options.schemas.push_back({"events", {schema().begin(), schema().end()}});
    store_ = store::open_store(wenming::testing::open_database(folder_), service_, contract_, std::move(options));
    source = std::make_shared<JournalSource>(service_.name(), *store_);
    store_->on_commit([this] { committed(); });
  }
  void close() {
    if (store_) store_->stop();
  }

  /// As if it were restored from a backup taken when the journal ended here.
  void restore_to(std::int64_t sequence) {
    set_back_to(sequence, [](store::Connection& connection) {
      core::SystemRandom random;
      store::begin_epoch(connection, random, core::SystemClock().now());
    });
  }
  /// As if its end had been lost and nobody had noticed.
  void lose_what_follows(std::int64_t sequence) {
    set_back_to(sequence, [&](store::Connection& connection) {
      connection.execute("UPDATE relay_positions SET sequence = " + std::to_string(sequence), {});
    });
  }

  [[nodiscard]] store::Store& store() { return *store_; }
  [[nodiscard]] std::shared_ptr<store::Store> shared_store() { return store_; }
  [[nodiscard]] const domain::Service& service() const { return service_; }

  void publish(const std::vector<VolunteerChanged>& events) {
    commit(*store_, "test", [&](domain::Tx& tx) {
      for (const auto& event : events) tx.publish(event);
    });
  }
  /// One command for each.
  void publish_one_by_one(const std::vector<VolunteerChanged>& events) {
    for (const auto& event : events) publish({event});
  }

  template <class T>
  T value(std::string_view sql) {
    T result{};
    store_->read([&](domain::ReadTx& tx) { result = tx.value<T>(sql).value_or(T{}); });
    return result;
  }
  std::vector<std::string> column(std::string_view sql) {
    std::vector<std::string> texts;
    store_->read([&](domain::ReadTx& tx) {
      texts.clear();
      for (const domain::Row& row : tx.query(sql)) texts.emplace_back(row.text(0));
    });
    return texts;
  }

  std::shared_ptr<JournalSource> source;
  std::function<void()> on_commit = [] {};

 private:
  void set_back_to(std::int64_t sequence, const std::function<void(store::Connection&)>& also) {
    close();
    const auto engine = wenming::testing::open_database(folder_);
    const auto connection = engine->open_writer();
    connection->begin();
    connection->execute("DELETE FROM journal WHERE sequence > " + std::to_string(sequence), {});
    also(*connection);
    connection->commit();
    open();
  }
  void committed() {
    source->committed();
    on_commit();
  }

  wenming::testing::TemporaryFolder folder_;
  domain::Service service_;
  contract::Contract contract_{{}};
  std::shared_ptr<store::Store> store_;
};

inline VolunteerChanged change(const std::string& key, std::int64_t version) {
  VolunteerChanged event;
  event.set_volunteer_id(key);
  event.set_version(version);
  return event;
}

/// A service that publishes and does nothing else. It goes by the name that stands in the type of its events.
inline domain::Service publisher() {
  return domain::Service("volunteer", {}, {});
}

inline constexpr core::EmbeddedFile kSeenSchema[] = {{"0001_seen.sql",
                                                      "CREATE TABLE seen (number BIGINT NOT NULL PRIMARY KEY, event "
                                                      "TEXT NOT NULL, key TEXT NOT NULL, version BIGINT NOT NULL);"}};

/// Writes the event down behind those seen before.
inline void write_down(domain::Tx& tx, const VolunteerChanged& event) {
  tx.run("INSERT INTO seen (number, event, key, version) SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3 FROM seen",
         event.volunteer_id() + std::to_string(event.version()), event.volunteer_id(), event.version());
}

/// A service that does this with each event.
inline domain::Service listener(std::function<void(domain::Tx&, const VolunteerChanged&)> handle = write_down) {
  domain::Service service("listener", {}, kSeenSchema);
  service.on([handle = std::move(handle)](domain::Tx& tx, const VolunteerChanged& event, const domain::EventContext&) {
    handle(tx, event);
  });
  return service;
}

inline std::shared_ptr<const Handlers> handlers_of(const Database& database) {
  return std::make_shared<const Handlers>(database.service());
}

/// Options that do not make a test wait.
inline ConsumerOptions fast() {
  ConsumerOptions options;
  options.first_pause = std::chrono::milliseconds(1);
  options.longest_pause = std::chrono::milliseconds(2);
  return options;
}

/// Runs a consumer until it has applied all that the sources hold.
inline void consume(Database& database, std::vector<std::shared_ptr<EventSource>> sources,
                    ConsumerOptions options = fast()) {
  Consumer consumer(database.store(), handlers_of(database), sources, options);
  consumer.start();
  wait_until([&] { return consumer.caught_up(); }, "the consumer has caught up");
}

/// A log with whatever records a test puts into it.
class HandmadeLog : public EventSource {
 public:
  Record& add(const VolunteerChanged& event, std::int64_t sequence) {
    Record& record = records_.emplace_back();
    record.position = static_cast<std::int64_t>(records_.size());
    record.source = service_;
    record.epoch = "e1";
    record.sequence = sequence;
    record.type = event.GetTypeName();
    record.key = event.volunteer_id();
    record.payload = event.SerializeAsString();
    return record;
  }

  [[nodiscard]] const std::string& service() const override { return service_; }
  [[nodiscard]] int partitions() const override { return 1; }
  Page read(int, const Position& after, std::size_t limit) override {
    Page page;
    page.position = after;
    for (const Record& record : records_) {
      if (record.position <= after.number || page.records.size() == limit) continue;
      page.records.push_back(record);
      page.position = {std::string(record.epoch), record.position};
    }
    return page;
  }
  [[nodiscard]] std::optional<std::int64_t> head(int, Clock::time_point) override {
    return static_cast<std::int64_t>(records_.size());
  }
  void watch(std::weak_ptr<Bell>) override {}

 private:
  const std::string service_ = "volunteer";
  std::vector<Record> records_;
};

}  // namespace wenming::events::testing
