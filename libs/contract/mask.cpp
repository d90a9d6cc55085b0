#include "contract/mask.h"

#include "contract/shape.h"
#include "core/text.h"

namespace wenming::contract {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;

/// What stays readable at both ends of a text of so many code points.
struct Visible {
  std::size_t front = 0, back = 0;
};

Visible visible_of_name(std::string_view name, std::size_t length) {
  if (length < 2) return {};
  // A Chinese name of four characters begins with a surname of two (欧阳).
  const bool chinese = name.size() == 3 * length;
  return {chinese && length >= 4 ? std::size_t{2} : 1, 0};
}

Visible visible_of_phone(std::size_t length) {
  if (length >= 11) return {3, 4};
  if (length >= 7) return {0, 3};
  return {};
}

void mask_texts(Message& message, const FieldShape& field) {
  const Reflection& reflection = *message.GetReflection();
  if (!field.repeated) {
    if (field.presence && !reflection.HasField(message, field.descriptor)) return;
    reflection.SetString(&message, field.descriptor,
                         masked(reflection.GetString(message, field.descriptor), field.rule.personal()));
    return;
  }
  for (int i = 0; i < reflection.FieldSize(message, field.descriptor); ++i) {
    const std::string text = reflection.GetRepeatedString(message, field.descriptor, i);
    reflection.SetRepeatedString(&message, field.descriptor, i, masked(text, field.rule.personal()));
  }
}

enum class Secrets { Clear, Keep };

void mask_shape(Message& message, const Shape& shape, Secrets secrets);

void mask_inside(Message& message, const FieldShape& field, Secrets secrets) {
  const Reflection& reflection = *message.GetReflection();
  if (!field.repeated) {
    if (!reflection.HasField(message, field.descriptor)) return;
    return mask_shape(*reflection.MutableMessage(&message, field.descriptor), *field.message, secrets);
  }
  for (int i = 0; i < reflection.FieldSize(message, field.descriptor); ++i) {
    mask_shape(*reflection.MutableRepeatedMessage(&message, field.descriptor, i), *field.message, secrets);
  }
}

void mask_shape(Message& message, const Shape& shape, Secrets secrets) {
  if (!shape.sensitive) return;
  for (const FieldShape& field : shape.fields) {
    const bool personal = field.rule.personal() != v1::PERSONAL_UNSPECIFIED;
    if (personal && field.kind == FieldKind::String) {
      mask_texts(message, field);
    } else if (personal || (secrets == Secrets::Clear && field.rule.format() == v1::FORMAT_SECRET)) {
      message.GetReflection()->ClearField(&message, field.descriptor);
    } else if (field.kind == FieldKind::Message) {
      mask_inside(message, field, secrets);
    }
  }
}

}  // namespace

void mask(Message& message) {
  mask_shape(message, shape_of(message), Secrets::Clear);
}

void mask_personal(Message& message) {
  mask_shape(message, shape_of(message), Secrets::Keep);
}

std::string masked(std::string_view text, v1::Personal kind) {
  if (text.empty()) return {};
  if (kind != v1::PERSONAL_NAME && kind != v1::PERSONAL_PHONE) return "***";
  const std::size_t length = core::code_points(text);
  const Visible visible = kind == v1::PERSONAL_NAME ? visible_of_name(text, length) : visible_of_phone(length);
  const std::size_t before_back = core::first_code_points(text, length - visible.back).size();
  std::string result(core::first_code_points(text, visible.front));
  result.append(length - visible.front - visible.back, '*');
  result.append(text.substr(before_back));
  return result;
}

}  // namespace wenming::contract
