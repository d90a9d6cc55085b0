#include "events/kafka/subscription.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

#include "core/log.h"
#include "events/kafka/client.h"
#include "events/kafka/cloud_event.h"
#include "events/kafka/ends.h"
#include "events/kafka/shelf.h"

namespace wenming::events {
namespace {

using kafka::KafkaError;

constexpr int kPoll = 50;  // milliseconds
constexpr int kSeekPatience = 1'000;
constexpr std::chrono::seconds kPauseBeforeJoining{1};
constexpr const char* kNotSharedOut = "the partitions have not been shared out yet";

kafka::PartitionList list_of(const std::vector<kafka::TopicPartition>& partitions) {
  kafka::PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const auto& [topic, number] : partitions) rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), number);
  return list;
}

std::vector<kafka::TopicPartition> keys_of(const rd_kafka_topic_partition_list_t& list) {
  std::vector<kafka::TopicPartition> keys;
  keys.reserve(static_cast<std::size_t>(list.cnt));
  for (int i = 0; i < list.cnt; ++i) keys.emplace_back(list.elems[i].topic, list.elems[i].partition);
  return keys;
}

}  // namespace

class KafkaSubscription::Impl {
 public:
  Impl(KafkaOptions options, const std::set<std::string>& services, std::string group);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] const KafkaOptions& options() const { return options_; }
  [[nodiscard]] const std::vector<std::string>& services() const { return services_; }

  EventSource::Page read(const std::string& service, int partition, const Position& after, std::size_t limit);
  std::optional<std::int64_t> head(const std::string& service, int partition, EventSource::Clock::time_point since);
  bool answered() { return ends_.known(EventSource::Clock::now()); }
  std::int64_t tenure(const std::string& service, int partition) const {
    return shelf_.tenure({topic_of(options_, service), partition});
  }
  void watch(std::weak_ptr<Bell> bell);
  [[nodiscard]] std::string error() const;

 private:
  using Key = kafka::TopicPartition;

  [[nodiscard]] std::vector<std::string> topics() const;
  [[nodiscard]] std::vector<Key> keys() const;
  void join();
  void fail(const std::string& error);
  void run();
  void take(const rd_kafka_message_t& message);
  void assigned(const rd_kafka_topic_partition_list_t& partitions);
  void revoked(const rd_kafka_topic_partition_list_t& partitions);
  void assign_all();
  void go_where_wanted();
  void start_again();
  void go_on_with(const std::vector<Key>& partitions);
  void interrupted(const rd_kafka_message_t& message);
  void ring();
  static void rebalance(rd_kafka_t* client, rd_kafka_resp_err_t event, rd_kafka_topic_partition_list_t* partitions,
                        void* self);

  const KafkaOptions options_;
  const std::vector<std::string> services_;
  const std::string group_;
  kafka::Ends ends_;
  kafka::Client client_;
  std::atomic<bool> stopping_ = false;
  kafka::Shelf shelf_;
  // Of the constructor, then of the thread.
  bool joined_ = false;
  std::set<std::string, std::less<>> epochs_;  // borrowed by the records
  mutable std::mutex mutex_;                   // guards what follows
  std::string cluster_, error_;
  std::vector<std::weak_ptr<Bell>> bells_;
  std::thread thread_;
};

/// One topic as consumers see it.
class KafkaSubscription::Topic final : public EventSource {
 public:
  Topic(std::shared_ptr<Impl> subscription, std::string service)
      : subscription_(std::move(subscription)), service_(std::move(service)) {}

  [[nodiscard]] const std::string& service() const override { return service_; }
  [[nodiscard]] int partitions() const override { return subscription_->options().partitions; }
  Page read(int partition, const Position& after, std::size_t limit) override {
    return subscription_->read(service_, partition, after, limit);
  }
  [[nodiscard]] std::optional<std::int64_t> head(int partition, Clock::time_point since) override {
    return subscription_->head(service_, partition, since);
  }
  [[nodiscard]] std::int64_t tenure(int partition) const override { return subscription_->tenure(service_, partition); }
  [[nodiscard]] std::string error() const override { return subscription_->error(); }
  void watch(std::weak_ptr<Bell> bell) override { subscription_->watch(std::move(bell)); }

