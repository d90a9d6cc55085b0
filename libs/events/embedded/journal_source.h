#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "events/event_source.h"
#include "store/store.h"

namespace wenming::store::v1 {
class PublishedEvents;
}

namespace wenming::events {

/// The log of a service in the same process: its journal, read as it is. Positions are journal sequences; one of an
/// earlier life of the database is good as long as it is not beyond what was restored of that life.
///
/// With one partition (the default) all events keep the order of commits; more partitions split by a hash of the key.
class JournalSource final : public EventSource {
 public:
  /// The store outlives the source.
  JournalSource(std::string service, store::Store& store, int partitions = 1);

  /// To be called after each commit of the store (`Store::on_commit`): rings the bells if the journal has grown.
  void committed();

  [[nodiscard]] const std::string& service() const override { return service_; }
  [[nodiscard]] int partitions() const override { return partitions_; }
  Page read(int partition, const Position& after, std::size_t limit) override;
  [[nodiscard]] std::optional<std::int64_t> head(int partition, Clock::time_point since) override;
  void watch(std::weak_ptr<Bell> bell) override;

 private:
  void check(const Position& after, std::int64_t head) const;
  void append(const domain::Row& row, int partition, store::v1::PublishedEvents& published,
              std::vector<Record>& records) const;

  const std::string service_;
  store::Store& store_;
  const store::Epochs epochs_;
  const int partitions_;
  std::mutex mutex_;  // guards what follows
  std::int64_t announced_ = 0;
  std::vector<std::weak_ptr<Bell>> bells_;
};

}  // namespace wenming::events
