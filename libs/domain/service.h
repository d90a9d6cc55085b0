#pragma once

#include <google/protobuf/message.h>

#include <any>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/embedded_file.h"
#include "domain/caller.h"
#include "domain/edge.h"
#include "domain/job.h"
#include "domain/outside.h"
#include "domain/reader.h"
#include "domain/refusal.h"
#include "domain/tx.h"
#include "domain/visibility.h"

namespace wenming::domain {

class Jobs;

/// What comes with an event, beside its payload.
struct EventContext {
  std::string_view source;  // the service that published it
  std::string_view key;     // the aggregate
  std::string_view id;      // unique: source, epoch and sequence
  core::Timestamp time;     // of the command that published it
};

/// What a consumer keeps in memory for the length of one batch of events: counters touched by many events are written
/// once. Flushed in the batch's transaction, before the positions; thrown away if the batch is rolled back.
class Batch {
 public:
  virtual ~Batch() = default;
  virtual void flush(Tx& tx) = 0;
};

// The functions of the table, with their message types taken away. `Service` makes them; the libraries call them.
using MessagePtr = std::unique_ptr<google::protobuf::Message>;
using CommandFunction = std::function<MessagePtr(Tx&, const Caller&, const google::protobuf::Message&)>;
using QueryFunction =
    std::function<MessagePtr(ReadTx&, const Caller&, const Visibility&, const google::protobuf::Message&)>;
using PrepareFunction = std::function<std::any(Reader&, const Caller&, const google::protobuf::Message&)>;
using CommitFunction = std::function<MessagePtr(Tx&, const Caller&, const google::protobuf::Message&, const std::any&)>;
using TimerFunction = std::function<void(Tx&, const google::protobuf::Message&)>;
using ErrandFunction = std::function<std::any(Reader&, const google::protobuf::Message&)>;
using SettleFunction = std::function<void(Tx&, const google::protobuf::Message&, const std::any&)>;
using EventFunction = std::function<void(Tx&, Batch*, const google::protobuf::Message&, const EventContext&)>;
using BatchFactory = std::function<std::unique_ptr<Batch>()>;
using ScopeFunction = std::function<std::optional<Scope>(ReadTx&, std::string_view id)>;
using EdgeFunction = std::function<EdgeAnswer(Edge&, const google::protobuf::Message&)>;
using EdgeRefusalFunction = std::function<EdgeAnswer(const EdgeRequest&, const Refusal&)>;
using LiveKeyFunction = std::function<std::string(const google::protobuf::Message&)>;

/// What one rpc is bound to; exactly the functions of its kind are set.
struct Binding {
  std::string rpc;
  const google::protobuf::Descriptor* request = nullptr;
  const google::protobuf::Descriptor* response = nullptr;
  bool list = false;
  CommandFunction command;
  QueryFunction query;  // queries, lists, and what a live stream sends
  PrepareFunction prepare;
  CommitFunction commit;
  EdgeFunction edge;
  EdgeRefusalFunction edge_refused;  // null: problem+json, as everywhere
  LiveKeyFunction live_key;          // live streams: the key (see `Tx::changed`) to watch
  bool job = false;                  // `prepare` keeps the input, `commit` writes the job down
};

/// Slow work that falls due (`Tx::send_on_errand`), and what becomes of it.
struct Errand {
  const google::protobuf::Message* prototype = nullptr;
  ErrandFunction run;
  SettleFunction settle;
  /// What becomes of it where it is refused, by either: a command in the place of `settle`, once. Null: a refusal is a
  /// failure like any other.
  std::function<void(Tx&, const google::protobuf::Message&, const Refusal&)> refused;
  /// After which one that did not come home is begun anew; as long as the store says unless stated.
  std::optional<std::chrono::microseconds> lease;
  /// By whom it is done, and what it is about; null: by the system, and about its key.
  struct Doer {
    std::string caller, subject;
  };
  std::function<Doer(const google::protobuf::Message&)> doer;
};

/// The table of a service: which function stands behind which rpc, timer and event, and the schema.
///
///     Service service(core::Settings& settings) {
///       const auto hours = std::make_shared<Hours>(settings);
///       return Service("volunteer", {v1::VolunteerService::descriptor()}, schema())
///           .command("SubmitHours", hours, &Hours::submit)
///           .list("ListHours", hours, &Hours::list)
///           .resource("volunteer", Volunteers::scope)
///           .timer(&close_month)
///           .on(&organisation_changed);
///     }
///
/// Functions are free functions, lambdas, or members of a shared object. Their message types are checked against the
/// contract at start (`check`): every rpc has exactly one function, of its kind and types, or the process does not
/// start.
class Service {
 public:
  Service(std::string name, std::vector<const google::protobuf::ServiceDescriptor*> contract,
          std::span<const core::EmbeddedFile> schema)
      : name_(std::move(name)), contract_(std::move(contract)), schema_(schema.begin(), schema.end()) {}