 private:
  const std::shared_ptr<Impl> subscription_;
  const std::string service_;
};

KafkaSubscription::Impl::Impl(KafkaOptions options, const std::set<std::string>& services, std::string group)
    : options_(std::move(options)),
      services_(services.begin(), services.end()),
      group_(std::move(group)),
      ends_(options_, keys()),
      shelf_(keys()) {
  error_ = kNotSharedOut;

  kafka::Conf conf = kafka::make_conf(options_);
  // A group of its own name where nothing is shared out: it is never joined.
  kafka::set(*conf, "group.id", group_of(options_, group_.empty() ? "copy" : group_));
  if (!group_.empty() && !options_.instance.empty()) kafka::set(*conf, "group.instance.id", options_.instance);
  kafka::set(*conf, "session.timeout.ms", "10000");
  kafka::set(*conf, "heartbeat.interval.ms", "1000");
  kafka::set(*conf, "enable.auto.commit", "false");
  kafka::set(*conf, "enable.auto.offset.store", "false");
  kafka::set(*conf, "auto.offset.reset", "error");  // never by itself
  kafka::set(*conf, "isolation.level", "read_committed");
  kafka::set(*conf, "fetch.wait.max.ms", "500");
  kafka::set(*conf, "fetch.error.backoff.ms", "50");
  kafka::set(*conf, "queued.max.messages.kbytes", "16384");
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_rebalance_cb(conf.get(), &Impl::rebalance);
  client_ = kafka::make_client(RD_KAFKA_CONSUMER, std::move(conf));
  rd_kafka_poll_set_consumer(client_.get());
  try {
    join();
  } catch (const kafka::Misfit&) {
    throw;
  } catch (const KafkaError& fault) {
    if (group_.empty()) throw;
    fail(fault.what());
  }
  thread_ = std::thread([this] { run(); });
}

std::vector<std::string> KafkaSubscription::Impl::topics() const {
  std::vector<std::string> topics;
  for (const std::string& service : services_) topics.push_back(topic_of(options_, service));
  return topics;
}

std::vector<kafka::TopicPartition> KafkaSubscription::Impl::keys() const {
  std::vector<Key> keys;
  for (const std::string& topic : topics())
    for (int partition = 0; partition < options_.partitions; ++partition) keys.emplace_back(topic, partition);
  return keys;
}

void KafkaSubscription::Impl::join() {
  kafka::ensure_topics(options_, topics());
  std::string cluster = kafka::cluster_of(*client_);
  {
    const std::lock_guard lock(mutex_);
    cluster_ = std::move(cluster);
    error_ = kNotSharedOut;
  }
  joined_ = true;
  if (group_.empty()) return assign_all();
  const kafka::PartitionList wanted(rd_kafka_topic_partition_list_new(static_cast<int>(services_.size())));
  for (const std::string& topic : topics())
    rd_kafka_topic_partition_list_add(wanted.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t error = rd_kafka_subscribe(client_.get(), wanted.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw KafkaError(std::string("cannot subscribe: ") + rd_kafka_err2str(error));
}

void KafkaSubscription::Impl::fail(const std::string& error) {
  const std::lock_guard lock(mutex_);
  if (error_ != error) core::log::warning("events cannot be received", {{"group", group_}, {"error", error}});
  error_ = error;
}

std::string KafkaSubscription::Impl::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

KafkaSubscription::Impl::~Impl() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  rd_kafka_consumer_close(client_.get());
}

void KafkaSubscription::Impl::assign_all() {
  assigned(*list_of(keys()));
}

void KafkaSubscription::Impl::rebalance(rd_kafka_t* client, rd_kafka_resp_err_t event,
                                        rd_kafka_topic_partition_list_t* partitions, void* self) {
  auto& subscription = *static_cast<Impl*>(self);
  if (event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    subscription.assigned(*partitions);
  } else {
    subscription.revoked(*partitions);
    rd_kafka_assign(client, nullptr);
  }
}

/// Takes the partitions, but nothing from them before a consumer has said where to begin.
void KafkaSubscription::Impl::assigned(const rd_kafka_topic_partition_list_t& partitions) {
  const kafka::PartitionList mine(rd_kafka_topic_partition_list_copy(&partitions));
  // Nothing should be fetched before a seek, but a first fetch may be quicker than the pause: so a place where there is
  // something, or may be. Not one that the library asks the broker for, such as the beginning: the answer may come
  // after the seek, and be gone to then.
  const auto beginnings = ends_.beginnings();
  for (int i = 0; i < mine->cnt; ++i) {
    const auto beginning = beginnings.find({mine->elems[i].topic, mine->elems[i].partition});
    mine->elems[i].offset = beginning == beginnings.end() ? 0 : beginning->second;
  }
  rd_kafka_assign(client_.get(), mine.get());
  rd_kafka_pause_partitions(client_.get(), mine.get());
  shelf_.assign(keys_of(*mine));
  {
    const std::lock_guard lock(mutex_);
    error_.clear();
  }
  ring();
}

void KafkaSubscription::Impl::revoked(const rd_kafka_topic_partition_list_t& partitions) {
  {
    // Until the group has agreed anew, nobody may apply what waits: that is no time to say that nothing waits. Said
    // before the partitions are gone, for those who look at them first and ask then.
    const std::lock_guard lock(mutex_);
    error_ = kNotSharedOut;
  }
  shelf_.revoke(keys_of(partitions));
}

void KafkaSubscription::Impl::run() {
  while (!joined_ && !stopping_) {
    try {
      join();
    } catch (const KafkaError& fault) {
      fail(fault.what());
      std::this_thread::sleep_for(kPauseBeforeJoining);
    }
  }
  while (!stopping_) {
    go_where_wanted();
    go_on_with(shelf_.refreshed());
    const kafka::Message message(rd_kafka_consumer_poll(client_.get(), kPoll));
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      take(*message);
    } else {
      interrupted(*message);
    }
  }
}

