#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/value.h"

namespace wenming::domain {

class Cursor;

/// How the columns of one statement fill the fields of one message type: worked out once, then used for every row. Kept
/// by the driver beside the prepared statement, for as long as its columns stay what they are. One thread.
class FillPlans {
 public:
  /// What to do with a column that names no field: a mistake, or left alone. The second is for statements that ask for
  /// all columns (`SELECT *`), for a newer version of the program may have added some.
  enum class Strangers { Mistake, Ignore };
  explicit FillPlans(Strangers strangers = Strangers::Mistake);
  ~FillPlans();
  FillPlans(FillPlans&&) noexcept;
  FillPlans& operator=(FillPlans&&) noexcept;

  struct Plan;
  /// The plan for the first `columns` of the cursor.
  const Plan& of(const Cursor& cursor, int columns, const google::protobuf::Descriptor& type);

 private:
  Strangers strangers_;
  std::vector<std::unique_ptr<Plan>> plans_;
};

/// What a driver gives: a running query, positioned on one row at a time. One thread, within one transaction.
class Cursor {
 public:
  virtual ~Cursor() = default;
  /// Moves to the next row; false after the last.
  virtual bool next() = 0;
  [[nodiscard]] virtual int columns() const = 0;
  [[nodiscard]] virtual std::string_view name(int column) const = 0;
  /// The cell; texts live until the next call of `next`.
  [[nodiscard]] virtual Value at(int column) const = 0;
  /// Of the statement behind this cursor.
  [[nodiscard]] virtual FillPlans& plans() const = 0;
};

/// One row of a result. Columns are counted from 0. Asking a cell for another type than it has, or for the number in a
/// NULL, is a mistake and throws std::logic_error.
class Row {
 public:
  explicit Row(const Cursor& cursor) : cursor_(&cursor) {}

  [[nodiscard]] int columns() const { return cursor_->columns(); }
  /// The cell as it is; texts live until the next row.
  [[nodiscard]] Value cell(int column) const { return cursor_->at(column); }
  [[nodiscard]] bool is_null(int column) const { return std::holds_alternative<std::monostate>(cursor_->at(column)); }
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] bool boolean(int column) const { return integer(column) != 0; }
  /// Empty for NULL. Lives until the next row.
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::string_view blob(int column) const;
  [[nodiscard]] core::Timestamp timestamp(int column) const { return core::Timestamp(integer(column)); }

  /// Fills the message from the columns: a column fills the field of its name, `AS "position.longitude"` one of a
  /// nested message. NULL leaves the field absent; what is sealed stays so, for `unseal`. A column that names no field
  /// throws std::logic_error, unless all columns were asked for (`SELECT *`).
  void fill(google::protobuf::Message& message) const { fill(message, cursor_->columns()); }
  /// The same from the first `columns` only.
  void fill(google::protobuf::Message& message, int columns) const;

 private:
  const Cursor* cursor_;
};

/// A result, to be walked once:
///
///     for (const Row& row : tx.query("SELECT id, minutes FROM hour_entries WHERE volunteer_id = $1", id))
///       total += row.integer(1);
class Rows {
 public:
  explicit Rows(std::unique_ptr<Cursor> cursor) : cursor_(std::move(cursor)) {}

  class Iterator {
   public:
    explicit Iterator(Cursor* cursor) : cursor_(cursor) { step(); }
    Row operator*() const { return Row(*cursor_); }
    Iterator& operator++() {
      step();
      return *this;
    }
    bool operator!=(std::nullptr_t) const { return cursor_ != nullptr; }

   private:
    void step() {
      if (!cursor_->next()) cursor_ = nullptr;
    }
    Cursor* cursor_;
  };
  Iterator begin() { return Iterator(cursor_.get()); }
  [[nodiscard]] std::nullptr_t end() const { return nullptr; }

 private:
  std::unique_ptr<Cursor> cursor_;
};

template <class T>
T get(const Row& row, int column) {
  if constexpr (std::same_as<T, std::string>) {
    return std::string(row.text(column));
  } else if constexpr (std::same_as<T, core::Timestamp>) {
    return row.timestamp(column);
  } else if constexpr (std::floating_point<T>) {
    return row.real(column);
  } else if constexpr (std::same_as<T, bool>) {
    return row.boolean(column);
  } else {
    return static_cast<T>(row.integer(column));
  }
}

}  // namespace wenming::domain
