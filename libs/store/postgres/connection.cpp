#include "store/postgres/connection.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <climits>
#include <set>
#include <tuple>
#include <utility>

#include "domain/refusal.h"
#include "store/catalogue.h"
#include "store/postgres/cursor.h"
#include "store/postgres/locks.h"
#include "store/postgres/parameters.h"

namespace wenming::store {

struct AnswerAhead {
  std::shared_ptr<PostgresStatement> statement;
  std::shared_ptr<PGresult> rows;  // null until they have come
};

namespace {

using domain::Value;
using Kind = EngineError::Kind;

constexpr std::size_t kMostStatements = 500;
/// A transaction that stands idle holds locks and keeps dead rows: of a process that hangs, the server ends it.
constexpr std::chrono::milliseconds kLongestIdle{10'000};
/// How long a writer waits for its turn.
constexpr std::chrono::seconds kLongestTurn{20};
/// How long one result may take, which may have a turn before it, and how long beyond the bound of a read.
constexpr std::chrono::seconds kLongestSilence{kLongestTurn + std::chrono::seconds(5)}, kLongestSilenceOfRead{3};
// Locks of the transaction, so that they go with it. One writer per database at a time, or several side by side, which
// share the first lock, lock their aggregates in the order of numbers, so that no two can wait for each other, and take
// the last when they are done.
const std::string kTakeTurn = fmt::format("SELECT pg_advisory_xact_lock({})", locks::kTurn);
const std::string kShareTurn = fmt::format("SELECT pg_advisory_xact_lock_shared({})", locks::kTurn);
const std::string kTakeAggregates = fmt::format(
    "SELECT pg_advisory_xact_lock({}, aggregate) FROM unnest(CAST($1 AS int4[])) AS aggregate", locks::kAggregate);
const std::string kTakeJournal = fmt::format("SELECT pg_advisory_xact_lock({})", locks::kJournal);

/// SQLSTATE classes: PostgreSQL 15, Appendix A.
Kind kind_of(std::string_view state) {
  if (state == "57014") return Kind::Interrupted;
  if (state.starts_with("08") || state.starts_with("57P") || state == "25P03") return Kind::Unreachable;
  if (state.starts_with("53") || state.starts_with("58") || state.starts_with("XX")) return Kind::Storage;
  if (state.starts_with("23")) return Kind::Constraint;
  if (state.starts_with("40") || state == "55P03") return Kind::Busy;
  return Kind::Mistake;
}

/// One line of a log for what libpq lays out as several.
std::string one_line(std::string_view lines) {
  std::string text(lines);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text;
}

}  // namespace

PostgresConnection::PostgresConnection(const std::string& url, Role role, const std::string& schema)
    : role_(role), announcement_("wenming_" + schema) {
  const std::string options = "-c search_path=" + schema +
                              " -c idle_in_transaction_session_timeout=" + std::to_string(kLongestIdle.count()) + " " +
                              (role == Role::Writer ? "-c lock_timeout=" + std::to_string(kLongestTurn.count()) + "s"
                                                    : "-c default_transaction_read_only=on");
  // What stands before the URL may be said otherwise in it. A peer that is gone without a word is noticed in seconds.
  const std::array<std::pair<const char*, const char*>, 10> parameters{
      {{"connect_timeout", "5"},
       {"keepalives_idle", "5"},
       {"keepalives_interval", "2"},
       {"keepalives_count", "3"},
       {"tcp_user_timeout", "10000"},
       {"dbname", url.c_str()},
       {"client_encoding", "UTF8"},
       {"application_name", role == Role::Writer ? "wenming writer" : "wenming reader"},
       {"options", options.c_str()},
       {nullptr, nullptr}}};
  std::array<const char*, parameters.size()> keys{}, values{};
  for (std::size_t i = 0; i < parameters.size(); ++i) std::tie(keys[i], values[i]) = parameters[i];
  connection_ = PQconnectdbParams(keys.data(), values.data(), 1);
  if (connection_ == nullptr || PQstatus(connection_) != CONNECTION_OK) {
    const std::string reason = connection_ != nullptr ? last_error() : "no memory";
    PQfinish(connection_);
    throw EngineError(Kind::Unreachable, "cannot connect to PostgreSQL: " + reason);
  }
  PQsetNoticeProcessor(
      connection_, [](void*, const char*) {}, nullptr);
  if (PQsetnonblocking(connection_, 1) != 0 || PQenterPipelineMode(connection_) != 1) {
    PQfinish(connection_);
    throw EngineError(Kind::Unreachable, "cannot work in pipeline mode with PostgreSQL");
  }
}

PostgresConnection::~PostgresConnection() {
  if (own_) own_->remove(backend_);
  PQfinish(connection_);
}

std::string PostgresConnection::last_error() const {
  return one_line(PQerrorMessage(connection_));
}

bool PostgresConnection::alive() {
  if (given_up_) return false;
  // A server that has gone away has closed the connection, which reading notices once it has read what was said before.
  pollfd readable{PQsocket(connection_), POLLIN, 0};
  do {
    if (PQconsumeInput(connection_) != 1 || PQstatus(connection_) != CONNECTION_OK) return false;
  } while (poll(&readable, 1, 0) > 0);
  return true;
}

PostgresConnection::Statement PostgresConnection::prepared(std::string_view sql, std::span<const Value> values) {
  std::string key = key_of_statement(sql, values);
  const auto found = statements_.find(key);
  if (found != statements_.end()) return found->second;
  if (statements_.size() >= kMostStatements) {
    wait_for_all();
    statements_.clear();
    hand_in("DEALLOCATE ALL");
  }
  // The server takes a parameter that is used nowhere.
  if (parameters_of(sql) != static_cast<int>(values.size()))
    throw EngineError(Kind::Mistake, "wrong number of parameters for: " + std::string(sql));
  auto statement = std::make_shared<PostgresStatement>("w" + std::to_string(++names_), sql);
  const Parameters parameters(values);
  if (PQsendPrepare(connection_, statement->name.c_str(), statement->text.c_str(), parameters.count(),
                    parameters.types()) != 1) {
    throw EngineError(Kind::Unreachable, last_error());
  }
  owed_.push_back({Owed::What::Preparation, statement, savepoint_stands_ ? savepoints_ : 0});
  statements_.emplace(std::move(key), statement);
  return statement;
}

void PostgresConnection::send(std::string_view sql, std::span<const Value> values) {
  const Statement statement = prepared(sql, values);
  const Parameters parameters(values);
  if (PQsendQueryPrepared(connection_, statement->name.c_str(), parameters.count(), parameters.values(),
                          parameters.lengths(), parameters.formats(), 1) != 1) {
    throw EngineError(Kind::Unreachable, last_error());
  }
  owed_.push_back({Owed::What::Execution, statement, savepoint_stands_ ? savepoints_ : 0});
}

void PostgresConnection::send_sync() {
  if (PQpipelineSync(connection_) != 1) throw EngineError(Kind::Unreachable, last_error());
  owed_.push_back({Owed::What::Sync, nullptr, 0});
}

/// Hands everything to the server, reading what it sends meanwhile: else both could wait for each other with full
/// buffers.
void PostgresConnection::flush() {
  while (true) {
    const int left = PQflush(connection_);
    if (left == 0) return;
    if (left < 0) throw EngineError(Kind::Unreachable, last_error());
    if (!wait_for_socket(POLLIN | POLLOUT, std::chrono::steady_clock::now() + kLongestSilence))
      lost("the server takes nothing any more");
    if (PQconsumeInput(connection_) != 1) throw EngineError(Kind::Unreachable, last_error());
  }
}

/// Takes the oldest result that is owed. The rows of an execution go to `last`.
void PostgresConnection::take_next(Result& last) {
  const Owed owed = std::move(owed_.front());
  owed_.pop_front();
  Result result = next_result();
  if (!result || PQstatus(connection_) != CONNECTION_OK) lost(last_error());
  const ExecStatusType status = PQresultStatus(result.get());
  if (owed.what == Owed::What::Sync) {
    // A server that ends a connection says so in the place of what it owes, even behind a commit that it has confirmed.
    if (status != PGRES_PIPELINE_SYNC) lost(PQresultErrorMessage(result.get()));
    return;
  }
  switch (status) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
      if (owed.what == Owed::What::Preparation) {
        owed.statement->ready = true;
      } else if (owed.ahead) {
        owed.ahead->rows = std::move(result);
      } else {
        const char* const touched = PQcmdTuples(result.get());
        touched_ = *touched == '\0' ? 0 : std::strtoll(touched, nullptr, 10);
        last = std::move(result);
      }
      break;
    case PGRES_PIPELINE_ABORTED:
      break;
    default:
      note(*result, owed);
  }
  // The end of this statement's results.
  if (next_result()) lost("more results than one of: " + owed.statement->text);
  if (owed.what == Owed::What::Preparation && !owed.statement->ready) {
    std::erase_if(statements_, [&](const auto& entry) { return entry.second == owed.statement; });
  }
}

/// The next result, or null behind the last of a statement. A server that hangs keeps neither its time-outs nor its
/// word, while its host goes on answering for it: such a connection counts as lost.
PostgresConnection::Result PostgresConnection::next_result() {
  const auto silence = bound_.count() > 0 ? bound_ + kLongestSilenceOfRead : kLongestSilence;
  const auto until = std::chrono::steady_clock::now() + silence;
  while (PQisBusy(connection_) != 0) {
    if (!wait_for_socket(POLLIN, until)) lost("the server does not answer");
    if (PQconsumeInput(connection_) != 1) break;
  }
  return Result(PQgetResult(connection_));
}

/// False: nothing has happened until then.
bool PostgresConnection::wait_for_socket(short events, std::chrono::steady_clock::time_point until) {
  pollfd socket{PQsocket(connection_), events, 0};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  return poll(&socket, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX))) != 0;
}

