#include "runtime/live_stream.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

#include "events/live.h"
#include "events/test_support.h"
#include "wenming/dashboard/v1/dashboard_service.pb.h"

namespace wenming::runtime::testing {
namespace {

using namespace std::chrono_literals;
using events::testing::Database;
using events::testing::wait_until;
using ::testing::HasSubstr;
using ::testing::Not;

/// A store that answers every query with an empty message, or has no room for it.
class QueryStore final : public store::Store {
 public:
  explicit QueryStore(store::Store& inner) : inner_(inner) {}

  bool submit(store::Call call, store::Done done) override {
    if (refuse_ > 0 && refuse_-- > 0) return false;
    store::Outcome outcome;
    outcome.answer.reset(call.method->response->New());
    done(std::move(outcome));
    return true;
  }
  bool work(store::WorkName name, std::function<void(domain::Tx&)> body,
            std::function<void(std::exception_ptr)> done) override {
    return inner_.work(std::move(name), std::move(body), std::move(done));
  }
  void read(const std::function<void(domain::ReadTx&)>& body) override { inner_.read(body); }
  [[nodiscard]] std::uint64_t version() const override { return inner_.version(); }
  [[nodiscard]] std::int64_t journal_head() const override { return inner_.journal_head(); }
  [[nodiscard]] const store::Epochs& epochs() const override { return inner_.epochs(); }
  void reload_calendar() override {}
  bool submit_edge(store::EdgeCall, store::EdgeDone) override { return false; }
  bool run_beside(std::function<void()>) override { return false; }
  void run_due_timers() override {}
  void run_due_errands() override {}
  std::unique_ptr<store::Leadership> try_to_lead() override { return nullptr; }
  void on_commit(std::function<void()>) override {}
  void stop() override {}

  std::atomic<int> refuse_ = 0;

 private:
  store::Store& inner_;
};

/// What one client got to see.
class Client final : public http::ResponseSink, public http::Stream, public std::enable_shared_from_this<Client> {
 public:
  void answer(std::uint64_t, http::Response response) override {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(response);
  }
  void answer(std::uint64_t exchange, std::function<http::Response()> make) override { answer(exchange, make()); }
  std::shared_ptr<http::Stream> open_stream(std::uint64_t, http::Response) override { return shared_from_this(); }
  void abandon(std::uint64_t exchange) override { answer(exchange, http::Response{.status = 500}); }

  bool send(http::Bytes bytes) override {
    const std::lock_guard lock(mutex_);
    if (!closed_) text_ += *bytes;
    return !closed_;
  }
  void when_sent(std::function<void()> callback) override { callback(); }
  void close() override { leave(); }
  void on_close(std::function<void()> callback) override {
    const std::lock_guard lock(mutex_);
    on_close_ = std::move(callback);
  }
  /// As a client that goes away.
  void leave() {
    std::function<void()> callback;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      callback.swap(on_close_);
    }
    if (callback) callback();
  }

  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  int values() {
    int count = 0;
    const std::string all = text();
    for (auto at = all.find("event: value"); at != std::string::npos; at = all.find("event: value", at + 1)) ++count;
    return count;
  }
  bool closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
  }
  http::Response answer() {
    const std::lock_guard lock(mutex_);
    return answer_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
  bool closed_ = false;
  std::function<void()> on_close_;
  http::Response answer_;
};

class LiveStreamTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kMostStreams = 40;

  LiveStreamTest() {
    service_->set_store(store_);
    service_->set_live(hub_);
    database_.on_commit = [this] { hub_->committed(); };
    binding_.live_key = [](const google::protobuf::Message&) { return std::string("key"); };
    for (const auto& method : contract_.methods())
      if (method->is_live()) method_ = method.get();
  }
  ~LiveStreamTest() override {
    for (const auto& client : clients_) client->leave();
    alarm_.stop();
    database_.on_commit = [] {};
  }

