#include "domain/list.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "domain/page_token.h"
#include "domain/refusal.h"

namespace wenming::domain {
namespace {

namespace pb = google::protobuf;

/// The fields that every list request and response has.
struct Asked {
  int page_size;
  std::string page_token;
  bool include_total;
};

const pb::FieldDescriptor* field_of(const pb::Message& message, const char* name) {
  const pb::FieldDescriptor* const field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr) throw std::logic_error(message.GetDescriptor()->full_name() + " has no field " + name);
  return field;
}

Asked asked_in(const pb::Message& request) {
  const pb::Reflection& read = *request.GetReflection();
  const int size = read.GetInt32(request, field_of(request, "page_size"));
  return {size <= 0 ? List::kDefaultPageSize : std::min(size, List::kLargestPageSize),
          read.GetString(request, field_of(request, "page_token")),
          read.GetBool(request, field_of(request, "include_total"))};
}

const pb::FieldDescriptor* items_of(const pb::Message& response) {
  const pb::Descriptor& type = *response.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->is_repeated() && type.field(i)->message_type() != nullptr) return type.field(i);
  }
  throw std::logic_error(type.full_name() + " has no repeated field of messages");
}

/// The days on which a row of organisation_ancestors holds.
std::string holds_on(const std::string& day) {
  return "valid_from <= " + day + " AND valid_to > " + day;
}

}  // namespace

List::List(std::string_view from, std::string_view columns) : from_(from), columns_(columns) {}

List& List::visible_by(std::string_view unit_column, std::string_view user_column) {
  unit_column_ = unit_column;
  user_column_ = user_column;
  return *this;
}

List& List::visible_to_all() {
  visible_to_all_ = true;
  return *this;
}

List& List::equal_if(bool given, std::string_view column, Value value) {
  return given ? compare(column, "=", value) : *this;
}

List& List::at_least_if(bool given, std::string_view column, Value value) {
  return given ? compare(column, ">=", value) : *this;
}

List& List::less_than_if(bool given, std::string_view column, Value value) {
  return given ? compare(column, "<", value) : *this;
}

List& List::on_days(std::string_view column, core::UtcOffset offset, std::string_view from, std::string_view to) {
  if (!from.empty()) compare(column, ">=", to_value(offset.start_of(core::parse_date(from).value())));
  if (!to.empty()) {
    compare(column, "<", to_value(offset.start_of(core::parse_date(to).value() + std::chrono::days(1))));
  }
  return *this;
}

List& List::contains(std::string_view column, std::string_view part) {
  if (part.empty()) return *this;
  // LIKE ignores case in one database and minds it in another; replacing is the same everywhere.
  const std::string name(column);
  asked_.add("replace(" + name + ", " + asked_.parameter(keep(part)) + ", '') <> " + name);
  return *this;
}

List& List::within(std::string_view unit_column, std::string_view root) {
  if (!root.empty()) subtrees_.push_back({std::string(unit_column), std::string(root)});
  return *this;
}

List& List::order_by(std::string_view column, Direction direction, std::string_view id_column) {
  order_column_ = column;
  direction_ = direction;
  id_column_ = id_column;
  return *this;
}

List::Filter& List::Filter::add(std::string_view condition) {
  if (!sql.empty()) sql += " AND ";
  sql += condition;
  return *this;
}

std::string List::Filter::parameter(Value value) {
  values.push_back(value);
  return "$" + std::to_string(values.size());
}

List& List::compare(std::string_view column, std::string_view op, Value value) {
  asked_.add(std::string(column).append(" ").append(op).append(" ").append(asked_.parameter(keep(value))));
  return *this;
}

Value List::keep(Value value) {
  if (const auto* const text = std::get_if<std::string_view>(&value)) return to_value(texts_.emplace_back(*text));
  return value;
}

