#include "events/kafka/relay.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <utility>

#include "core/log.h"
#include "events/delivery.h"
#include "events/kafka/client.h"
#include "events/kafka/cloud_event.h"

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
constexpr int kFlushPatience = 5'000;  // milliseconds, when stopping
constexpr int kPoll = 100;             // milliseconds
constexpr std::chrono::milliseconds kQueueFull{5};
constexpr std::string_view kLog = "kafka";

}  // namespace

/// One producer, with what was handed to it. Told about deliveries on a thread of its own.
class Relay::Sending {
 public:
  Sending(const KafkaOptions& options, std::string topic, std::int64_t sent, std::shared_ptr<Bell> bell)
      : topic_(std::move(topic)), bell_(std::move(bell)), sent_(sent), handed_in_(sent) {
    kafka::Conf conf = kafka::make_conf(options);
    kafka::set(*conf, "enable.idempotence", "true");
    kafka::set(*conf, "acks", "all");
    kafka::set(*conf, "message.timeout.ms", "0");
    kafka::set(*conf, "linger.ms", "1");
    kafka::set(*conf, "compression.codec", "lz4");
    // As other clients reckon partitions, so that all of them agree where a key belongs.
    kafka::set(*conf, "partitioner", "murmur2_random");
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
    if (!failure_.empty()) throw KafkaError(failure_);
  }

  void hand_in(const EventSource::Page& page) {
    for (const Record& record : page.records) {
      Entry* entry = nullptr;
      {
        const std::lock_guard lock(mutex_);
        entry = &entries_.emplace_back(Entry{record.sequence, false});
      }
      produce(record, *entry);
    }
    const std::lock_guard lock(mutex_);
    handed_in_ = page.position.number;
    if (entries_.empty()) sent_ = handed_in_;
  }

  void flush() { rd_kafka_flush(producer_.get(), kFlushPatience); }

 private:
  struct Entry {
    std::int64_t sequence;
    bool acknowledged;
  };

  void produce(const Record& record, Entry& entry) {
    std::array<rd_kafka_vu_t, 6> fields{};
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
    while (true) {
      fields[5].u.headers = kafka::make_headers(record);
      const kafka::Failure failure(rd_kafka_produceva(producer_.get(), fields.data(), fields.size()));
      if (!failure) return;
      rd_kafka_headers_destroy(fields[5].u.headers);  // the producer takes them only if it takes the record
      if (rd_kafka_error_code(failure.get()) != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        throw KafkaError(std::string("a record cannot be sent: ") + rd_kafka_error_string(failure.get()));
      check();
      std::this_thread::sleep_for(kQueueFull);
    }
  }

  /// On the poller's thread.
  void delivered(const rd_kafka_message_t& message) {
    {
      const std::lock_guard lock(mutex_);
      if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (failure_.empty()) failure_ = std::string("a record was not delivered: ") + rd_kafka_err2str(message.err);
      } else {
        static_cast<Entry*>(message._private)->acknowledged = true;
        while (!entries_.empty() && entries_.front().acknowledged) entries_.pop_front();
        // Rows are whole: all events of those before the oldest that is under way are acknowledged.
        sent_ = entries_.empty() ? handed_in_ : std::max(sent_, entries_.front().sequence - 1);
        if (!entries_.empty()) return;
      }
    }
    bell_->ring();
  }

  const std::string topic_;
  const std::shared_ptr<Bell> bell_;
  mutable std::mutex mutex_;   // guards what follows
  std::deque<Entry> entries_;  // under way, in the order of the journal; pointed at by the producer
  std::int64_t sent_, handed_in_;
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
  std::int64_t stored = kept();
  Position next{{}, stored};
  Sending sending(options_, topic_of(options_, journal_->service()), stored, bell_);
  auto kept_at = Clock::now(), looked_at = kept_at;
  while (true) {
    const bool stop = stopping_;
    if (stop) sending.flush();
    bool more = false;
    if (!stop && sending.under_way() < kUnderWay) {
      const EventSource::Page page = journal_->read(0, next, kRowsPerRead);
      more = page.position.number > next.number;
      next = page.position;
      sending.hand_in(page);
    }
    sending.check();
    const std::int64_t sent = sending.sent();
    const auto now = Clock::now();
    if (sent > stored && (stop || now - kept_at > kKeepEvery)) {
      keep(sent);
      stored = sent;
      kept_at = now;
    }
    report(true, sent, {});
    if (stop) return;
    if (now - looked_at > kLookAtLeadershipEvery) {
      if (!leadership->stands()) throw KafkaError("the leadership was lost with the connection to the database");
      looked_at = now;
    }
    if (!more) bell_->wait(sent > stored ? kKeepEvery : kLookAtLeadershipEvery);
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