void PostgresConnection::lost(std::string_view why) {
  owed_.clear();
  ahead_.clear();
  in_transaction_ = false;
  given_up_ = true;
  throw EngineError(Kind::Unreachable, "lost the connection to PostgreSQL: " + one_line(why));
}

void PostgresConnection::note(const PGresult& failed, const Owed& owed) {
  if (failure_) return;
  const char* const state = PQresultErrorField(&failed, PG_DIAG_SQLSTATE);
  const char* const text = PQresultErrorField(&failed, PG_DIAG_MESSAGE_PRIMARY);
  Kind kind = state != nullptr ? kind_of(state) : Kind::Unreachable;
  // `SELECT *` of a table that was given another column, by a plan from before: "cached plan must not change result
  // type". A new connection has no plans.
  if (kind == Kind::Mistake && std::string_view(state) == "0A000" && owed.what == Owed::What::Execution)
    kind = Kind::Unreachable;
  given_up_ = given_up_ || kind == Kind::Unreachable;
  failure_ = std::make_unique<Failure>(Failure{kind,
                                               std::string(text != nullptr ? text : "no reason given") + " (" +
                                                   (state != nullptr ? state : "-") + ") in: " + owed.statement->text,
                                               owed.savepoint});
}

void PostgresConnection::wait_for_all() {
  if (owed_.empty()) return;
  if (owed_.back().what != Owed::What::Sync) send_sync();
  flush();
  Result unused;
  while (!owed_.empty()) take_next(unused);
  if (failure_) fail();
}

