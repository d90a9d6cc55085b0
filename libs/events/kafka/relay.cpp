#include "events/kafka/relay.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <utility>

#include "core/log.h"
#include "events/delivery.h"
#include "events/kafka/client.h"
#include "events/kafka/cloud_event.h"
#include "events/kafka/newest.h"

namespace wenming::events {
namespace {

using Clock = std::chrono::steady_clock;
using kafka::KafkaError;

constexpr std::size_t kRowsPerRead = 500;
/// Records that are handed in and not acknowledged; beyond, the journal waits.
constexpr std::size_t kUnderWay = 5'000;
/// How far behind the kept position may be: what is sent again after a fail-over.
constexpr std::chrono::milliseconds kKeepEvery{500};
constexpr std::chrono::milliseconds kLookAtLeadershipEvery{1'000};
constexpr std::chrono::milliseconds kFirstPause{100}, kLongestPause{5'000};
/// How soon another process is found to lead no more.
constexpr std::chrono::milliseconds kStandBy{1'000};
constexpr std::chrono::milliseconds kPatience{5'000};  // with what has to be acknowledged before anything else is done
constexpr int kPoll = 100;                             // milliseconds
constexpr std::chrono::milliseconds kQueueFull{5};
constexpr std::chrono::hours kKnown{1};
constexpr std::string_view kLog = "kafka";
constexpr int kLargestEvent = 64 << 20;  // bytes
constexpr int kLargestBatch =
    64 << 10;  // bytes, unless one event has more; topics take a million where nobody says less

}  // namespace

/// One producer, with what was handed to it. Told about deliveries on a thread of its own.
class Relay::Sending {
 public:
  Sending(const KafkaOptions& options, std::string topic, std::int64_t sent, std::shared_ptr<Bell> bell)
      : topic_(std::move(topic)),
        bell_(std::move(bell)),
        known_until_(static_cast<std::size_t>(options.partitions)),
        sent_(sent),
        handed_in_(sent) {
    kafka::Conf conf = kafka::make_conf(options);
    kafka::set(*conf, "enable.idempotence", "true");
    // What the brokers refuse for good must not be overtaken by what follows: when it came at last, consumers would
    // take it for a repetition. So a refusal ends this producer, with all that waits in it (see `known_until_` too).
    kafka::set(*conf, "enable.gapless.guarantee", "true");
    kafka::set(*conf, "acks", "all");
    kafka::set(*conf, "message.timeout.ms", "0");
    // Whether an event is too large is the topic's to say, and nobody's how many are sent together.
    kafka::set(*conf, "message.max.bytes", std::to_string(kLargestEvent));
    kafka::set(*conf, "batch.size", std::to_string(kLargestBatch));
    kafka::set(*conf, "linger.ms", "1");
    kafka::set(*conf, "compression.codec", "lz4");
    kafka::set(*conf, "queue.buffering.max.messages", std::to_string(2 * kUnderWay));
    rd_kafka_conf_set_opaque(conf.get(), this);
    rd_kafka_conf_set_dr_msg_cb(conf.get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
      static_cast<Sending*>(self)->delivered(*message);
    });
    producer_ = kafka::make_client(RD_KAFKA_PRODUCER, std::move(conf));
    poller_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) rd_kafka_poll(producer_.get(), kPoll);
    });
  }
  ~Sending() {
    rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    poller_.request_stop();
    poller_.join();
    rd_kafka_poll(producer_.get(), 0);  // the last reports, while what they point at is there
  }
  Sending(const Sending&) = delete;
  Sending& operator=(const Sending&) = delete;

