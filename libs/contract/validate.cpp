#include "contract/validate.h"

#include <google/protobuf/timestamp.pb.h>

#include <charconv>
#include <limits>
#include <string>
#include <string_view>

#include "contract/format.h"
#include "contract/shape.h"
#include "core/text.h"

namespace wenming::contract {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;

/// Where the check stands, as a chain through the stack: pointers are only written out where something is wrong.
struct Place {
  const Place* outer;
  const FieldShape* field;
  int index = -1;  // of an element

  [[nodiscard]] std::string pointer() const {
    std::string result = outer == nullptr ? std::string() : outer->pointer();
    append_pointer(result, field->name());
    if (index >= 0) append_pointer(result, static_cast<std::size_t>(index));
    return result;
  }
};

std::string shortest(double number) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr};
}

class Validator {
 public:
  void check_message(const Message& message, const Shape& shape, const Place* outer) {
    for (const FieldShape& field : shape.fields) {
      const Place place{outer, &field};
      if (field.repeated) {
        check_repeated(message, place);
      } else {
        check_singular(message, place);
      }
    }
  }
  std::vector<FieldError> take_errors() { return std::move(errors_); }

 private:
  void check_singular(const Message& message, const Place& place);
  void check_repeated(const Message& message, const Place& place);
  void check_number(double number, const Place& place);
  void check_text(std::string_view text, const Place& place);
  void check_length(std::size_t length, std::size_t otherwise, const Place& place);
  void report(v1::FieldProblem problem, const Place& place, Arguments arguments = {}) {
    errors_.push_back({place.pointer(), problem, std::move(arguments)});
  }

  std::vector<FieldError> errors_;
};

void Validator::check_singular(const Message& message, const Place& place) {
  const Reflection& reflection = *message.GetReflection();
  const FieldShape& field = *place.field;
  const auto* descriptor = field.descriptor;
  if (!reflection.HasField(message, descriptor)) {
    if (field.rule.required()) report(v1::FIELD_PROBLEM_REQUIRED, place);
    return;
  }
  if (field.rule.output_only()) return report(v1::FIELD_PROBLEM_OUTPUT_ONLY, place);
  switch (field.kind) {
    case FieldKind::String: {
      std::string scratch;
      const std::string& text = reflection.GetStringReference(message, descriptor, &scratch);
      if (field.rule.required() && text.empty()) return report(v1::FIELD_PROBLEM_REQUIRED, place);
      check_length(core::code_points(text), kDefaultTextLength, place);
      if (!text.empty()) check_text(text, place);
      return;
    }
    case FieldKind::Int32:
      return check_number(reflection.GetInt32(message, descriptor), place);
    case FieldKind::Uint32:
      return check_number(reflection.GetUInt32(message, descriptor), place);
    case FieldKind::Int64:
      return check_number(static_cast<double>(reflection.GetInt64(message, descriptor)), place);
    case FieldKind::Uint64:
      return check_number(static_cast<double>(reflection.GetUInt64(message, descriptor)), place);
    case FieldKind::Double:
      return check_number(reflection.GetDouble(message, descriptor), place);
    case FieldKind::Enum:
      if (field.rule.required() && reflection.GetEnumValue(message, descriptor) == 0)
        report(v1::FIELD_PROBLEM_REQUIRED, place);
      return;
    case FieldKind::Message:
      return check_message(reflection.GetMessage(message, descriptor), *field.message, &place);
    case FieldKind::Bytes: {
      std::string scratch;
      const std::size_t size = reflection.GetStringReference(message, descriptor, &scratch).size();
      return check_length(size, std::numeric_limits<std::size_t>::max(), place);  // the body's limit bounds it
    }
    case FieldKind::Bool:
    case FieldKind::Timestamp:
    case FieldKind::FieldMask:
      return;
  }
}

