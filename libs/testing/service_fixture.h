#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "contract/contract.h"
#include "core/clock.h"
#include "core/settings.h"
#include "domain/key_ring.h"
#include "domain/service.h"
#include "store/store.h"
#include "testing/moments.h"
#include "testing/outside.h"
#include "testing/refused.h"
#include "testing/temporary_folder.h"
#include "wenming/contract/v1/jobs.pb.h"

namespace wenming::testing {

/// What else may come with a call.
struct CallOptions {
  std::string idempotency_key;
  std::optional<std::int64_t> if_match;
};

/// For tests of a service's rules: the service on a database of its own in a temporary folder, with a clock that the
/// test moves, local time +08:00, and calls that go the whole way (field rules, authorisation, transaction, journal),
/// without HTTP.
///
///     class HoursTest : public testing::ServiceFixture {
///      protected:
///       HoursTest() : ServiceFixture(&volunteer::service) {
///         organisation("county");
///         grant("wang", ROLE_OFFICE, "county");
///       }
///       v1::HourEntry submit(…) { return call<v1::HourEntry>("SubmitHours", request, as("li_hua")); }
///     };
///
/// Everything is called from the test's thread.
class ServiceFixture : public ::testing::Test {
 protected:
  using Settings = std::map<std::string, std::string>;

  /// `settings` override the defaults that the service declares (`volunteer.daily_limit_minutes` → `600`).
  explicit ServiceFixture(const std::function<domain::Service(core::Settings&)>& make, const Settings& settings = {});
  explicit ServiceFixture(domain::Service service);
  ~ServiceFixture() override;

  // Who calls.
  [[nodiscard]] static domain::Principal as(std::string_view user_id);
  [[nodiscard]] static domain::Principal anonymous() { return {}; }
  /// A caller with ROLE_ADMIN on the whole deployment, granted when first asked for.
  domain::Principal admin();

  // Reference facts, as identity would have told them.
  /// An organisation below `parent` (empty: a root) since long ago; its id, code and name are the same unless said.
  std::string organisation(std::string_view id, std::string_view parent = {}, std::string_view name = {},
                           std::string_view level = "UNIT");
  /// A role on a subtree; an empty unit is the whole deployment. Returns the user.
  std::string grant(std::string_view user, contract::v1::Role role, std::string_view unit = {});
  /// Days on which something holds, from the first to the last.
  struct Days {
    std::string_view first = "2000-01-01";
    std::string_view last = "9999-12-30";
  };
  /// A relation that leads from its holder to the subtree of a unit, or to one thing there.
  void relation(contract::v1::RelationKind kind, std::string_view holder, std::string_view unit, const Days& days,
                std::string_view about = {});
  /// A term of office in a body, which there is from then on, of somebody who signs in as this user.
  void member(std::string_view user, std::string_view body, const Days& days);

  /// Calls a method and waits for its answer. Throws Refusal where it is refused, std::runtime_error after a fault.
  template <class Response>
  Response call(std::string_view rpc, const google::protobuf::Message& request, const domain::Principal& caller,
                const CallOptions& options = {}) {
    return static_cast<const Response&>(*outcome(rpc, request, caller, options).answer);
  }
  /// The same with all that the store tells: replayed, unmasked, sequence.
  store::Outcome outcome(std::string_view rpc, const google::protobuf::Message& request,
                         const domain::Principal& caller, const CallOptions& options = {});

  /// Sends a request to an edge, as it would come over HTTP, and waits for its answer. `fields` is what path, query and
  /// form say. Throws Refusal. Where the edge signs in by an API key, that is the name of a user.
  domain::EdgeAnswer at_edge(std::string_view rpc, const google::protobuf::Message& fields,
                             const domain::Principal& caller, domain::EdgeRequest request = {});

  /// Starts a job and has it run to its end.
  contract::v1::Job run_job(std::string_view rpc, const google::protobuf::Message& request,
                            const domain::Principal& caller);
  /// The job as it is.
  contract::v1::Job job(const std::string& id);
  /// Its result as it is downloaded; empty where it has none.
  std::string result_of(const contract::v1::Job& job);
  /// Its error file likewise.
  std::string error_file_of(const contract::v1::Job& job);
  /// The same, a text per cell: `3/4 subject BLANK` is a cell of row 3, on line 4.
  std::vector<std::string> errors_of(const contract::v1::Job& job);

  // Time. It stands still between these calls.
  [[nodiscard]] core::Timestamp now() const { return clock_->now(); }
  /// Moves the clock forward, from timer to timer and errand to errand: each runs at its own moment, in order.
  void advance_to(core::Timestamp moment);
  void advance(std::chrono::microseconds by) { advance_to(now() + by); }

  /// A day off or a make-up day (`HOLIDAY`, `MAKE_UP_WORKDAY`), as identity would have told it; what begins afterwards
  /// reckons with it.
  void calendar_day(std::string_view day, std::string_view kind);

  // Events.
  /// All events of this type that the service has published, in order.
  template <class Event>
  std::vector<Event> published() {
    std::vector<Event> events;
    for (const std::string& payload : published(Event::descriptor()->full_name())) {
      events.emplace_back().ParseFromString(payload);
    }
    return events;
  }
  /// Has the service handle an event as if another one had just published it. Throws what its function throws.
  void deliver(const google::protobuf::Message& event) { deliver_all({&event}); }
  /// Several events in one batch, in one transaction.
  void deliver_all(const std::vector<const google::protobuf::Message*>& events);

  // Straight into the database.
  /// Runs a piece of work; throws what it throws.
  void work(const std::function<void(domain::Tx&)>& body);
  /// What `body` makes of the database, as committed.
  template <class F>
  auto read(F&& body) {
    std::optional<std::invoke_result_t<F, domain::ReadTx&>> result;
    store_->read([&](domain::ReadTx& tx) { result.emplace(body(tx)); });
    return std::move(*result);
  }
  template <class T, class... A>
  std::optional<T> value(std::string_view sql, const A&... args) {
    std::optional<T> found;
    store_->read([&](domain::ReadTx& tx) { found = tx.value<T>(sql, args...); });
    return found;
  }

  /// What opens the personal data in this database.
  [[nodiscard]] domain::Keys& keys() { return *keys_; }
  /// Exchanges its key file, as an operator would: the service knows of it once it reads it anew.
  void exchange_keys(const std::function<void(domain::KeyRing&)>& edit);
  /// What errands and prepared methods reach beside the database.
  [[nodiscard]] TestOutside& outside() { return *outside_; }
  [[nodiscard]] store::Store& store() { return *store_; }
  [[nodiscard]] const domain::Service& service() const { return service_; }
  [[nodiscard]] const contract::Contract& contract() const { return contract_; }

 private:
  static std::string fresh_key_file();
  [[nodiscard]] const contract::Method& method(std::string_view rpc) const;
  std::vector<std::string> published(std::string_view type);

  const TemporaryFolder folder_;
  const std::shared_ptr<core::ManualClock> clock_;
  std::string key_file_ = fresh_key_file();
  const std::shared_ptr<domain::Keys> keys_ =
      std::make_shared<domain::Keys>([this] { return domain::KeyRing::parse(key_file_); });
  const std::shared_ptr<TestOutside> outside_ = std::make_shared<TestOutside>();
  const domain::Service service_;
  const contract::Contract contract_;
  const std::unique_ptr<store::Store> store_;
  std::int64_t delivered_ = 0;
  bool has_admin_ = false;
};

}  // namespace wenming::testing