  /// Everything up to this row of the journal is acknowledged.
  [[nodiscard]] std::int64_t sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }
  [[nodiscard]] std::size_t under_way() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }
  /// Throws what went wrong with a delivery.
  void check() const {
    const std::lock_guard lock(mutex_);
    if (failed_ != 0) throw KafkaError(failure_);
  }
  /// The row of which an event was not delivered; 0 while all goes well.
  [[nodiscard]] std::int64_t failed() const {
    const std::lock_guard lock(mutex_);
    return failed_;
  }

  void hand_in(const EventSource::Page& page) {
    for (const Record& record : page.records) {
      Entry* entry = nullptr;
      {
        const std::lock_guard lock(mutex_);
        entry = &entries_.emplace_back(Entry{record.sequence, false});
      }
      const int partition = partition_of(record.key);
      auto& known_until = known_until_[static_cast<std::size_t>(partition)];
      const bool known = Clock::now() < known_until;
      produce(record, partition, *entry);
      if (!known) wait_for_all();
      known_until = Clock::now() + kKnown;
    }
    const std::lock_guard lock(mutex_);
    handed_in_ = page.position.number;
    if (entries_.empty()) sent_ = handed_in_;
  }

  void flush() { rd_kafka_flush(producer_.get(), kPatience.count()); }

 private:
  struct Entry {
    std::int64_t sequence;
    bool acknowledged;
  };

  /// As other clients reckon partitions, so that all of them agree where a key belongs.
  [[nodiscard]] int partition_of(const std::string& key) const {
    return rd_kafka_msg_partitioner_murmur2(nullptr, key.data(), key.size(), static_cast<int>(known_until_.size()),
                                            nullptr, nullptr);
  }

  void wait_for_all() {
    std::unique_lock lock(mutex_);
    if (!delivered_.wait_for(lock, kPatience, [this] { return failed_ != 0 || entries_.empty(); }))
      throw KafkaError("the brokers do not acknowledge what is sent to " + topic_);
    lock.unlock();
    check();
  }

  void produce(const Record& record, int partition, Entry& entry) {
    std::array<rd_kafka_vu_t, 7> fields{};
    fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    fields[0].u.cstr = topic_.c_str();
    fields[1].vtype = RD_KAFKA_VTYPE_KEY;
    fields[1].u.mem = {const_cast<char*>(record.key.data()), record.key.size()};
    fields[2].vtype = RD_KAFKA_VTYPE_VALUE;
    fields[2].u.mem = {const_cast<char*>(record.payload.data()), record.payload.size()};
    fields[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[3].u.i = RD_KAFKA_MSG_F_COPY;
    fields[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
    fields[4].u.ptr = &entry;
    fields[5].vtype = RD_KAFKA_VTYPE_HEADERS;
    fields[6].vtype = RD_KAFKA_VTYPE_PARTITION;
    fields[6].u.i32 = partition;
    while (true) {
      fields[5].u.headers = kafka::make_headers(record);
      const kafka::Failure failure(rd_kafka_produceva(producer_.get(), fields.data(), fields.size()));
      if (!failure) return;
      rd_kafka_headers_destroy(fields[5].u.headers);  // the producer takes them only if it takes the record
      const rd_kafka_resp_err_t error = rd_kafka_error_code(failure.get());
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        note_failure(record.sequence, error, rd_kafka_error_string(failure.get()));
      check();
      std::this_thread::sleep_for(kQueueFull);
    }
  }

  void note_failure(std::int64_t row, rd_kafka_resp_err_t error, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    fail(row, error, reason);
  }

  /// Under the lock. The first is told. It may be a consequence, which the library reports, not a broker, of what was
  /// refused: then the next attempt, row by row, names the row.
  void fail(std::int64_t row, rd_kafka_resp_err_t error, const std::string& reason) {
    if (failed_ != 0) return;
    failed_ = row;
    const bool refused = error > RD_KAFKA_RESP_ERR_NO_ERROR;
    failure_ = (refused ? "row " + std::to_string(row) + " of the journal was not sent to " + topic_
                        : "nothing more is sent to " + topic_) +
               ": " + reason;
  }

  /// On the poller's thread.
  void delivered(const rd_kafka_message_t& message) {
    {
      const std::lock_guard lock(mutex_);
      if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(static_cast<Entry*>(message._private)->sequence, message.err, rd_kafka_err2str(message.err));
      } else {
        static_cast<Entry*>(message._private)->acknowledged = true;
        while (!entries_.empty() && entries_.front().acknowledged) entries_.pop_front();
        // Rows are whole: all events of those before the oldest that is under way are acknowledged.
        sent_ = entries_.empty() ? handed_in_ : std::max(sent_, entries_.front().sequence - 1);
        if (!entries_.empty()) return;
      }
    }
    delivered_.notify_all();
    bell_->ring();
  }

  const std::string topic_;
  const std::shared_ptr<Bell> bell_;
  // A broker watches over the order of what a producer sends once it has taken something of it, and forgets that after
  // a day. Before, it takes a second request though it has refused the first; so the first record goes alone.
  std::vector<Clock::time_point> known_until_;  // of each partition
  std::condition_variable delivered_;
  mutable std::mutex mutex_;   // guards what follows
  std::deque<Entry> entries_;  // under way, in the order of the journal; pointed at by the producer
  std::int64_t sent_, handed_in_, failed_ = 0;
  std::string failure_;
  kafka::Client producer_;
  std::jthread poller_;
};

Relay::Relay(store::Store& store, std::shared_ptr<EventSource> journal, KafkaOptions options)
    : store_(store), journal_(std::move(journal)), options_(std::move(options)) {
  journal_->watch(bell_);
  thread_ = std::thread([this] { run(); });
}

Relay::~Relay() {
  stopping_ = true;
  bell_->ring();
  thread_.join();
}

void Relay::run() {
  auto after_failure = kFirstPause;
  while (!stopping_) {
    auto pause = kStandBy;
    try {
      lead();  // returns where another process leads, or on a request to stop
      after_failure = kFirstPause;
    } catch (const std::exception& fault) {
      report(false, 0, fault.what());
      core::log::warning("events wait to be sent", {{"service", journal_->service()}, {"error", fault.what()}});
      pause = std::exchange(after_failure, std::min(2 * after_failure, kLongestPause));
    }
    // Commits ring too, but are nothing to whoever does not lead: each try costs a connection to the database.
    const auto until = Clock::now() + pause;
    while (!stopping_ && Clock::now() < until)
      bell_->wait(std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()));
  }
}

