#pragma once

#include <google/protobuf/message.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/time.h"
#include "domain/rows.h"
#include "domain/sealed_sql.h"
#include "domain/value.h"

namespace wenming::core {
class WorkingCalendar;
}

namespace wenming::domain {

class Keys;

/// A transaction that only reads: a consistent picture of one service's database.
///
/// SQL is one text for all databases: standard SQL, `$1` parameters. A query that runs longer than the reader bound (2
/// s) ends in the refusal `read_too_long`. Lives on the stack of one call; never keep a reference.
class ReadTx {
 public:
  ReadTx() = default;
  ReadTx(const ReadTx&) = delete;
  ReadTx& operator=(const ReadTx&) = delete;
  virtual ~ReadTx() = default;

  /// The moment of this transaction: the same however often it is asked, and the only time domain code knows.
  [[nodiscard]] virtual core::Timestamp now() const = 0;
  /// Local time of the deployment.
  [[nodiscard]] virtual core::UtcOffset offset() const = 0;
  /// Working days and hours of the deployment.
  [[nodiscard]] virtual const core::WorkingCalendar& calendar() const = 0;
  /// What opens personal data (sealed.h). Throws std::logic_error in a service that did not say that it keeps such.
  [[nodiscard]] virtual Keys& keys() const = 0;
  /// The local day of `now`.
  [[nodiscard]] core::Date today() const { return offset().date_of(now()); }

  /// Runs a query; walk the result before the next one of the same text.
  template <class... A>
  Rows query(std::string_view sql, const A&... args) {
    const std::array<Value, sizeof...(A)> values{to_value(args)...};
    return Rows(open(sql, values));
  }

  /// The first column of the first row; nullopt where there is no row or it is NULL.
  template <class T, class... A>
  std::optional<T> value(std::string_view sql, const A&... args) {
    const std::array<Value, sizeof...(A)> values{to_value(args)...};
    const auto cursor = open(sql, values);
    if (!cursor->next()) return std::nullopt;
    const Row row(*cursor);
    if (row.is_null(0)) return std::nullopt;
    return get<T>(row, 0);
  }

  /// The first row as a message (see `Row::fill`); nullopt where there is none.
  template <class M, class... A>
  std::optional<M> find(std::string_view sql, const A&... args) {
    const std::array<Value, sizeof...(A)> values{to_value(args)...};
    const auto cursor = open(sql, values);
    if (!cursor->next()) return std::nullopt;
    std::optional<M> message(std::in_place);
    Row(*cursor).fill(*message);
    return message;
  }

  /// All rows as messages. For results bounded by the domain (the answers of one inspection); lists use `List`.
  template <class M, class... A>
  std::vector<M> all(std::string_view sql, const A&... args) {
    std::vector<M> messages;
    for (const Row& row : query(sql, args...)) row.fill(messages.emplace_back());
    return messages;
  }

  /// For code that composes its SQL (`List`): parameters as a span.
  Rows query_values(std::string_view sql, std::span<const Value> values) { return Rows(open(sql, values)); }

 private:
  virtual std::unique_ptr<Cursor> open(std::string_view sql, std::span<const Value> values) = 0;
};

class Tx;

/// How many rows a statement touched, for those who want to know: `if (tx.run(…) == 0)`. To be looked at before the
/// next statement, because a database may do what gives no rows only when something is asked of it.
class Touched {
 public:
  explicit Touched(Tx& tx) : tx_(tx) {}
  Touched(const Touched&) = delete;
  Touched& operator=(const Touched&) = delete;
  operator std::int64_t() const;

 private:
  Tx& tx_;
};

/// A command's transaction: what it changes, publishes and schedules happens whole or not at all.
///
/// Commands are re-runnable: if the batch around one is lost it runs again from the start, so ids, time and chance come
/// from here only, and nothing outside the database is touched.
class Tx : public ReadTx {
 public:
  /// Runs INSERT, UPDATE or DELETE. What goes into a column of personal data is `Sealed`, or it does not compile.
  template <class... A>
  Touched run(Statement<std::type_identity_t<A>...> sql, const A&... args) {
    const std::array<Value, sizeof...(A)> values{to_value(args)...};
    execute(sql.text(), values);
    return Touched(*this);
  }
  /// The same for a text that was put together at run time, which is judged then.
  template <ComposedStatement Sql, class... A>
  Touched run(const Sql& sql, const A&... args) {
    const std::array<Value, sizeof...(A)> values{to_value(args)...};
    execute(sql, values);
    return Touched(*this);
  }

  /// The same with parameters as a span, for code that composes its SQL (`Many`).
  Touched run_values(std::string_view sql, std::span<const Value> values) {
    execute(sql, values);
    return Touched(*this);
  }

  /// A new UUIDv7: ids of one database grow with time.
  [[nodiscard]] virtual std::string new_id() = 0;
  /// Unguessable bytes, for codes and secrets.
  [[nodiscard]] virtual std::string random_bytes(std::size_t count) = 0;

  /// Tells the other services, in the order of commits. The event's contract names its key.
  virtual void publish(const google::protobuf::Message& event) = 0;

  /// Has the service's timer function for this message type run once `due` has come, as a command of its own. One timer
  /// per key: scheduling again replaces it.
  virtual void schedule(std::string_view key, core::Timestamp due, const google::protobuf::Message& command) = 0;
  /// Takes the timer back; nothing happens where there is none.
  virtual void cancel(std::string_view key) = 0;

  /// Has the service's errand for this message type run once `due` has come: slow work outside of any transaction, such
  /// as a call to another system, then a command with what came of it. One per key: sending again replaces it, and what
  /// a replaced one brings back is thrown away. Errands of different keys run beside each other.
  virtual void send_on_errand(std::string_view key, core::Timestamp due, const google::protobuf::Message& command) = 0;
  /// Takes the errand back, also while it is under way: what it brings is thrown away then.
  virtual void recall(std::string_view key) = 0;

  /// Says that the live value of this key has changed: open streams on it are told after the commit.
  virtual void changed(std::string_view key) = 0;

 private:
  virtual void execute(std::string_view sql, std::span<const Value> values) = 0;
  virtual std::int64_t touched() = 0;
  friend class Touched;
};

inline Touched::operator std::int64_t() const {
  return tx_.touched();
}

}  // namespace wenming::domain