  /// `Response f(Tx&, const Caller&, const Request&)`
  template <class F>
  Service& command(std::string rpc, F f) {
    return bind_command(std::move(rpc), std::function(std::move(f)));
  }
  template <class T, class R, class Q, class M>
  Service& command(std::string rpc, std::shared_ptr<T> object, R (M::*f)(Tx&, const Caller&, const Q&) const) {
    return bind_command(std::move(rpc), std::function<R(Tx&, const Caller&, const Q&)>(
                                            [object, f](Tx& tx, const Caller& caller, const Q& q) {
                                              return ((*object).*f)(tx, caller, q);
                                            }));
  }

  /// `Response f(ReadTx&, const Caller&, const Request&)`
  template <class F>
  Service& query(std::string rpc, F f) {
    return bind_query(std::move(rpc), std::function(std::move(f)));
  }
  template <class T, class R, class Q, class M>
  Service& query(std::string rpc, std::shared_ptr<T> object, R (M::*f)(ReadTx&, const Caller&, const Q&) const) {
    return bind_query(std::move(rpc), std::function<R(ReadTx&, const Caller&, const Q&)>(
                                          [object, f](ReadTx& tx, const Caller& caller, const Q& q) {
                                            return ((*object).*f)(tx, caller, q);
                                          }));
  }

  /// `Response f(ReadTx&, const Visibility&, const Request&)`: for responses with a `next_page_token`.
  template <class F>
  Service& list(std::string rpc, F f) {
    return bind_list(std::move(rpc), std::function(std::move(f)));
  }

  template <class T, class R, class Q, class M>
  Service& list(std::string rpc, std::shared_ptr<T> object, R (M::*f)(ReadTx&, const Visibility&, const Q&) const) {
    return bind_list(std::move(rpc), std::function<R(ReadTx&, const Visibility&, const Q&)>(
                                         [object, f](ReadTx& tx, const Visibility& visible, const Q& q) {
                                           return ((*object).*f)(tx, visible, q);
                                         }));
  }

  /// `P prepare(Reader&, const Caller&, const Request&)`, outside a transaction and off the writer, then
  /// `Response commit(Tx&, const Caller&, const Request&, const P&)`, which checks again what may have changed.
  template <class T, class P, class R, class Q, class M>
  Service& prepared(std::string rpc, std::shared_ptr<T> object, P (M::*prepare)(Reader&, const Caller&, const Q&) const,
                    R (M::*commit)(Tx&, const Caller&, const Q&, const P&) const) {
    Binding binding = typed<R, Q>(std::move(rpc));
    binding.prepare = [object, prepare](Reader& reader, const Caller& caller, const google::protobuf::Message& q) {
      return std::any(((*object).*prepare)(reader, caller, static_cast<const Q&>(q)));
    };
    binding.commit = [object, commit](Tx& tx, const Caller& caller, const google::protobuf::Message& q,
                                      const std::any& p) {
      return MessagePtr(new R(((*object).*commit)(tx, caller, static_cast<const Q&>(q), std::any_cast<const P&>(p))));
    };
    return add(std::move(binding));
  }

