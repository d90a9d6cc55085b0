#include "domain/table.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <stdexcept>

namespace wenming::domain {
namespace {

namespace pb = google::protobuf;

bool is_timestamp(const pb::FieldDescriptor& field) {
  return field.message_type() == pb::Timestamp::descriptor();
}

Value value_of_field(const pb::Message& message, const pb::FieldDescriptor& field) {
  const pb::Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
      return to_value(reflection.GetInt32(message, &field));
    case pb::FieldDescriptor::CPPTYPE_INT64:
      return to_value(reflection.GetInt64(message, &field));
    case pb::FieldDescriptor::CPPTYPE_UINT32:
      return to_value(reflection.GetUInt32(message, &field));
    case pb::FieldDescriptor::CPPTYPE_UINT64:
      return to_value(reflection.GetUInt64(message, &field));
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      return to_value(reflection.GetDouble(message, &field));
    case pb::FieldDescriptor::CPPTYPE_FLOAT:
      return to_value(static_cast<double>(reflection.GetFloat(message, &field)));
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      return to_value(reflection.GetBool(message, &field));
    case pb::FieldDescriptor::CPPTYPE_ENUM: {
      const int number = reflection.GetEnumValue(message, &field);
      return number == 0 ? to_value(std::nullopt) : to_value(enum_text(*field.enum_type(), number));
    }
    case pb::FieldDescriptor::CPPTYPE_STRING: {
      std::string unused;  // generated messages hold their strings, and hand out references to them
      const std::string& text = reflection.GetStringReference(message, &field, &unused);
      if (field.type() == pb::FieldDescriptor::TYPE_BYTES) return Blob{text};
      return to_value(std::string_view(text));
    }
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
      return to_value(static_cast<const pb::Timestamp&>(reflection.GetMessage(message, &field)));
  }
  throw std::logic_error(field.full_name() + " has a type that no column holds");
}

/// `$3, $4, $5`
std::string parameters(std::size_t count) {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i) text.append(i == 1 ? "$" : ", $").append(std::to_string(i));
  return text;
}

}  // namespace

RowShape::Column RowShape::column_of(const pb::Descriptor& type, std::string_view name) {
  Column column;
  column.empty_is_null = name.ends_with('?');
  if (column.empty_is_null) name.remove_suffix(1);
  column.name = name;
  std::replace(column.name.begin(), column.name.end(), '.', '_');
  const pb::Descriptor* message = &type;
  while (!name.empty()) {
    const std::string_view part = name.substr(0, name.find('.'));
    name.remove_prefix(std::min(name.size(), part.size() + 1));
    const pb::FieldDescriptor* const field = message == nullptr ? nullptr : message->FindFieldByName(std::string(part));
    if (field == nullptr || field->is_repeated()) {
      throw std::logic_error(type.full_name() + " has no single field for the column " + column.name);
    }
    column.path.push_back(field);
    message = is_timestamp(*field) ? nullptr : field->message_type();
  }
  if (message != nullptr) throw std::logic_error("the column " + column.name + " would hold a whole message");
  return column;
}

RowShape::RowShape(std::string_view table, const pb::Descriptor& type, std::initializer_list<std::string_view> fixed,
                   std::initializer_list<std::string_view> changing)
    : table_(table), fixed_(fixed.size()) {
  const auto add = [&](std::string_view name) {
    const Column& column = columns_.emplace_back(column_of(type, name));
    select_list_.append(select_list_.empty() ? "" : ", ").append(column.name);
    if (column.path.size() == 1) return;
    select_list_.append(" AS \"").append(name.ends_with('?') ? name.substr(0, name.size() - 1) : name).append("\"");
  };
  for (const std::string_view name : fixed) add(name);
  for (const std::string_view name : changing) add(name);
  const std::string& id = columns_.front().name;
  find_ = "SELECT " + select_list_ + " FROM " + table_ + " WHERE " + id + " = $1";
  for (const Column& column : columns_) insert_.append(insert_.empty() ? "" : ", ").append(column.name);
  insert_.insert(0, "INSERT INTO " + table_ + " (");
  for (std::size_t i = fixed_; i < columns_.size(); ++i) {
    update_.append(update_.empty() ? "UPDATE " + table_ + " SET " : ", ")
        .append(columns_[i].name + " = $" + std::to_string(i - fixed_ + 2));
  }
  update_.append(" WHERE ").append(id).append(" = $1");
}

Value RowShape::value_of(const pb::Message& row, const Column& column) {
  const pb::Message* message = &row;
  for (std::size_t i = 0; i + 1 < column.path.size(); ++i) {
    if (!message->GetReflection()->HasField(*message, column.path[i])) return to_value(std::nullopt);
    message = &message->GetReflection()->GetMessage(*message, column.path[i]);
  }
  const pb::FieldDescriptor& field = *column.path.back();
  if (field.has_presence() && !message->GetReflection()->HasField(*message, &field)) return to_value(std::nullopt);
  const Value value = value_of_field(*message, field);
  const auto* const text = std::get_if<std::string_view>(&value);
  return column.empty_is_null && text != nullptr ? or_null(*text) : value;
}

void RowShape::insert(Tx& tx, const pb::Message& row, std::initializer_list<ExtraColumn> extra) const {
  std::string statement = insert_;
  std::vector<Value> values;
  for (const Column& column : columns_) values.push_back(value_of(row, column));
  for (const auto& [name, value] : extra) {
    statement.append(", ").append(name);
    values.push_back(value);
  }
  statement.append(") VALUES (").append(parameters(values.size())).append(")");
  tx.run_values(statement, values);
}

bool RowShape::update(Tx& tx, const pb::Message& row) const {
  std::vector<Value> values{value_of(row, columns_.front())};
  for (std::size_t i = fixed_; i < columns_.size(); ++i) values.push_back(value_of(row, columns_[i]));
  return tx.run_values(update_, values) == 1;
}

}  // namespace wenming::domain
