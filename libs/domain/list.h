#pragma once

#include <google/protobuf/message.h>

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
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
///           .at_least_if(request.has_from(), "starts_at", to_value(request.from()))
///           .order_by("starts_at", List::Descending)
///           .page<ListHoursResponse>(tx, visible, request);
///     }
///
/// The request has `page_size`, `page_token`, `include_total`; the response has one repeated message field, whose
/// fields are filled from the columns of the same name, `next_page_token` and optional `total`. Counting goes over
/// every row that matches; a response of a list of millions has a field `total_is_lower_bound` too, and then counting
/// ends at `kMostCounted`, which it tells. A token fits only the query it was given out for: anything else is the
/// refusal `page_token`. A field of the request that is marked as personal filters only where the caller sees the list
/// in the clear: else it is the refusal `filter_masked`.
///
/// A list that does not say who sees its rows, or is ordered by a column that may be NULL, is a mistake: page throws
/// std::logic_error.
class List {
 public:
  enum Direction { Ascending, Descending };

  static constexpr int kDefaultPageSize = 50;
  static constexpr int kLargestPageSize = 500;
  static constexpr int kMostCounted = 10'000;

  /// `from` is a table, or tables joined. `columns` is what is selected. Neither may come from a request.
  explicit List(std::string_view from, std::string_view columns = "*");

  /// The columns that decide who sees a row: the unit's (and the person's) id. Either may be empty: not a way to see
  /// it.
  List& visible_by(std::string_view unit_column, std::string_view user_column = {});
  /// As above, for rows that do not hold the user's id but the id of a row of `table` that does, in its `user_id`.
  List& visible_by_owner(std::string_view owner_column, std::string_view table);
  /// The column that holds the unit which received what the row is about, whoever handles it now.
  List& visible_by_receiver(std::string_view unit_column);
  /// The column that is NULL until the row is published.
  List& visible_once_published(std::string_view published_column);
  /// Also rows that relations lead to (WHEN_RELATED): by the unit of `visible_by`, and where a relation is limited to
  /// one thing, by the column that holds the thing's id. Without one, such relations show nothing here.
  List& visible_by_relation(std::string_view about_column = {});
  /// Also rows of a body's work, to its members (WHEN_RELATED): the column that holds the body's id.
  List& visible_by_body(std::string_view body_column);
  /// Rows that everybody sees who may call the method.
  List& visible_to_all();

  /// Rows with this value; a zero, empty or unspecified value filters nothing.
  template <class T>
  List& equal(std::string_view column, const T& value) {
    if constexpr (std::is_enum_v<T>) {
      return equal_if(static_cast<int>(value) != 0, column, to_value(value));
    } else if constexpr (std::is_arithmetic_v<T>) {
      return equal_if(value != T{}, column, to_value(value));
    } else {
      const std::string_view text(value);
      return equal_if(!text.empty(), column, to_value(text));
    }
  }
  List& equal_if(bool given, std::string_view column, Value value);
  List& at_least_if(bool given, std::string_view column, Value value);
  List& less_than_if(bool given, std::string_view column, Value value);
  /// Rows whose moment in `column` falls on the local days `from` to `to`, both included; an empty day sets no bound.
  /// The days are of FORMAT_DATE, which the contract has checked.
  List& on_days(std::string_view column, core::UtcOffset offset, std::string_view from, std::string_view to);
  /// Rows for which a condition without parameters holds. May not come from a request.
  List& where(std::string_view condition);
  /// Case-sensitive part of a text, taken literally; an empty part filters nothing.
  List& contains(std::string_view column, std::string_view part);
  /// Rows whose unit lies in the subtree of `root` today; an empty root filters nothing.
  List& within(std::string_view unit_column, std::string_view root);

  /// The order: one column that is never NULL, then the id to make it total.
  List& order_by(std::string_view column, Direction direction, std::string_view id_column = "id");

  template <class Response, class Request>
  Response page(ReadTx& tx, const Visibility& visible, const Request& request) {
    Response response;
    fill(tx, visible, request, response);
    return response;
  }

 private:
  /// Conditions joined by AND, and the values of their parameters: `$n` is counted from 1 within them.
  struct Filter {
    std::string sql;
    std::vector<Value> values;

    Filter& add(std::string_view condition);
    /// The parameter that stands for the value.
    std::string parameter(Value value);
  };

  List& compare(std::string_view column, std::string_view op, Value value);
  Value keep(Value value);
  /// How the rows of a subtree are found: by looking up each of its units, or by going through the rows in the order of
  /// the list and asking of each whether its unit lies in the subtree.
  enum class Reading { ByUnit, InOrder };
  Reading reading_of_page(ReadTx& tx, const Visibility& visible);
  Filter filter_for(ReadTx& tx, Reading reading, const Visibility& visible);
  void restrict_to_visible(ReadTx& tx, Reading reading, const Visibility& visible, Filter& filter);
  void add_relations(ReadTx& tx, Reading reading, const Related& related, Filter& filter,
                     std::vector<std::string>& ways);
  void restrict_to_subtrees(ReadTx& tx, Reading reading, Filter& filter);
  std::string lies_below(ReadTx& tx, Reading reading, const std::string& unit_column,
                         std::span<const std::string> roots, Filter& filter);
  void count(ReadTx& tx, const Visibility& visible, google::protobuf::Message& response);
  void fill(ReadTx& tx, const Visibility& visible, const google::protobuf::Message& request,
            google::protobuf::Message& response);

  struct Subtree {
    std::string unit_column, root;
  };
  std::string from_;
  std::string columns_;
  std::string unit_column_, user_column_, owner_column_, owner_table_, receiver_column_, published_column_;
  std::string about_column_, body_column_;
  bool visible_by_relation_ = false;
  bool visible_to_all_ = false;
  std::deque<std::string> texts_;  // owned copies of text values, at fixed addresses
  Filter asked_;                   // what the request filters by
  std::vector<Subtree> subtrees_;
  std::string order_column_ = "id";
  std::string id_column_ = "id";
  Direction direction_ = Ascending;
};

}  // namespace wenming::domain