/// Waits for the result of the statement sent last.
PostgresConnection::Result PostgresConnection::wait_for_last() {
  if (!in_transaction_) {
    // Outside a transaction a Sync is what commits.
    send_sync();
  } else if (PQsendFlushRequest(connection_) != 1) {
    throw EngineError(Kind::Unreachable, last_error());
  }
  flush();
  Result last;
  while (!owed_.empty()) take_next(last);
  if (failure_) fail();
  return last;
}

/// Comes back into step with the server after a failure, and throws it.
void PostgresConnection::fail() {
  if (!owed_.empty() || PQpipelineStatus(connection_) == PQ_PIPELINE_ABORTED) {
    send_sync();
    flush();
    Result unused;
    while (!owed_.empty()) take_next(unused);
  }
  const Failure failure = *std::exchange(failure_, nullptr);
  if (in_transaction_ && !(savepoint_stands_ && failure.savepoint == savepoints_)) {
    // What failed was released already, or never stood in a savepoint: nothing less than all of it can be undone.
    rollback();
  }
  if (failure.kind == Kind::Unreachable) in_transaction_ = false;
  if (failure.kind == Kind::Interrupted && role_ == Role::Reader)
    throw domain::Refusal(contract::v1::PROBLEM_READ_TOO_LONG);
  throw EngineError(failure.kind, failure.text);
}

