#include "domain/rows.h"

#include <google/protobuf/descriptor.h>

#include <array>
#include <limits>
#include <stdexcept>

#include "wenming/contract/v1/annotations.pb.h"

namespace wenming::domain {
namespace {

namespace pb = google::protobuf;

[[noreturn]] void mistake(const Cursor& cursor, int column, std::string_view what) {
  throw std::logic_error("column " + std::string(cursor.name(column)) + " " + std::string(what));
}

bool is_timestamp(const pb::FieldDescriptor& field) {
  return field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == pb::Timestamp::descriptor();
}

/// A column and the field that it fills, with the messages around that field from the outermost in.
struct Step {
  int column;
  std::vector<const pb::FieldDescriptor*> around;
  const pb::FieldDescriptor* field;                     // null: the column names none
  std::vector<std::pair<std::string_view, int>> words;  // of an enum: unprefixed name and number
  bool personal = false;                                // the cell may be sealed
};

Step step_of(const Cursor& cursor, int column, const pb::Descriptor& type) {
  Step step{column, {}, nullptr, {}, false};
  const pb::Descriptor* message = &type;
  std::string_view rest = cursor.name(column);
  for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    const pb::FieldDescriptor* const outer = message->FindFieldByName(std::string(rest.substr(0, dot)));
    if (outer == nullptr || outer->is_repeated() || outer->message_type() == nullptr) break;
    step.around.push_back(outer);
    message = outer->message_type();
    rest.remove_prefix(dot + 1);
  }
  step.field = message->FindFieldByName(std::string(rest));
  if (step.field == nullptr) return step;
  if (step.field->is_repeated() || (step.field->message_type() != nullptr && !is_timestamp(*step.field))) {
    mistake(cursor, column, "cannot fill " + step.field->full_name() + ", which is no single value");
  }
  step.personal =
      step.field->options().GetExtension(contract::v1::field).personal() != contract::v1::PERSONAL_UNSPECIFIED;
  if (const pb::EnumDescriptor* const words = step.field->enum_type()) {
    for (int i = 0; i < words->value_count(); ++i) {
      step.words.emplace_back(without_prefix(words->name(), words->value(i)->name()), words->value(i)->number());
    }
  }
  return step;
}

template <class T>
T narrow(const Cursor& cursor, int column, std::int64_t number) {
  if (!std::in_range<T>(number)) mistake(cursor, column, "holds a number too large for its field");
  return static_cast<T>(number);
}

int number_of(const Cursor& cursor, const Step& step, std::string_view word) {
  for (const auto& [text, number] : step.words) {
    if (text == word) return number;
  }
  mistake(cursor, step.column, "holds no value of " + step.field->enum_type()->full_name() + ": " + std::string(word));
}

/// What is sealed waits in its field to be opened (`unseal`).
bool holds_bytes(const Row& row, const Step& step) {
  if (step.field->type() == pb::FieldDescriptor::TYPE_BYTES) return true;
  return step.personal && std::holds_alternative<Blob>(row.cell(step.column));
}

void set(const Cursor& cursor, const Row& row, const Step& step, pb::Message& message) {
  const pb::Reflection& reflection = *message.GetReflection();
  const pb::FieldDescriptor* const field = step.field;
  const int column = step.column;
  switch (field->cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
      return reflection.SetInt32(&message, field, narrow<std::int32_t>(cursor, column, row.integer(column)));
    case pb::FieldDescriptor::CPPTYPE_INT64:
      return reflection.SetInt64(&message, field, row.integer(column));
    case pb::FieldDescriptor::CPPTYPE_UINT32:
      return reflection.SetUInt32(&message, field, narrow<std::uint32_t>(cursor, column, row.integer(column)));
    case pb::FieldDescriptor::CPPTYPE_UINT64:
      return reflection.SetUInt64(&message, field, narrow<std::uint64_t>(cursor, column, row.integer(column)));
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.SetDouble(&message, field, row.real(column));
    case pb::FieldDescriptor::CPPTYPE_FLOAT:
      return reflection.SetFloat(&message, field, static_cast<float>(row.real(column)));
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      return reflection.SetBool(&message, field, row.boolean(column));
    case pb::FieldDescriptor::CPPTYPE_ENUM:
      return reflection.SetEnumValue(&message, field, number_of(cursor, step, row.text(column)));
    case pb::FieldDescriptor::CPPTYPE_STRING:
      return reflection.SetString(&message, field,
                                  std::string(holds_bytes(row, step) ? row.blob(column) : row.text(column)));
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
      *static_cast<pb::Timestamp*>(reflection.MutableMessage(&message, field)) = to_proto(row.timestamp(column));
      return;
  }
}

}  // namespace

struct FillPlans::Plan {
  const pb::Descriptor* type;
  int columns;
  std::vector<Step> steps;
};

FillPlans::FillPlans(Strangers strangers) : strangers_(strangers) {}
FillPlans::~FillPlans() = default;
FillPlans::FillPlans(FillPlans&&) noexcept = default;
FillPlans& FillPlans::operator=(FillPlans&&) noexcept = default;

const FillPlans::Plan& FillPlans::of(const Cursor& cursor, int columns, const pb::Descriptor& type) {
  for (const auto& plan : plans_) {
    if (plan->type == &type && plan->columns == columns) return *plan;
  }
  auto plan = std::make_unique<Plan>(Plan{&type, columns, {}});
  for (int column = 0; column < columns; ++column) {
    Step step = step_of(cursor, column, type);
    if (step.field != nullptr) {
      plan->steps.push_back(std::move(step));
    } else if (strangers_ == Strangers::Mistake) {
      mistake(cursor, column, "names no field of " + type.full_name());
    }
  }
  return *plans_.emplace_back(std::move(plan));
}

void Row::fill(pb::Message& message, int columns) const {
  for (const Step& step : cursor_->plans().of(*cursor_, columns, *message.GetDescriptor()).steps) {
    if (is_null(step.column)) continue;
    pb::Message* target = &message;
    for (const pb::FieldDescriptor* const outer : step.around) {
      target = target->GetReflection()->MutableMessage(target, outer);
    }
    set(*cursor_, *this, step, *target);
  }
}

std::int64_t Row::integer(int column) const {
  const Value value = cursor_->at(column);
  if (const auto* const number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* const truth = std::get_if<bool>(&value)) return *truth ? 1 : 0;
  mistake(*cursor_, column, "is not a whole number");
}

double Row::real(int column) const {
  const Value value = cursor_->at(column);
  if (const auto* const number = std::get_if<double>(&value)) return *number;
  if (const auto* const whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  mistake(*cursor_, column, "is not a number");
}

std::string_view Row::text(int column) const {
  const Value value = cursor_->at(column);
  if (const auto* const text = std::get_if<std::string_view>(&value)) return *text;
  if (std::holds_alternative<std::monostate>(value)) return {};
  mistake(*cursor_, column, "is not a text");
}

std::string_view Row::blob(int column) const {
  const Value value = cursor_->at(column);
  if (const auto* const blob = std::get_if<Blob>(&value)) return blob->bytes;
  if (std::holds_alternative<std::monostate>(value)) return {};
  mistake(*cursor_, column, "is not a blob");
}

}  // namespace wenming::domain
