#include "store/sqlite/connection.h"

#include <chrono>
#include <memory>
#include <thread>

#include "core/encoding.h"
#include "domain/refusal.h"
#include "store/catalogue.h"
#include "store/sql_text.h"

namespace wenming::store {

/// A prepared statement. `busy` while a cursor walks it.
struct SqliteStatement {
  SqliteStatement(sqlite3_stmt* prepared, std::string_view sql) : handle(prepared), plans(strangers_in(sql)) {}
  ~SqliteStatement() { sqlite3_finalize(handle); }
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  sqlite3_stmt* const handle;
  bool busy = false;
  domain::FillPlans plans;
};

namespace {

using domain::Value;
using Kind = EngineError::Kind;

constexpr std::size_t kMostStatements = 500;
constexpr int kStepsBetweenChecks = 2000;             // of SQLite's machine: some ten microseconds
constexpr std::chrono::microseconds kBusyPause{500};  // a checkpoint that holds the writer up is over in a moment
constexpr int kBusyPauses = 20'000;

Kind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_READONLY:
    case SQLITE_NOMEM:
      return Kind::Storage;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return Kind::Busy;
    case SQLITE_INTERRUPT:
    case SQLITE_ABORT:
      return Kind::Interrupted;
    case SQLITE_CONSTRAINT:
      return Kind::Constraint;
    default:
      return Kind::Mistake;
  }
}

/// `bytes` says whether SQLite copies texts and blobs or borrows them.
int bind_one(sqlite3_stmt* statement, int index, const Value& value, sqlite3_destructor_type bytes) {
  if (const auto* const whole = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement, index, *whole);
  if (const auto* const real = std::get_if<double>(&value)) return sqlite3_bind_double(statement, index, *real);
  if (const auto* const truth = std::get_if<bool>(&value)) return sqlite3_bind_int(statement, index, *truth ? 1 : 0);
  if (const auto* const text = std::get_if<std::string_view>(&value)) {
    // A null pointer would bind NULL; an empty text is a text.
    return sqlite3_bind_text64(statement, index, text->data() != nullptr ? text->data() : "", text->size(), bytes,
                               SQLITE_UTF8);
  }
  if (const auto* const blob = std::get_if<domain::Blob>(&value)) {
    return sqlite3_bind_blob64(statement, index, blob->bytes.data() != nullptr ? blob->bytes.data() : "",
                               blob->bytes.size(), bytes);
  }
  return sqlite3_bind_null(statement, index);
}

int bind(sqlite3_stmt* statement, std::span<const Value> values, sqlite3_destructor_type bytes) {
  if (sqlite3_bind_parameter_count(statement) != static_cast<int>(values.size())) return SQLITE_RANGE;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (const int code = bind_one(statement, static_cast<int>(i) + 1, values[i], bytes); code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

/// SQLite counts the memory that it takes, under one lock for all threads; nobody asks for the count. Can be said only
/// before the first connection of the process.
void count_no_memory() {
  [[maybe_unused]] static const int said = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/// Says that the file does not change: no locks, and nothing beside it.
std::string archive_uri(std::string_view path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += '%' + core::hex(std::string_view(&c, 1));
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

/// Walks one statement; gives it back when it goes.
class SqliteCursor final : public domain::Cursor {
 public:
  SqliteCursor(const SqliteConnection& connection, std::shared_ptr<SqliteStatement> statement)
      : connection_(connection), statement_(std::move(statement)), handle_(statement_->handle) {
    statement_->busy = true;
  }
  ~SqliteCursor() override {
    sqlite3_reset(handle_);
    statement_->busy = false;
  }
  SqliteCursor(const SqliteCursor&) = delete;
  SqliteCursor& operator=(const SqliteCursor&) = delete;

  bool next() override {
    switch (sqlite3_step(handle_)) {
      case SQLITE_ROW:
        return true;
      case SQLITE_DONE:
        return false;
      default:
        connection_.fail(sqlite3_sql(handle_));
    }
  }
  [[nodiscard]] int columns() const override { return sqlite3_column_count(handle_); }
  [[nodiscard]] std::string_view name(int column) const override { return sqlite3_column_name(handle_, column); }
  [[nodiscard]] Value at(int column) const override {
    switch (sqlite3_column_type(handle_, column)) {
      case SQLITE_INTEGER:
        return static_cast<std::int64_t>(sqlite3_column_int64(handle_, column));
      case SQLITE_FLOAT:
        return sqlite3_column_double(handle_, column);
      case SQLITE_TEXT: {
        const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
        return std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column)));
      }
      case SQLITE_BLOB: {
        const auto* const blob = static_cast<const char*>(sqlite3_column_blob(handle_, column));
        return domain::Blob{{blob, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))}};
      }
      default:
        return std::monostate{};
    }
  }
  [[nodiscard]] domain::FillPlans& plans() const override { return statement_->plans; }

 private:
  const SqliteConnection& connection_;
  std::shared_ptr<SqliteStatement> statement_;
  sqlite3_stmt* handle_;
};

