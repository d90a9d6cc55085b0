#include "domain/list.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <map>
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

/// Or a masked name could be searched out letter by letter.
void refuse_masked_filters(const Visibility& visible, const pb::Message& request) {
  if (visible.unmasked()) return;
  std::vector<const pb::FieldDescriptor*> given;
  request.GetReflection()->ListFields(request, &given);
  for (const pb::FieldDescriptor* const field : given) {
    if (field->options().GetExtension(contract::v1::field).personal() == contract::v1::PERSONAL_UNSPECIFIED) continue;
    throw Refusal(contract::v1::PROBLEM_FILTER_MASKED, {{"field", field->name()}});
  }
}

/// Whether nothing lies below the unit today.
bool is_alone(ReadTx& tx, std::string_view unit) {
  int units = 0;
  for ([[maybe_unused]] const Row& row :
       tx.query("SELECT unit_id FROM organisation_ancestors "
                "WHERE ancestor_id = $1 AND valid_from <= $2 AND valid_to > $2 LIMIT 2",
                unit, core::to_text(tx.today())))
    ++units;
  return units < 2;
}

}  // namespace

List::List(std::string_view from, std::string_view columns) : from_(from), columns_(columns) {}

List& List::visible_by(std::string_view unit_column, std::string_view user_column) {
  unit_column_ = unit_column;
  user_column_ = user_column;
  return *this;
}

List& List::visible_by_owner(std::string_view owner_column, std::string_view table) {
  owner_column_ = owner_column;
  owner_table_ = table;
  return *this;
}

List& List::visible_by_receiver(std::string_view unit_column) {
  receiver_column_ = unit_column;
  return *this;
}

List& List::visible_once_published(std::string_view published_column) {
  published_column_ = published_column;
  return *this;
}

List& List::visible_by_relation(std::string_view about_column) {
  visible_by_relation_ = true;
  about_column_ = about_column;
  return *this;
}

