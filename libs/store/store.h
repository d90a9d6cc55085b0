#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/clock.h"
#include "domain/refusal.h"
#include "domain/service.h"
#include "store/epochs.h"
#include "store/leadership.h"

namespace wenming::store {

/// One call of a method, parsed, validated and authenticated, on its way to the database.
struct Call {
  const contract::Method* method = nullptr;
  domain::MessagePtr request;
  domain::Principal principal;
  std::string idempotency_key;           // as the client sent it, unquoted; empty: none
  std::string route;                     // verb and path: with caller and key it names the first answer
  std::optional<std::int64_t> if_match;  // the version that the client read
  std::string origin;                    // remote address, for the audit trail
  std::string traceparent;
  std::shared_ptr<const void> body_room;  // what a large request holds of the memory for such
  /// Of a query: called on the reader's thread, before the database is asked. True: it has answered, and `done` is not
  /// called.
  std::function<bool()> answered_elsewhere;
};

/// What became of it. Exactly one of `answer` and `refusal` is set, except after a fault in the code, where neither is.
struct Outcome {
  domain::MessagePtr answer;
  std::optional<domain::Refusal> refusal;
  bool fault = false;         // an infrastructure failure; logged where it happened. Nothing was changed.
  bool replayed = false;      // the first answer of this idempotency key
  bool unmasked = false;      // personal fields may be shown in the clear
  std::int64_t sequence = 0;  // the journal row; 0 for queries and refusals
};
using Done = std::function<void(Outcome)>;

/// One request at an edge. The call's message holds what path, query and form said.
struct EdgeCall {
  Call call;
  domain::EdgeRequest request;
  /// Whose an API key is; throws Refusal `not_signed_in`.
  std::function<domain::Principal(std::string_view api_key)> prove;
};

/// What became of it: one of the two is set.
struct EdgeOutcome {
  std::optional<domain::EdgeAnswer> answer;
  std::optional<domain::Refusal> refusal;
};
using EdgeDone = std::function<void(EdgeOutcome)>;

/// How a piece of work stands in the journal.
struct WorkName {
  WorkName() = default;
  WorkName(std::string name) : method(std::move(name)) {}
  WorkName(const char* name) : method(name) {}

  std::string method;
  /// Where a person had it done, who it was and where from. Such work leaves a row even if it publishes nothing.
  std::string caller, origin;
  std::string subject;  // what it was about
  std::string traceparent;
};

/// The fact by which a database knows the key file that it was filled with.
inline constexpr std::string_view kLookupKey = "lookup_key";

/// The key of the working calendar among the changed values.
inline constexpr std::string_view kCalendar = "calendar";

/// The database of one service with all that runs on it: the writer thread (group commit, journal, timers), the reader
/// threads, and the work that consumers of events hand in. See `store/README.md` for the argument why nothing
/// acknowledged is lost and nothing is applied twice.
///
/// Any thread may call. `Done` runs on the writer's or a reader's thread and must not block; after `stop` has returned
/// no `Done` is outstanding: every call taken has been answered.
class Store {
 public:
  virtual ~Store() = default;

  /// Hands in a command, a prepared method or a query. False: the queue is full (answer 503), and `done` is not called.
  virtual bool submit(Call call, Done done) = 0;
  /// Hands in a request at an edge; `done` runs on a thread that may wait. False: the queue is full.
  virtual bool submit_edge(EdgeCall call, EdgeDone done) = 0;
  /// Runs a job on the threads of edges, which may wait: what is left to do after an edge has answered. False: the
  /// queue is full.
  virtual bool run_beside(std::function<void()> job) = 0;

  /// Hands in a piece of work for the writer that is no method: the effects of events, a timer run, an operator's
  /// command. It runs as a whole in a savepoint of a batch; `done` gets the exception that it threw, or null after the
  /// commit. It leaves a journal row under its name if it publishes events (then it must have one) or has a caller.
  virtual bool work(WorkName name, std::function<void(domain::Tx&)> body,
                    std::function<void(std::exception_ptr)> done) = 0;

  /// Runs a read transaction on the calling thread with a reader connection of its own pool; throws what `body` throws.
  /// Where the connection is lost, the body runs once more, from the start.
  virtual void read(const std::function<void(domain::ReadTx&)>& body) = 0;

  /// Grows with every commit, for all processes on this database alike: an answer rendered at a version is true as long
  /// as the version stands.
  [[nodiscard]] virtual std::uint64_t version() const = 0;
  /// The newest committed journal sequence.
  [[nodiscard]] virtual std::int64_t journal_head() const = 0;
  /// The lives of the database, which are part of the identity of its events.
  [[nodiscard]] virtual const Epochs& epochs() const = 0;
  /// The present one.
  [[nodiscard]] const std::string& epoch() const { return epochs().current(); }

  /// Reads the working calendar again; what begins afterwards reckons with it. Other processes on the database do so by
  /// themselves once a transaction has said `tx.changed(kCalendar)`.
  virtual void reload_calendar() = 0;

  /// Returns once every timer that is due by the clock has been run, or put off because it failed. Timers run by
  /// themselves as time passes; this is for those who move the clock.
  virtual void run_due_timers() = 0;

  /// Returns once no errand that is due by the clock is left or under way, but those put off because they failed. They
  /// run by themselves; this is for those who move the clock.
  virtual void run_due_errands() = 0;

  /// See Leadership; null while another process leads. Throws EngineError.
  virtual std::unique_ptr<Leadership> try_to_lead() = 0;

  /// Called after each commit, and after one of another process on the same database; on whatever thread notices, so it
  /// must not block. Set before the first call.
  virtual void on_commit(std::function<void()> listener) = 0;

  /// Takes no more, finishes what it has, answers it, closes. Idempotent.
  virtual void stop() = 0;
};

}  // namespace wenming::store