void List::restrict_to_subtrees(ReadTx& tx, Filter& filter) {
  for (const Subtree& subtree : subtrees_) {
    const std::string root = filter.parameter(to_value(subtree.root));
    const std::string day = filter.parameter(keep(to_value(core::to_text(tx.today()))));
    filter.add(subtree.unit_column + " IN (SELECT unit_id FROM organisation_ancestors WHERE ancestor_id = " + root +
               " AND " + holds_on(day) + ")");
  }
}

void List::restrict_to_visible(ReadTx& tx, const Visibility& visible, Filter& filter) {
  if (unit_column_.empty() && user_column_.empty() && !visible_to_all_) {
    throw std::logic_error("a list of " + from_ + " does not say who sees its rows");
  }
  if (visible.all() || visible_to_all_) return;
  std::vector<std::string> ways;
  if (!unit_column_.empty() && !visible.unit_roots().empty()) {
    std::string roots;
    for (const std::string& root : visible.unit_roots()) roots += (roots.empty() ? "" : ", ") + filter.parameter(root);
    const std::string day = filter.parameter(keep(to_value(core::to_text(tx.today()))));
    ways.push_back(unit_column_ + " IN (SELECT unit_id FROM organisation_ancestors WHERE ancestor_id IN (" + roots +
                   ") AND " + holds_on(day) + ")");
  }
  if (!user_column_.empty() && !visible.user_id().empty()) {
    ways.push_back(user_column_ + " = " + filter.parameter(visible.user_id()));
  }
  if (ways.empty()) throw Refusal(contract::v1::PROBLEM_NOT_ALLOWED);
  filter.add(ways.size() == 1 ? ways[0] : "(" + ways[0] + " OR " + ways[1] + ")");
}

void List::fill(ReadTx& tx, const Visibility& visible, const pb::Message& request, pb::Message& response) {
  const Asked asked = asked_in(request);
  Filter filter = asked_;
  restrict_to_subtrees(tx, filter);
  const std::string_view direction = direction_ == Ascending ? " ASC" : " DESC";
  const std::uint64_t query = fingerprint(from_ + filter.sql + order_column_ + std::string(direction), filter.values);
  restrict_to_visible(tx, visible, filter);

  const pb::Reflection& write = *response.GetReflection();
  if (asked.include_total) {
    const std::string count = "SELECT COUNT(*) FROM " + from_ + (filter.sql.empty() ? "" : " WHERE " + filter.sql);
    for (const Row& row : tx.query_values(count, filter.values))
      write.SetInt64(&response, field_of(response, "total"), row.integer(0));
  }

  const std::optional<PageToken> after = PageToken::read(asked.page_token, query);
  if (after) {
    const std::string key = filter.parameter(after->key());
    const std::string id = filter.parameter(after->id());
    const std::string_view beyond = direction_ == Ascending ? ") > (" : ") < (";
    filter.add("(" + order_column_ + ", " + id_column_ + std::string(beyond) + key + ", " + id + ")");
  }
  std::string sql = "SELECT " + columns_ + ", " + order_column_ + ", " + id_column_ + " FROM " + from_;
  if (!filter.sql.empty()) sql += " WHERE " + filter.sql;
  sql.append(" ORDER BY ").append(order_column_).append(direction).append(", ").append(id_column_).append(direction);
  sql += " LIMIT " + filter.parameter(to_value(asked.page_size + 1));  // one more shows whether there is a next page

  const pb::FieldDescriptor* const items = items_of(response);
  int filled = 0;
  PageToken last;
  for (const Row& row : tx.query_values(sql, filter.values)) {
    if (filled == asked.page_size) {
      write.SetString(&response, field_of(response, "next_page_token"), last.text(query));
      break;
    }
    const int columns = row.columns() - 2;
    row.fill(*write.AddMessage(&response, items), columns);
    if (++filled == asked.page_size) last = PageToken(row.cell(columns), row.cell(columns + 1));
  }
}

}  // namespace wenming::domain