  /// `EdgeAnswer f(Edge&, const Request&)` for an rpc of kind EDGE: raw HTTP in and out (domain/edge.h), on a thread
  /// that may wait. Refusals are answered as everywhere, or, where the protocol has error bodies of its own, by
  /// `EdgeAnswer refused(const EdgeRequest&, const Refusal&)`, also those thrown before the function was called.
  template <class T, class Q, class M>
  Service& edge(std::string rpc, std::shared_ptr<T> object, EdgeAnswer (M::*f)(Edge&, const Q&) const,
                EdgeRefusalFunction refused = nullptr) {
    Binding binding;
    binding.rpc = std::move(rpc);
    binding.request = Q::descriptor();
    binding.edge = [object, f](Edge& edge, const google::protobuf::Message& q) {
      return ((*object).*f)(edge, static_cast<const Q&>(q));
    };
    binding.edge_refused = std::move(refused);
    return add(std::move(binding));
  }

  /// A server-streaming rpc: sends the answer now and whenever the key has changed (Server-Sent Events).
  template <class F, class K>
  Service& live(std::string rpc, K key, F answer) {
    return bind_live(std::move(rpc), std::function(std::move(key)), std::function(std::move(answer)));
  }

  /// How the scope of a resource named by id is found; nullopt where there is no such resource.
  Service& resource(std::string type, ScopeFunction scope) {
    resources_.emplace(std::move(type), std::move(scope));
    return *this;
  }

  /// `void f(Tx&, const Message&)`: runs when a timer of this message type falls due.
  template <class F>
  Service& timer(F f) {
    return bind_timer(std::function(std::move(f)));
  }

  /// `P run(Reader&, const Message&)`, outside a transaction and off the writer, when an errand of this message type
  /// falls due, then `void settle(Tx&, const Message&, const P&)`, exactly once. If the process dies in between, `run`
  /// begins again: what it does outside must bear repetition. Where it throws, it is tried again later, for ever.
  template <class T, class P, class C, class M>
  Service& errand(std::shared_ptr<T> object, P (M::*run)(Reader&, const C&) const,
                  void (M::*settle)(Tx&, const C&, const P&) const) {
    errands_[C::descriptor()->full_name()] = {
        &C::default_instance(),
        [object, run](Reader& reader, const google::protobuf::Message& c) {
          return std::any(((*object).*run)(reader, static_cast<const C&>(c)));
        },
        [object, settle](Tx& tx, const google::protobuf::Message& c, const std::any& p) {
          ((*object).*settle)(tx, static_cast<const C&>(c), std::any_cast<const P&>(p));
        },
        nullptr,
        std::nullopt,
        nullptr};
    return *this;
  }

  /// A job (domain/job.h): durable work in steps, started by this rpc, which is of kind JOB and answers with a Job.
  /// The methods that every service with jobs has come with the first.
  Service& job(std::string rpc, std::shared_ptr<const JobWork> work);
  /// How long jobs and their files are kept after their end; 30 days unless said.
  Service& keep_jobs(std::chrono::days time);

  /// `void f(Tx&, const Event&, const EventContext&)`: runs once per event of this type, whoever published it.
  template <class F>
  Service& on(F f) {
    return bind_event(std::function(std::move(f)));
  }

  /// Gives event functions of the form `void f(Tx&, B&, const Event&, const EventContext&)` a fresh B per batch of
  /// events.
  template <class B>
  Service& batch() {
    batch_ = [] { return std::make_unique<B>(); };
    return *this;
  }

  /// Runs once in an empty store, before anything else.
  Service& on_first_start(std::function<void(Tx&)> f) {
    first_start_ = std::move(f);
    return *this;
  }