void Validator::check_repeated(const Message& message, const Place& place) {
  const Reflection& reflection = *message.GetReflection();
  const FieldShape& field = *place.field;
  const int size = reflection.FieldSize(message, field.descriptor);
  if (size == 0 && !field.rule.required() && field.rule.min_length() == 0) return;
  if (size == 0 && field.rule.required()) return report(v1::FIELD_PROBLEM_REQUIRED, place);
  if (field.rule.output_only()) return report(v1::FIELD_PROBLEM_OUTPUT_ONLY, place);
  check_length(static_cast<std::size_t>(size), kDefaultElements, place);

  for (int i = 0; i < size; ++i) {
    const Place element{place.outer, place.field, i};
    switch (field.kind) {
      case FieldKind::String: {
        std::string scratch;
        const std::string& text = reflection.GetRepeatedStringReference(message, field.descriptor, i, &scratch);
        if (core::code_points(text) > kDefaultTextLength) {
          report(v1::FIELD_PROBLEM_TOO_LONG, element, {{"limit", std::to_string(kDefaultTextLength)}});
        }
        check_text(text, element);
        break;
      }
      case FieldKind::Int32:
        check_number(reflection.GetRepeatedInt32(message, field.descriptor, i), element);
        break;
      case FieldKind::Uint32:
        check_number(reflection.GetRepeatedUInt32(message, field.descriptor, i), element);
        break;
      case FieldKind::Int64:
        check_number(static_cast<double>(reflection.GetRepeatedInt64(message, field.descriptor, i)), element);
        break;
      case FieldKind::Uint64:
        check_number(static_cast<double>(reflection.GetRepeatedUInt64(message, field.descriptor, i)), element);
        break;
      case FieldKind::Double:
        check_number(reflection.GetRepeatedDouble(message, field.descriptor, i), element);
        break;
      case FieldKind::Message:
        check_message(reflection.GetRepeatedMessage(message, field.descriptor, i), *field.message, &element);
        break;
      case FieldKind::Enum:
      case FieldKind::Bool:
      case FieldKind::Bytes:
      case FieldKind::Timestamp:
      case FieldKind::FieldMask:
        break;
    }
  }
}

void Validator::check_number(double number, const Place& place) {
  const v1::FieldRule& rule = place.field->rule;
  if (rule.has_minimum() && number < rule.minimum()) {
    report(v1::FIELD_PROBLEM_TOO_SMALL, place, {{"limit", shortest(rule.minimum())}});
  }
  if (rule.has_maximum() && number > rule.maximum()) {
    report(v1::FIELD_PROBLEM_TOO_LARGE, place, {{"limit", shortest(rule.maximum())}});
  }
}

void Validator::check_text(std::string_view text, const Place& place) {
  const FieldShape& field = *place.field;
  if (has_control_character(text, field.rule.format() == v1::FORMAT_MULTILINE)) {
    return report(v1::FIELD_PROBLEM_CONTROL_CHARACTER, place);
  }
  if (!is_of_format(text, field.rule.format())) {
    report(v1::FIELD_PROBLEM_FORMAT, place, {{"format", std::string(format_name(field.rule.format()))}});
  }
  if (field.pattern && !field.pattern->matches(text)) {
    report(v1::FIELD_PROBLEM_PATTERN, place, {{"pattern", field.rule.pattern()}});
  }
}

void Validator::check_length(std::size_t length, std::size_t otherwise, const Place& place) {
  const v1::FieldRule& rule = place.field->rule;
  const std::size_t most = rule.max_length() == 0 ? otherwise : rule.max_length();
  if (length < rule.min_length()) {
    report(v1::FIELD_PROBLEM_TOO_SHORT, place, {{"limit", std::to_string(rule.min_length())}});
  }
  if (length > most) report(v1::FIELD_PROBLEM_TOO_LONG, place, {{"limit", std::to_string(most)}});
}

}  // namespace

std::vector<FieldError> validate(const Message& message) {
  Validator validator;
  validator.check_message(message, shape_of(message), nullptr);
  return validator.take_errors();
}

}  // namespace wenming::contract