/// On the thread that takes messages, so that none from before is still on its way when the place has changed.
void KafkaSubscription::Impl::go_where_wanted() {
  const auto wanted = shelf_.wanted();
  if (wanted.empty()) return;
  const kafka::PartitionList places(rd_kafka_topic_partition_list_new(static_cast<int>(wanted.size())));
  for (const auto& [key, offset] : wanted)
    rd_kafka_topic_partition_list_add(places.get(), key.first.c_str(), key.second)->offset = offset;
  const kafka::Failure failure(rd_kafka_seek_partitions(client_.get(), places.get(), kSeekPatience));
  const auto has_stopped = [](const auto& place) { return place.err == RD_KAFKA_RESP_ERR__STATE; };
  if (std::any_of(places->elems, places->elems + places->cnt, has_stopped)) return start_again();
  std::vector<Key> arrived;
  for (const rd_kafka_topic_partition_t& place : std::span(places->elems, static_cast<std::size_t>(places->cnt))) {
    if (failure || place.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      core::log::debug("kafka", {{"text", "cannot go to a position yet"}, {"topic", place.topic}});
      continue;  // tried again at the next turn
    }
    Key key{place.topic, place.partition};
    if (shelf_.arrived(key, place.offset)) arrived.push_back(std::move(key));
  }
  if (arrived.empty()) return;
  go_on_with(arrived);
  ring();  // perhaps nothing waits there, which is an answer too
}

void KafkaSubscription::Impl::go_on_with(const std::vector<Key>& partitions) {
  if (!partitions.empty()) rd_kafka_resume_partitions(client_.get(), list_of(partitions).get());
}