  /// A line for the operator's terminal, asked for once after the first start has been committed: a password that was
  /// made. It is never logged. An empty line says nothing.
  Service& first_start_notice(std::function<std::string()> notice) {
    first_start_notice_ = std::move(notice);
    return *this;
  }

  /// Everything in this service's database is derived from events: it has no commands, and can be rebuilt beside the
  /// live copy and switched.
  Service& read_model() {
    read_model_ = true;
    return *this;
  }

  /// Its tables have columns of personal data (sealed.h): a key file is needed to start it.
  Service& keeps_personal_data() {
    keeps_personal_data_ = true;
    return *this;
  }

  /// Brings rows that an earlier version has left into the form of this one, where SQL cannot: `step` changes a bounded
  /// number of them and returns how many, and runs at every start, in a transaction of its own each time, until it
  /// returns 0. While processes of two versions run beside each other some may be left to the next start.
  Service& upgrade(std::function<std::int64_t(Tx&)> step) {
    upgrades_.push_back(std::move(step));
    return *this;
  }

  /// This service owns the reference facts and writes them inside its own commands; all others take a replica.
  Service& owns_reference() {
    owns_reference_ = true;
    return *this;
  }

  /// Static files served under `/` (the dashboard's page).
  struct Asset {
    std::string_view path;  // `/`, `/app.js`
    std::string_view media_type;
    std::string_view content;
  };
  Service& assets(std::span<const Asset> files) {
    assets_.assign(files.begin(), files.end());
    return *this;
  }

  /// Throws std::logic_error naming every rpc without function, function without rpc, or wrong type or kind.
  void check(const contract::Contract& contract) const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<const google::protobuf::ServiceDescriptor*>& contract() const { return contract_; }
  [[nodiscard]] const std::vector<core::EmbeddedFile>& schema() const { return schema_; }
  [[nodiscard]] const std::map<std::string, Binding, std::less<>>& bindings() const { return bindings_; }
  [[nodiscard]] const std::map<std::string, ScopeFunction, std::less<>>& resources() const { return resources_; }
  [[nodiscard]] const std::map<std::string, std::pair<const google::protobuf::Message*, TimerFunction>, std::less<>>&
  timers() const {
    return timers_;
  }
  [[nodiscard]] const std::map<std::string, std::pair<const google::protobuf::Message*, EventFunction>, std::less<>>&
  events() const {
    return events_;
  }
  [[nodiscard]] const std::map<std::string, Errand, std::less<>>& errands() const { return errands_; }
  [[nodiscard]] bool has_jobs() const { return jobs_ != nullptr; }
  [[nodiscard]] const BatchFactory& batch_factory() const { return batch_; }
  [[nodiscard]] const std::function<void(Tx&)>& first_start() const { return first_start_; }
  [[nodiscard]] const std::function<std::string()>& first_start_notice() const { return first_start_notice_; }
  [[nodiscard]] bool has_personal_data() const { return keeps_personal_data_; }
  [[nodiscard]] const std::vector<std::function<std::int64_t(Tx&)>>& upgrades() const { return upgrades_; }
  [[nodiscard]] bool is_read_model() const { return read_model_; }
  [[nodiscard]] bool is_reference_owner() const { return owns_reference_; }
  [[nodiscard]] const std::vector<Asset>& assets() const { return assets_; }

