#pragma once

#include <google/protobuf/message.h>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/tx.h"

namespace wenming::domain {

/// A column that the messages of a table do not hold, and its value in one row.
using ExtraColumn = std::pair<std::string_view, Value>;

/// How the rows of a table are made of messages. See Table.
class RowShape {
 public:
  RowShape(std::string_view table, const google::protobuf::Descriptor& type,
           std::initializer_list<std::string_view> fixed, std::initializer_list<std::string_view> changing);

  [[nodiscard]] const std::string& table() const { return table_; }
  [[nodiscard]] const std::string& columns() const { return select_list_; }
  [[nodiscard]] const std::string& find_statement() const { return find_; }
  void insert(Tx& tx, const google::protobuf::Message& row, std::initializer_list<ExtraColumn> extra) const;
  [[nodiscard]] bool update(Tx& tx, const google::protobuf::Message& row) const;

 private:
  struct Column {
    std::string name;  // in the database
    std::vector<const google::protobuf::FieldDescriptor*> path;
    bool empty_is_null;
  };
  static Column column_of(const google::protobuf::Descriptor& type, std::string_view name);
  static Value value_of(const google::protobuf::Message& row, const Column& column);

  std::string table_;
  std::vector<Column> columns_;  // those that change come last
  std::size_t fixed_;
  std::string select_list_, find_, insert_, update_;
};

/// A table whose rows are messages, each column a field: `position.datum`, a field of a field, stands in the column
/// `position_datum`. Fields that are absent are NULL, and so are enums that are not specified; of a field that cannot
/// be absent, `source?` has the empty one stored as NULL. The first column is the key, an id.
///
///     const Table<v1::Case> kCases("cases", {"id", "kind", "subject", "position.datum"}, {"state", "due_at"});
///
///     kCases.insert(tx, subject, {{"tracking_hash", hash}});
///     kCases.update(tx, subject);             // the columns of the second list: those that change
///     List("cases", kCases.columns())…
///
/// Immutable; any thread may use it. A name that is no field is a mistake: std::logic_error.
template <class M>
class Table {
 public:
  Table(std::string_view name, std::initializer_list<std::string_view> fixed,
        std::initializer_list<std::string_view> changing = {})
      : shape_(name, *M::descriptor(), fixed, changing) {}

  /// What is selected to fill messages.
  [[nodiscard]] const std::string& columns() const { return shape_.columns(); }
  [[nodiscard]] std::optional<M> find(ReadTx& tx, std::string_view id) const {
    return tx.find<M>(shape_.find_statement(), id);
  }
  void insert(Tx& tx, const M& row, std::initializer_list<ExtraColumn> extra = {}) const {
    shape_.insert(tx, row, extra);
  }
  /// Whether there was such a row.
  bool update(Tx& tx, const M& row) const { return shape_.update(tx, row); }

 private:
  RowShape shape_;
};

}  // namespace wenming::domain