List& List::visible_by_body(std::string_view body_column) {
  body_column_ = body_column;
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

List& List::where(std::string_view condition) {
  asked_.add("(" + std::string(condition) + ")");
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

/// A unit with nothing below it is looked up either way.
std::string List::lies_below(ReadTx& tx, Reading reading, const std::string& unit_column,
                             std::span<const std::string> roots, Filter& filter) {
  std::string listed;
  for (const std::string& root : roots) listed += (listed.empty() ? "" : ", ") + filter.parameter(keep(to_value(root)));
  if (roots.size() == 1 && is_alone(tx, roots[0])) return unit_column + " = " + listed;

  const std::string day = filter.parameter(keep(to_value(core::to_text(tx.today()))));
  const std::string below = "SELECT below.unit_id FROM organisation_ancestors AS below WHERE below.ancestor_id IN (" +
                            listed + ") AND below.valid_from <= " + day + " AND below.valid_to > " + day;
  if (reading == Reading::ByUnit) return unit_column + " IN (" + below + ")";
  // Unqualified, the column would be looked for in the inner table first.
  const bool qualified = unit_column.find('.') != std::string::npos;
  return "EXISTS (" + below + " AND below.unit_id = " + (qualified ? "" : from_ + ".") + unit_column + ")";
}

void List::restrict_to_subtrees(ReadTx& tx, Reading reading, Filter& filter) {
  for (const Subtree& subtree : subtrees_)
    filter.add(lies_below(tx, reading, subtree.unit_column, std::span(&subtree.root, 1), filter));
}

/// The ways of relations that are limited to one thing, each looked up by the thing and then held against the tree, and
/// those of bodies.
void List::add_relations(ReadTx& tx, Reading reading, const Related& related, Filter& filter,
                         std::vector<std::string>& ways) {
  std::map<std::string, std::string> about;  // what is listed of it, by the root of the subtree
  for (const Related::Place& place : related.places()) {
    if (about_column_.empty() || place.about_id.empty()) continue;
    std::string& listed = about[place.unit_id];
    listed += (listed.empty() ? "" : ", ") + filter.parameter(place.about_id);
  }
  for (const auto& [root, listed] : about) {
    ways.push_back("(" + about_column_ + " IN (" + listed + ") AND " +
                   lies_below(tx, reading, unit_column_, std::span(&root, 1), filter) + ")");
  }
  if (body_column_.empty() || related.bodies().empty()) return;
  std::string listed;
  for (const std::string& body : related.bodies()) listed += (listed.empty() ? "" : ", ") + filter.parameter(body);
  ways.push_back(body_column_ + " IN (" + listed + ")");
}

void List::restrict_to_visible(ReadTx& tx, Reading reading, const Visibility& visible, Filter& filter) {
  if (unit_column_.empty() && user_column_.empty() && owner_column_.empty() && !visible_to_all_) {
    throw std::logic_error("a list of " + from_ + " does not say who sees its rows");
  }
  if (visible.all() || visible_to_all_) return;
  std::vector<std::string> ways;
  std::vector<std::string> roots = visible.unit_roots();
  if (visible.related()) {
    if (!visible_by_relation_ && body_column_.empty())
      throw std::logic_error("a list of " + from_ + " does not say which rows relations lead to");
    for (const Related::Place& place : visible.related()->places())
      if (visible_by_relation_ && place.about_id.empty()) roots.push_back(place.unit_id);
    add_relations(tx, reading, *visible.related(), filter, ways);
  }
  if (!unit_column_.empty() && !roots.empty()) ways.push_back(lies_below(tx, reading, unit_column_, roots, filter));
  if (!receiver_column_.empty() && !visible.receiving_unit_roots().empty())
    ways.push_back(lies_below(tx, reading, receiver_column_, visible.receiving_unit_roots(), filter));
  if (!user_column_.empty() && !visible.user_id().empty())
    ways.push_back(user_column_ + " = " + filter.parameter(visible.user_id()));
  // Not a join: a condition that looks into two tables would be checked of every row, none of them found by index.
  if (!owner_column_.empty() && !visible.user_id().empty()) {
    ways.push_back(owner_column_ + " IN (SELECT id FROM " + owner_table_ +
                   " WHERE user_id = " + filter.parameter(visible.user_id()) + ")");
  }
  if (!published_column_.empty() && visible.published()) ways.push_back(published_column_ + " IS NOT NULL");
  if (ways.empty() && visible.related()) ways.emplace_back("1 = 0");  // relations that lead nowhere today
  if (ways.empty()) throw Refusal(contract::v1::PROBLEM_NOT_ALLOWED);
  std::string any = ways[0];
  for (std::size_t i = 1; i < ways.size(); ++i) any += " OR " + ways[i];
  filter.add(ways.size() == 1 ? any : "(" + any + ")");
}

/// Reading in order sorts nothing, so a page of a whole county costs what the page holds; but where the subtree has few
/// rows in a large table, it would go through the table to find them. Those are looked up by unit and sorted. Below
/// `kFew` rows sorting is cheap, above it a page's worth comes soon enough in a table of millions.
List::Reading List::reading_of_page(ReadTx& tx, const Visibility& visible) {
  constexpr int kFew = 5000;
  Filter filter;
  restrict_to_subtrees(tx, Reading::ByUnit, filter);
  restrict_to_visible(tx, Reading::ByUnit, visible, filter);
  if (filter.sql.empty()) return Reading::InOrder;
  const std::string first =
      "SELECT 1 FROM " + from_ + " WHERE " + filter.sql + " LIMIT " + filter.parameter(to_value(kFew));
  for (const Row& row : tx.query_values("SELECT COUNT(*) FROM (" + first + ") AS first_rows", filter.values))
    if (row.integer(0) < kFew) return Reading::ByUnit;
  return Reading::InOrder;
}

List::Filter List::filter_for(ReadTx& tx, Reading reading, const Visibility& visible) {
  Filter filter = asked_;
  restrict_to_subtrees(tx, reading, filter);
  restrict_to_visible(tx, reading, visible, filter);
  return filter;
}

void List::count(ReadTx& tx, const Visibility& visible, pb::Message& response) {
  const pb::FieldDescriptor* const bound = response.GetDescriptor()->FindFieldByName("total_is_lower_bound");
  Filter filter = filter_for(tx, Reading::ByUnit, visible);
  std::string rows = from_ + (filter.sql.empty() ? "" : " WHERE " + filter.sql);
  if (bound != nullptr)
    rows = "(SELECT 1 FROM " + rows + " LIMIT " + filter.parameter(to_value(kMostCounted + 1)) + ") AS counted";
  std::int64_t total = tx.query_values("SELECT COUNT(*) FROM " + rows, filter.values).begin().operator*().integer(0);
  const pb::Reflection& write = *response.GetReflection();
  if (bound != nullptr && total > kMostCounted) {
    total = kMostCounted;
    write.SetBool(&response, bound, true);
  }
  write.SetInt64(&response, field_of(response, "total"), total);
}

void List::fill(ReadTx& tx, const Visibility& visible, const pb::Message& request, pb::Message& response) {
  refuse_masked_filters(visible, request);
  const Asked asked = asked_in(request);
  const std::string_view direction = direction_ == Ascending ? " ASC" : " DESC";
  // What was asked for, without who asks and without how it is read: a page token holds as long as that is the same.
  std::string question = from_ + asked_.sql + order_column_ + std::string(direction);
  for (const Subtree& subtree : subtrees_)
    question.append(" ").append(subtree.unit_column).append(" ").append(subtree.root);
  const std::uint64_t query = fingerprint(question, asked_.values);

  const pb::Reflection& write = *response.GetReflection();
  if (asked.include_total) {
    count(tx, visible, response);
  }

  Filter filter = filter_for(tx, reading_of_page(tx, visible), visible);
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