  std::shared_ptr<Client> open(const std::string& ticket = "") {
    const auto client = std::make_shared<Client>();
    store::Call call;
    call.method = method_;
    call.request.reset(method_->request->New());
    open_live_stream(service_, binding_, std::move(call), ticket, settings_, http::Request{},
                     http::Responder(client, 1));
    return clients_.emplace_back(client);
  }
  void change() {
    events::commit(database_.store(), "", [](domain::Tx& tx) { tx.changed("key"); });
  }
  static void wait_for_values(Client& client, int count) {
    wait_until([&] { return client.values() >= count || client.closed(); }, "the client has its values");
    EXPECT_FALSE(client.closed()) << client.text();
  }

  Database database_{events::testing::publisher()};
  const std::shared_ptr<QueryStore> store_ = std::make_shared<QueryStore>(database_.store());
  const std::shared_ptr<events::LiveHub> hub_ = std::make_shared<events::LiveHub>(store_, kMostStreams);
  const std::shared_ptr<RunningService> service_ =
      std::make_shared<RunningService>(domain::Service("dashboard", {}, {}));
  const contract::Contract contract_{{dashboard::v1::DashboardService::descriptor()}};
  domain::Binding binding_;
  const contract::Method* method_ = nullptr;
  Alarm alarm_;
  LiveStreamSettings settings_{.offset = {}, .age = 1h, .pace = std::make_shared<LivePace>(), .alarm = &alarm_};
  std::vector<std::shared_ptr<Client>> clients_;
};

TEST_F(LiveStreamTest, RefusesAtTheBoundOfStreamsWithTheTimeToComeBack) {
  for (std::size_t i = 0; i < kMostStreams; ++i) open();
  const auto refused = open();
  EXPECT_EQ(refused->answer().status, 503U);
  EXPECT_TRUE(refused->answer().headers.has("Retry-After"));
}

TEST_F(LiveStreamTest, AsksAgainWhereThereWasNoRoomForItsQuery) {
  const auto client = open();
  wait_for_values(*client, 1);
  store_->refuse_ = 3;
  change();
  wait_for_values(*client, 2);
  EXPECT_THAT(client->text(), Not(HasSubstr("event: end")));
}

TEST_F(LiveStreamTest, TellsAFewClientsEveryChange) {
  const auto client = open();
  for (int i = 1; i <= 20; ++i) {
    wait_for_values(*client, i);
    change();
  }
  wait_for_values(*client, 21);
}

TEST_F(LiveStreamTest, TellsManyClientsTheNewestStateButNotEveryChange) {
  for (std::size_t i = 0; i < kMostStreams; ++i) open();
  for (const auto& client : clients_) wait_for_values(*client, 1);
  constexpr int kChanges = 300;
  for (int i = 0; i < kChanges; ++i) change();
  const std::string newest = "id: " + store_->epoch() + ":" + std::to_string(kChanges) + "\n";
  for (const auto& client : clients_) {
    wait_until([&] { return client->text().find(newest) != std::string::npos; }, "the newest state is told");
    EXPECT_LT(client->values(), kChanges / 2);
  }
}

TEST_F(LiveStreamTest, OpensOnceWithATicketOfWhichThisProcessKnowsNothing) {
  const auto first = open("ticket");
  wait_for_values(*first, 1);
  const auto thief = open("ticket");
  wait_until([&] { return thief->answer().status != 200; }, "the second is refused");
  EXPECT_EQ(thief->answer().status, 401U);
  EXPECT_EQ(thief->text(), "");
  wait_for_values(*open("another"), 1);
  change();
  wait_for_values(*first, 2);
}

TEST_F(LiveStreamTest, EndsWhenItHasHadItsTime) {
  settings_.age = 50ms;
  const auto client = open();
  wait_until([&] { return client->closed(); }, "the stream ends");
  EXPECT_THAT(client->text(), HasSubstr("event: end\ndata: {\"code\":\"reopen\"}\n\n"));
  EXPECT_EQ(hub_->subscriptions(), 0U);
}

}  // namespace
}  // namespace wenming::runtime::testing