/// A partition that fetched where nothing is any more has stopped, and cannot be moved: all that are ours begin anew.
void KafkaSubscription::Impl::start_again() {
  rd_kafka_topic_partition_list_t* ours = nullptr;
  if (rd_kafka_assignment(client_.get(), &ours) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const kafka::PartitionList held(ours);
  if (held->cnt > 0) assigned(*held);
}

/// librdkafka goes on by itself after nearly everything.
void KafkaSubscription::Impl::interrupted(const rd_kafka_message_t& message) {
  const std::string text = rd_kafka_message_errstr(&message);
  std::array<char, 512> reason{};
  if (rd_kafka_fatal_error(client_.get(), reason.data(), reason.size()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    fail("no events are received any more; does another process have the same events.instance? " +
         std::string(reason.data()));
    return shelf_.revoke_all();
  }
  core::log::debug("kafka", {{"text", text}});
  if (message.err != RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || message.rkt == nullptr) return;
  // The next read looks where the log begins and ends.
  shelf_.lose_place({rd_kafka_topic_name(message.rkt), message.partition});
  ring();
}

void KafkaSubscription::Impl::take(const rd_kafka_message_t& message) {
  const Key key{rd_kafka_topic_name(message.rkt), message.partition};
  const auto service = std::ranges::find(services_, key.first, [&](const auto& s) { return topic_of(options_, s); });
  if (service == services_.end()) return;
  auto record = kafka::read_record(message, *service, epochs_);
  const bool strange = !record;
  const auto put = shelf_.put(key, message.offset, std::move(record));
  if (put == kafka::Shelf::Put::Unexpected) return;
  if (strange) {
    core::log::warning("a record that is none of ours is passed over",
                       {{"topic", key.first}, {"offset", std::to_string(message.offset)}});
  }
  if (put == kafka::Shelf::Put::Full) rd_kafka_pause_partitions(client_.get(), list_of({key}).get());
  ring();
}

EventSource::Page KafkaSubscription::Impl::read(const std::string& service, int number, const Position& after,
                                                std::size_t limit) {
  using State = kafka::Shelf::Reading::State;
  const Key key{topic_of(options_, service), number};
  EventSource::Page page;
  {
    const std::lock_guard lock(mutex_);
    page.position = {cluster_, after.number};
  }
  const std::string& cluster = page.position.epoch;
  if (!after.epoch.empty() && !cluster.empty() && after.epoch != cluster) {
    throw PositionLost("the events of " + service + " come from another Kafka cluster than those read so far");
  }
  auto reading = shelf_.read(key, after.number, limit);
  if (reading.state == State::Here) {
    page.records = std::move(reading.records);
    page.position.number = reading.next;
    return page;
  }
  if (reading.state == State::Elsewhere) {
    const kafka::Ends::Range tail = ends_.range(key);  // asks the cluster
    if (after.number > tail.high) {
      throw PositionLost("partition " + std::to_string(number) + " of " + key.first + " ends at " +
                         std::to_string(tail.high) + ", before the position " + std::to_string(after.number) +
                         " read so far");
    }
    if (after.epoch.empty() && after.number < tail.low) {  // the beginning is where the log begins by now
      page.position.number = tail.low;
      return page;
    }
    if (after.number < tail.low) {
      throw PositionLost("partition " + std::to_string(number) + " of " + key.first + " begins at " +
                         std::to_string(tail.low) + ", behind the position " + std::to_string(after.number) +
                         " read so far: events were deleted");
    }
    shelf_.go_to(key, after.number, reading.tenure);
  }
  page.position = after;
  page.pending = true;
  return page;
}

std::optional<std::int64_t> KafkaSubscription::Impl::head(const std::string& service, int partition,
                                                          EventSource::Clock::time_point since) {
  return ends_.end({topic_of(options_, service), partition}, since);
}

void KafkaSubscription::Impl::watch(std::weak_ptr<Bell> bell) {
  const std::lock_guard lock(mutex_);
  bells_.push_back(std::move(bell));
}

void KafkaSubscription::Impl::ring() {
  const std::lock_guard lock(mutex_);
  std::erase_if(bells_, [](const std::weak_ptr<Bell>& watching) {
    const auto bell = watching.lock();
    if (bell) bell->ring();
    return !bell;
  });
}

KafkaSubscription::KafkaSubscription(KafkaOptions options, const std::set<std::string>& services, std::string group)
    : impl_(std::make_shared<Impl>(std::move(options), services, std::move(group))) {}

KafkaSubscription::~KafkaSubscription() = default;

std::string KafkaSubscription::error() const {
  return impl_->error();
}

bool KafkaSubscription::answered() const {
  return impl_->answered();
}

std::vector<std::shared_ptr<EventSource>> KafkaSubscription::sources() const {
  std::vector<std::shared_ptr<EventSource>> sources;
  for (const std::string& service : impl_->services()) sources.push_back(std::make_shared<Topic>(impl_, service));
  return sources;
}

}  // namespace wenming::events