SqliteConnection::SqliteConnection(const std::string& path, Role role, bool durable) {
  count_no_memory();
  open(path, role);
  try {
    set_up(role, durable);
  } catch (...) {
    sqlite3_close(database_);
    throw;
  }
}

void SqliteConnection::open(const std::string& path, Role role) {
  // One thread at a time uses a connection, so SQLite's own locks would only cost.
  int flags = SQLITE_OPEN_NOMUTEX;
  flags |= role == Role::Archived ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE;
  if (role == Role::Writer) flags |= SQLITE_OPEN_CREATE;
  const std::string name = role == Role::Archived ? archive_uri(path) : path;
  if (sqlite3_open_v2(name.c_str(), &database_, flags, nullptr) != SQLITE_OK) {
    const std::string reason = database_ != nullptr ? sqlite3_errmsg(database_) : "no memory";
    sqlite3_close(database_);
    throw EngineError(Kind::Storage, "cannot open " + path + ": " + reason);
  }
  sqlite3_extended_result_codes(database_, 1);
}

void SqliteConnection::set_up(Role role, bool durable) {
  sqlite3_busy_handler(
      database_,
      [](void*, int pauses) {
        std::this_thread::sleep_for(kBusyPause);
        return pauses < kBusyPauses ? 1 : 0;
      },
      nullptr);
  if (role != Role::Archived) {
    // Checkpoints have their own thread. What savepoints need for undoing stays in memory.
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA wal_autocheckpoint = 0");
    run(durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF");
  }
  run("PRAGMA temp_store = MEMORY");
  run("PRAGMA foreign_keys = ON");
  run("PRAGMA trusted_schema = OFF");
  if (role == Role::Writer) run("PRAGMA cache_size = -16384");  // KiB: the pages that commands keep coming back to
  if (role != Role::Reader && role != Role::Archived) return;
  run("PRAGMA query_only = ON");
  sqlite3_progress_handler(database_, kStepsBetweenChecks, &SqliteConnection::out_of_time, this);
}

SqliteConnection::~SqliteConnection() {
  statements_.clear();
  sqlite3_close(database_);
}

void SqliteConnection::fail(std::string_view what) const {
  const int code = sqlite3_extended_errcode(database_);
  if (kind_of(code) == Kind::Interrupted && read_until_ != std::chrono::steady_clock::time_point{}) {
    throw domain::Refusal(contract::v1::PROBLEM_READ_TOO_LONG);
  }
  throw EngineError(kind_of(code), std::string(sqlite3_errmsg(database_)) + " (" + std::to_string(code) +
                                       ") in: " + std::string(what));
}

int SqliteConnection::out_of_time(void* self) {
  const auto until = static_cast<SqliteConnection*>(self)->read_until_;
  return until != std::chrono::steady_clock::time_point{} && std::chrono::steady_clock::now() > until ? 1 : 0;
}

SqliteConnection::StatementPtr SqliteConnection::prepare(std::string_view sql) {
  const std::string text = sqlite_parameters(sql);
  sqlite3_stmt* handle = nullptr;
  const char* rest = nullptr;
  if (sqlite3_prepare_v3(database_, text.c_str(), static_cast<int>(text.size()) + 1, SQLITE_PREPARE_PERSISTENT, &handle,
                         &rest) != SQLITE_OK) {
    fail(sql);
  }
  auto prepared = std::make_shared<SqliteStatement>(handle, sql);
  if (handle == nullptr || *rest != '\0')
    throw EngineError(Kind::Mistake, "not exactly one statement: " + std::string(sql));
  return prepared;
}

SqliteConnection::StatementPtr SqliteConnection::statement(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second->busy ? prepare(sql) : found->second;
  // Texts come from code, so there are few; lists compose some more. Starting over is simpler than keeping count of
  // use.
  if (statements_.size() >= kMostStatements) statements_.clear();
  return statements_.emplace(sql, prepare(sql)).first->second;
}

SqliteConnection::StatementPtr SqliteConnection::bound(std::string_view sql, std::span<const Value> values,
                                                       bool copied) {
  StatementPtr prepared = statement(sql);
  const int code = bind(prepared->handle, values, copied ? SQLITE_TRANSIENT : SQLITE_STATIC);
  if (code == SQLITE_RANGE) throw EngineError(Kind::Mistake, "wrong number of parameters for: " + std::string(sql));
  if (code != SQLITE_OK) fail(sql);
  return prepared;
}

std::unique_ptr<domain::Cursor> SqliteConnection::query(std::string_view sql, std::span<const Value> values) {
  // Only long statements are interrupted by SQLite; many short ones meet their bound here.
  if (out_of_time(this) != 0) throw domain::Refusal(contract::v1::PROBLEM_READ_TOO_LONG);
  // Copied, because a cursor may outlive the texts that it was asked with.
  return std::make_unique<SqliteCursor>(*this, bound(sql, values, true));
}

void SqliteConnection::execute(std::string_view sql, std::span<const Value> values) {
  const StatementPtr prepared = bound(sql, values, false);
  int code = sqlite3_step(prepared->handle);
  while (code == SQLITE_ROW) code = sqlite3_step(prepared->handle);
  if (code != SQLITE_DONE) {
    // Resetting reports the same error once more; what matters is that the statement is ready for the next use.
    const auto give_back = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_reset)>(prepared->handle, &sqlite3_reset);
    fail(sql);
  }
  sqlite3_reset(prepared->handle);
}