/// Sends for as long as this process leads and all goes well.
void Relay::lead() {
  const auto leadership = store_.try_to_lead();
  if (!leadership) return report(false, 0, {});
  kafka::ensure_topics(options_, {topic_of(options_, journal_->service())});
  const std::int64_t kept_before = kept();
  check_log(kept_before);
  Sending sending(options_, topic_of(options_, journal_->service()), kept_before, bell_);
  std::int64_t stored = kept_before;
  try {
    send(sending, *leadership, stored);
  } catch (const std::exception& fault) {
    if (sending.failed() > 0) {
      refused_ = std::max(refused_, sending.failed());
      refusal_ = fault.what();
    }
    // So that the next attempt does not send it again.
    if (sending.sent() > stored) keep(sending.sent());
    throw;
  }
}

void Relay::send(Sending& sending, store::Leadership& leadership, std::int64_t& stored) {
  Position next{{}, stored};
  auto kept_at = Clock::now();
  Clock::time_point looked_at{};
  while (true) {
    const bool stop = stopping_;
    if (stop) sending.flush();
    const auto now = Clock::now();
    if (now - looked_at > kLookAtLeadershipEvery) {
      if (!leadership.stands()) throw KafkaError("the leadership was lost with the connection to the database");
      looked_at = now;
    }
    bool more = false;
    // Up to a row that was refused, one at a time: however often that is tried, nothing else is sent each time.
    const bool careful = next.number < refused_;
    if (!stop && sending.under_way() < (careful ? 1 : kUnderWay)) {
      const EventSource::Page page = journal_->read(0, next, careful ? 1 : kRowsPerRead);
      more = page.position.number > next.number;
      next = page.position;
      sending.hand_in(page);
    }
    sending.check();
    const std::int64_t sent = sending.sent();
    if (sent > stored && (stop || now - kept_at > kKeepEvery)) {
      keep(sent);
      stored = sent;
      kept_at = now;
    }
    report(true, sent, sent < refused_ ? refusal_ : std::string());
    if (stop) return;
    if (!more) bell_->wait(sent > stored ? kKeepEvery : kLookAtLeadershipEvery);
  }
}

/// Throws where the topic is not the log of this journal: one of the two was emptied, set back or put in the other's
/// place. What is sent then would be taken for what it is not.
void Relay::check_log(std::int64_t kept) const {
  const std::string topic = topic_of(options_, journal_->service());
  const auto newest = kafka::newest_records(options_, journal_->service());
  // Behind these, so that it holds what another process sent last.
  std::int64_t head = 0;
  bool sent_some = false;
  store_.read([&](domain::ReadTx& tx) {
    head = tx.value<std::int64_t>("SELECT MAX(sequence) FROM journal").value_or(0);
    sent_some =
        newest.empty() &&
        tx.value<int>("SELECT 1 FROM journal WHERE sequence <= $1 AND events IS NOT NULL LIMIT 1", kept).has_value();
  });
  if (sent_some) {
    throw kafka::Misfit(topic + " is empty, though the journal was sent to it up to row " + std::to_string(kept) +
                        ": it was emptied or made anew, or this is another cluster");
  }
  for (const kafka::NewestRecord& record : newest) {
    if (record.epoch.empty()) continue;
    const auto end = store_.epochs().end_of(record.epoch, head);
    if (!end) throw kafka::Misfit(topic + " holds events of another database than this one");
    if (record.sequence > *end) {
      throw kafka::Misfit(topic + " holds row " + std::to_string(record.sequence) +
                          " of the journal, which ends at row " + std::to_string(*end) +
                          ": the database has lost rows, or an old process still sends");
    }
  }
}

std::int64_t Relay::kept() const {
  std::int64_t sequence = 0;
  store_.read([&](domain::ReadTx& tx) {
    sequence = tx.value<std::int64_t>("SELECT sequence FROM relay_positions WHERE log = $1", kLog).value_or(0);
  });
  return sequence;
}

void Relay::keep(std::int64_t sent) {
  commit(store_, "", [&](domain::Tx& tx) {
    tx.run(
        "INSERT INTO relay_positions (log, sequence) VALUES ($1, $2) "
        "ON CONFLICT (log) DO UPDATE SET sequence = excluded.sequence",
        kLog, sent);
  });
}

void Relay::report(bool leads, std::int64_t sent, const std::string& error) {
  const std::lock_guard lock(mutex_);
  status_.leads = leads;
  status_.sent = std::max(status_.sent, sent);
  status_.error = error;
}

RelayStatus Relay::status() const {
  RelayStatus status;
  {
    const std::lock_guard lock(mutex_);
    status = status_;
  }
  status.head = journal_->head(0, Clock::now()).value_or(0);
  if (status.leads || !status.error.empty()) return status;
  try {
    status.sent = std::max(status.sent, kept());
  } catch (const std::exception& fault) {
    status.error = fault.what();
  }
  return status;
}

}  // namespace wenming::events