 private:
  template <class R, class Q>
  static Binding typed(std::string rpc) {
    Binding binding;
    binding.rpc = std::move(rpc);
    binding.request = Q::descriptor();
    binding.response = R::descriptor();
    return binding;
  }
  template <class R, class Q>
  Service& bind_command(std::string rpc, std::function<R(Tx&, const Caller&, const Q&)> f) {
    Binding binding = typed<R, std::remove_cvref_t<Q>>(std::move(rpc));
    binding.command = [f = std::move(f)](Tx& tx, const Caller& caller, const google::protobuf::Message& q) {
      return MessagePtr(new R(f(tx, caller, static_cast<const Q&>(q))));
    };
    return add(std::move(binding));
  }
  template <class R, class Q>
  Service& bind_query(std::string rpc, std::function<R(ReadTx&, const Caller&, const Q&)> f) {
    Binding binding = typed<R, std::remove_cvref_t<Q>>(std::move(rpc));
    binding.query = [f = std::move(f)](ReadTx& tx, const Caller& caller, const Visibility&,
                                       const google::protobuf::Message& q) {
      return MessagePtr(new R(f(tx, caller, static_cast<const Q&>(q))));
    };
    return add(std::move(binding));
  }
  template <class R, class Q>
  Service& bind_list(std::string rpc, std::function<R(ReadTx&, const Visibility&, const Q&)> f) {
    Binding binding = typed<R, std::remove_cvref_t<Q>>(std::move(rpc));
    binding.list = true;
    binding.query = [f = std::move(f)](ReadTx& tx, const Caller&, const Visibility& visible,
                                       const google::protobuf::Message& q) {
      return MessagePtr(new R(f(tx, visible, static_cast<const Q&>(q))));
    };
    return add(std::move(binding));
  }
  template <class R, class Q, class QK>
  Service& bind_live(std::string rpc, std::function<std::string(const QK&)> key,
                     std::function<R(ReadTx&, const Caller&, const Q&)> f) {
    static_assert(std::is_same_v<std::remove_cvref_t<QK>, std::remove_cvref_t<Q>>);
    bind_query(rpc, std::move(f));
    bindings_.at(rpc).live_key = [key = std::move(key)](const google::protobuf::Message& q) {
      return key(static_cast<const QK&>(q));
    };
    return *this;
  }
  template <class C>
  Service& bind_timer(std::function<void(Tx&, const C&)> f) {
    timers_[C::descriptor()->full_name()] = {
        &C::default_instance(),
        [f = std::move(f)](Tx& tx, const google::protobuf::Message& c) { f(tx, static_cast<const C&>(c)); }};
    return *this;
  }
  template <class E>
  Service& bind_event(std::function<void(Tx&, const E&, const EventContext&)> f) {
    events_[E::descriptor()->full_name()] = {
        &E::default_instance(), [f = std::move(f)](Tx& tx, Batch*, const google::protobuf::Message& e,
                                                   const EventContext& c) { f(tx, static_cast<const E&>(e), c); }};
    return *this;
  }
  template <class B, class E>
  Service& bind_event(std::function<void(Tx&, B&, const E&, const EventContext&)> f) {
    events_[E::descriptor()->full_name()] = {
        &E::default_instance(),
        [f = std::move(f)](Tx& tx, Batch* b, const google::protobuf::Message& e, const EventContext& c) {
          f(tx, static_cast<B&>(*b), static_cast<const E&>(e), c);
        }};
    return *this;
  }
  Service& add(Binding binding);

  std::string name_;
  std::vector<const google::protobuf::ServiceDescriptor*> contract_;
  std::vector<core::EmbeddedFile> schema_;
  std::map<std::string, Binding, std::less<>> bindings_;
  std::map<std::string, ScopeFunction, std::less<>> resources_;
  std::map<std::string, std::pair<const google::protobuf::Message*, TimerFunction>, std::less<>> timers_;
  std::map<std::string, std::pair<const google::protobuf::Message*, EventFunction>, std::less<>> events_;
  std::map<std::string, Errand, std::less<>> errands_;
  std::shared_ptr<Jobs> jobs_;  // null without jobs
  BatchFactory batch_;
  std::function<void(Tx&)> first_start_;
  std::function<std::string()> first_start_notice_;
  std::vector<std::function<std::int64_t(Tx&)>> upgrades_;
  bool keeps_personal_data_ = false;
  bool read_model_ = false;
  bool owns_reference_ = false;
  std::vector<Asset> assets_;
};

}  // namespace wenming::domain
