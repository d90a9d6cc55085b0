#include "events/embedded/journal_source.h"

#include "events/reaction.h"
#include "wenming/store/v1/journal.pb.h"

namespace wenming::events {
namespace {

// FNV-1a: the same on every machine and in every run, which std::hash does not promise.
std::uint64_t hash_of(std::string_view key) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

}  // namespace

JournalSource::JournalSource(std::string service, store::Store& store, int partitions)
    : service_(std::move(service)), store_(store), epochs_(store.epochs()), partitions_(partitions) {}

void JournalSource::committed() {
  const std::int64_t head = store_.journal_head();
  const std::lock_guard lock(mutex_);
  if (head <= announced_) return;
  announced_ = head;
  std::erase_if(bells_, [](const std::weak_ptr<Bell>& watching) {
    const auto bell = watching.lock();
    if (bell) bell->ring();
    return !bell;
  });
}

void JournalSource::check(const Position& after, std::int64_t head) const {
  const auto end = after.epoch.empty() ? head : epochs_.end_of(after.epoch, head);
  if (!end) {
    throw PositionLost("the database of " + service_ +
                       " was restored: what has been read so far is of a life that it does not know");
  }
  if (after.number > *end) {
    throw PositionLost("the journal of " + service_ + (*end == head ? " ends at " : " was restored up to ") +
                       std::to_string(*end) + ", before the position " + std::to_string(after.number) + " read so far");
  }
}

EventSource::Page JournalSource::read(int partition, const Position& after, std::size_t limit) {
  // Taken before the rows are read: every row up to here is committed and will be seen. Rows beyond may be visible
  // before the store has announced them; they wait for the next read, because whoever is ahead of the announced end
  // looks like one that has lost its position.
  const std::int64_t head = store_.journal_head();
  check(after, head);
  Page page;
  page.position = {epochs_.current(), head};
  if (after.number == head) return page;

  store_.read([&](domain::ReadTx& tx) {
    page.records.clear();
    std::size_t rows = 0;
    std::size_t events = 0;
    store::v1::PublishedEvents published;
    for (const domain::Row& row : tx.query("SELECT sequence, happened_at, method, traceparent, events FROM journal "
                                           "WHERE sequence > $1 AND sequence <= $2 AND events IS NOT NULL "
                                           "ORDER BY sequence LIMIT $3",
                                           after.number, head, limit)) {
      append(row, partition, published, page.records);
      events += static_cast<std::size_t>(published.events_size());
      if (++rows < limit && events < limit) continue;
      page.position.number = row.integer(0);  // read on after the last row seen
      break;
    }
  });
  return page;
}

void JournalSource::append(const domain::Row& row, int partition, store::v1::PublishedEvents& published,
                           std::vector<Record>& records) const {
  const std::string_view bytes = row.blob(4);
  if (!published.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw std::runtime_error("journal row " + std::to_string(row.integer(0)) + " of " + service_ +
                             " cannot be decoded");
  }
  const int hops = hops_of(row.text(2));
  for (int index = 0; index < published.events_size(); ++index) {
    auto& event = *published.mutable_events(index);
    if (partitions_ > 1 &&
        hash_of(event.key()) % static_cast<std::uint64_t>(partitions_) != static_cast<std::uint64_t>(partition))
      continue;
    Record& record = records.emplace_back();
    record.position = row.integer(0);
    record.source = service_;
    record.epoch = epochs_.of(row.integer(0));
    record.sequence = row.integer(0);
    record.index = index;
    record.hops = hops;
    record.type = std::move(*event.mutable_type());
    record.key = std::move(*event.mutable_key());
    record.payload = std::move(*event.mutable_payload());
    record.time = row.timestamp(1);
    record.traceparent = row.text(3);
  }
}

std::optional<std::int64_t> JournalSource::head(int /*partition*/, Clock::time_point /*since*/) {
  return store_.journal_head();
}

void JournalSource::watch(std::weak_ptr<Bell> bell) {
  const std::lock_guard lock(mutex_);
  bells_.push_back(std::move(bell));
}

}  // namespace wenming::events