std::int64_t SqliteConnection::touched() {
  return sqlite3_changes64(database_);
}

void SqliteConnection::run(std::string_view sql) {
  if (sqlite3_exec(database_, std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
}

void SqliteConnection::migrate(std::string_view script) {
  const std::string text = sqlite_schema(script);
  if (sqlite3_exec(database_, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail("migration");
}

std::vector<Table> SqliteConnection::tables() {
  return tables_of(
      *query("SELECT m.name, c.name, 0, c.pk FROM sqlite_master AS m, pragma_table_info(m.name) AS c "
             "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.rowid, c.cid",
             {}));
}

void SqliteConnection::begin() {
  execute("BEGIN IMMEDIATE", {});
}

void SqliteConnection::begin_read(std::chrono::milliseconds bound) {
  execute("BEGIN", {});
  read_until_ = std::chrono::steady_clock::now() + bound;
}

void SqliteConnection::commit() {
  read_until_ = {};
  try {
    execute("COMMIT", {});
  } catch (const EngineError& fault) {
    if (fault.kind() == Kind::Storage && out_of_space_) out_of_space_();
    throw;
  }
}

void SqliteConnection::rollback() {
  read_until_ = {};
  execute("ROLLBACK", {});
}

bool SqliteConnection::in_transaction() const {
  return sqlite3_get_autocommit(database_) == 0;
}

void SqliteConnection::savepoint() {
  execute("SAVEPOINT command", {});
}

void SqliteConnection::release() {
  execute("RELEASE command", {});
}

void SqliteConnection::undo() {
  execute("ROLLBACK TO command", {});
  release();
}

void SqliteConnection::watch(std::function<void(int)> committed, std::function<void()> out_of_space) {
  committed_ = std::move(committed);
  out_of_space_ = std::move(out_of_space);
  sqlite3_wal_hook(
      database_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteConnection*>(self)->committed_(pages);
        return SQLITE_OK;
      },
      this);
}

}  // namespace wenming::store
