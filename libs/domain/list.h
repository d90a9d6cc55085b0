#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

#include "domain/tx.h"
#include "domain/visibility.h"

namespace wenming::domain {

/// One page of a list, read by keyset so that every page costs the same.
///
///     ListHoursResponse list(ReadTx& tx, const Visibility& visible, const ListHoursRequest& request) {
///       return List("hour_entries")
///           .visible_by("unit_id", "user_id")
///           .equal("status", request.status())          // a zero or empty value filters nothing
///           .from("starts_at", request.has_from(), request.from())
///           .order_by("starts_at", List::Descending)
///           .page<ListHoursResponse>(tx, visible, request);
///     }
///
/// The request has `page_size`, `page_token`, `include_total`; the response has one repeated message field, whose fields
/// are filled from the columns of the same name, `next_page_token` and optional `total`. A token fits only the query it
/// was given out for: anything else is the refusal `page_token`.
class List {
 public:
  enum Direction { Ascending, Descending };

  /// `from` is a table, or tables joined. `columns` is what is selected.
  explicit List(std::string_view from, std::string_view columns = "*");

  /// The columns that decide who sees a row: the unit's (and the person's) id. Either may be empty: not a way to see it.
  List& visible_by(std::string_view unit_column, std::string_view user_column = {});
  /// Rows that everybody sees who may call the method.
  List& visible_to_all();

  template <class T>
  List& equal(std::string_view column, const T& value) {
    return add(column, "=", to_value(value));
  }
  List& equal_if(bool given, std::string_view column, Value value);
  List& at_least_if(bool given, std::string_view column, Value value);
  List& less_than_if(bool given, std::string_view column, Value value);
  /// Case-sensitive part of a text; `%` and `_` are taken literally.
  List& contains(std::string_view column, std::string_view part);
  /// Rows whose unit lies in the subtree of `root` today; an empty root filters nothing.
  List& within(std::string_view unit_column, std::string_view root);

  /// The order: one column, then the id to make it total.
  List& order_by(std::string_view column, Direction direction, std::string_view id_column = "id");

  template <class Response, class Request>
  Response page(ReadTx& tx, const Visibility& visible, const Request& request) {
    Response response;
    fill(tx, visible, request, response);
    return response;
  }

 private:
  /// Adds a condition unless the value is zero, empty or unspecified.
  List& add(std::string_view column, std::string_view op, Value value);
  void fill(ReadTx& tx, const Visibility& visible, const google::protobuf::Message& request,
            google::protobuf::Message& response);

  struct Condition;
  std::string from_;
  std::string columns_;
  std::string unit_column_, user_column_;
  bool visible_to_all_ = false;
  bool visibility_stated_ = false;
  std::vector<std::string> texts_;       // owned copies of text values
  std::vector<std::string> conditions_;  // with `$n` counted from 1 within values_
  std::vector<Value> values_;
  std::string order_column_ = "id";
  std::string id_column_ = "id";
  Direction direction_ = Ascending;
};

}  // namespace wenming::domain