std::unique_ptr<domain::Cursor> PostgresConnection::query(std::string_view sql, std::span<const Value> values) {
  // The server bounds single statements; many short ones meet their bound here.
  if (read_until_ != std::chrono::steady_clock::time_point{} && std::chrono::steady_clock::now() > read_until_)
    throw domain::Refusal(contract::v1::PROBLEM_READ_TOO_LONG);
  if (const auto answer = answer_ahead(sql, values)) {
    if (!answer->rows) wait_for_last();
    return std::make_unique<PostgresCursor>(answer->rows, answer->statement);
  }
  send(sql, values);
  const Statement statement = owed_.back().statement;
  if (!statement->written.empty()) {
    ahead_.wrote(statement->written);
    wrote_ = true;
  }
  return std::make_unique<PostgresCursor>(wait_for_last(), statement);
}

void PostgresConnection::execute(std::string_view sql, std::span<const Value> values) {
  send(sql, values);
  ahead_.wrote(owed_.back().statement->written);
  wrote_ = true;
  if (!in_transaction_) wait_for_all();
}

std::unique_ptr<domain::Cursor> PostgresConnection::ask(std::string_view sql, std::span<const Value> values) {
  auto answer = answer_ahead(sql, values);
  if (!answer) {
    send(sql, values);
    answer = std::make_shared<AnswerAhead>(AnswerAhead{owed_.back().statement, nullptr});
    owed_.back().ahead = answer;
    ahead_.put(key_of_query(key_of_statement(sql, values), values), answer);
  }
  if (!answer->rows) return nullptr;
  return std::make_unique<PostgresCursor>(answer->rows, answer->statement);
}

void PostgresConnection::wait() {
  if (!owed_.empty()) wait_for_last();
}

/// What was asked ahead, whether or not its rows have come; null where it was not, or does not hold any more.
std::shared_ptr<AnswerAhead> PostgresConnection::answer_ahead(std::string_view sql, std::span<const Value> values) {
  if (ahead_.empty()) return nullptr;
  std::string statement_key = key_of_statement(sql, values);
  const auto statement = statements_.find(statement_key);
  if (statement == statements_.end()) return nullptr;
  const auto& words = statement->second->words;
  const auto names = [&words](std::string_view table) { return std::binary_search(words.begin(), words.end(), table); };
  const auto* const answer = ahead_.find(key_of_query(statement_key, values), names);
  return answer != nullptr ? *answer : nullptr;
}

std::int64_t PostgresConnection::touched() {
  if (!owed_.empty()) wait_for_last();
  return touched_;
}

void PostgresConnection::confirm() {
  wait_for_all();
}

/// A statement of the connection's own, which no answer depends on.
void PostgresConnection::hand_in(std::string_view sql, std::span<const Value> values) {
  send(sql, values);
  if (!in_transaction_) wait_for_all();
}

void PostgresConnection::migrate(std::string_view script) {
  // Several statements in one text are not for the pipeline.
  wait_for_all();
  if (PQexitPipelineMode(connection_) != 1) throw EngineError(Kind::Mistake, last_error());
  PQsetnonblocking(connection_, 0);
  const Result result(PQexec(connection_, std::string(script).c_str()));
  const ExecStatusType status = PQresultStatus(result.get());
  const std::string error = last_error();
  const char* const state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
  const Kind kind = state != nullptr ? kind_of(state) : Kind::Unreachable;
  PQsetnonblocking(connection_, 1);
  PQenterPipelineMode(connection_);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
    throw EngineError(kind, error);
}

std::vector<Table> PostgresConnection::tables() {
  return tables_of(
      *query("SELECT CAST(t.relname AS TEXT), CAST(c.attname AS TEXT), c.atttypid = 'bool'::regtype, "
             "COALESCE(array_position(CAST(k.indkey AS int2[]), c.attnum) + 1, 0) "
             "FROM pg_class AS t JOIN pg_attribute AS c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped "
             "LEFT JOIN pg_index AS k ON k.indrelid = t.oid AND k.indisprimary "
             "WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r' ORDER BY t.oid, c.attnum",
             {}));
}

void PostgresConnection::begin() {
  in_transaction_ = true;
  wrote_ = false;
  hand_in("BEGIN");
  hand_in(kTakeTurn);
}

void PostgresConnection::begin_beside(std::span<const std::int32_t> aggregates) {
  in_transaction_ = true;
  wrote_ = false;
  hand_in("BEGIN");
  hand_in(kShareTurn);
  std::string numbers;
  for (const std::int32_t aggregate : std::set<std::int32_t>(aggregates.begin(), aggregates.end()))
    numbers += (numbers.empty() ? '{' : ',') + std::to_string(aggregate);
  if (numbers.empty()) return;
  const std::array<Value, 1> array{std::string_view(numbers += '}')};
  hand_in(kTakeAggregates, array);
}

void PostgresConnection::take_journal() {
  hand_in(kTakeJournal);
}

void PostgresConnection::begin_read(std::chrono::milliseconds bound) {
  // At least a millisecond: to the server, none is no bound.
  bound = std::max(bound, std::chrono::milliseconds(1));
  if (bound != bound_) {
    hand_in("SET statement_timeout = " + std::to_string(bound.count()));
    // Whoever may read so long may also pause in between.
    hand_in("SET idle_in_transaction_session_timeout = " + std::to_string(std::max(bound, kLongestIdle).count()));
    bound_ = bound;
  }
  in_transaction_ = true;
  hand_in("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  read_until_ = std::chrono::steady_clock::now() + bound;
}

void PostgresConnection::commit() {
  read_until_ = {};
  ahead_.clear();
  hand_in("COMMIT");
  if (role_ == Role::Reader) {
    // Nothing depends on it; the answer is taken with the next read.
    send_sync();
    flush();
    in_transaction_ = false;
    return;
  }
  if (std::exchange(wrote_, false)) return commit_and_announce();
  wait_for_all();
  in_transaction_ = false;
}

/// The announcement is a transaction of its own, for which nobody waits: inside the first one, the server would let no
/// other announcing transaction commit, of whatever database, until this one has reached the disk.
void PostgresConnection::commit_and_announce() {
  send_sync();
  const std::size_t before = owed_.size();
  send("NOTIFY " + announcement_, {});
  send_sync();
  const std::size_t announcement = owed_.size() - before;
  flush();
  Result unused;
  while (owed_.size() > announcement) take_next(unused);
  if (failure_) fail();
  in_transaction_ = false;
}

void PostgresConnection::listen() {
  hand_in("LISTEN " + announcement_);
}

void PostgresConnection::wait_for_announcement(std::chrono::milliseconds at_most, int wake, const OwnBackends& own) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + at_most;
  bool news = false;
  std::array<pollfd, 2> readable{{{PQsocket(connection_), POLLIN, 0}, {wake, POLLIN, 0}}};
  while (!news && readable[1].revents == 0 && Clock::now() < until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    poll(readable.data(), readable.size(), std::max(0, static_cast<int>(left.count())));
    if (!alive()) throw EngineError(Kind::Unreachable, last_error());
    while (PGnotify* const announcement = PQnotifies(connection_)) {
      news = news || !own.contains(announcement->be_pid);
      PQfreemem(announcement);
    }
  }
}

void PostgresConnection::join(std::shared_ptr<OwnBackends> own) {
  own_ = std::move(own);
  backend_ = PQbackendPID(connection_);
  own_->add(backend_);
}

void PostgresConnection::rollback() {
  read_until_ = {};
  ahead_.clear();
  savepoint_stands_ = false;
  hand_in("ROLLBACK");
  wait_for_all();
  in_transaction_ = false;
}

void PostgresConnection::savepoint() {
  ++savepoints_;
  savepoint_stands_ = true;
  hand_in("SAVEPOINT command");
}

void PostgresConnection::release() {
  hand_in("RELEASE command");
  savepoint_stands_ = false;
}

void PostgresConnection::undo() {
  hand_in("ROLLBACK TO command");
  release();
}

}  // namespace wenming::store
