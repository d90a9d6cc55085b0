#include "contract/example.h"

#include <algorithm>
#include <vector>

#include "contract/json_string.h"
#include "contract/shape.h"
#include "core/text.h"

namespace wenming::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

std::string quoted(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

std::string text_of_length(const v1::FieldRule& rule) {
  std::string text = "text";
  while (text.size() < rule.min_length()) text += " text";
  const std::size_t most = rule.max_length() == 0 ? text.size() : std::min<std::size_t>(rule.max_length(), text.size());
  text.resize(std::max<std::size_t>(most, rule.min_length()));
  return text;
}

std::string example_text(const FieldShape& field) {
  if (field.name().ends_with("page_token")) return "";
  if (field.pattern) return field.pattern->example();
  switch (field.rule.format()) {
    case v1::FORMAT_DATE:
      return "2026-03-05";
    case v1::FORMAT_MONTH:
      return "2026-03";
    case v1::FORMAT_UUID:
    case v1::FORMAT_ID:
      return "0195c3a1-7b2c-7d4e-8f60-1a2b3c4d5e6f";
    case v1::FORMAT_PHONE:
      return "13800138000";
    case v1::FORMAT_URL:
      return "https://www.example.org/";
    default:
      return text_of_length(field.repeated ? v1::FieldRule() : field.rule);
  }
}

std::string example_number(const v1::FieldRule& rule) {
  const double least = rule.has_minimum() ? std::max(rule.minimum(), 1.0) : 1.0;
  const double number = rule.has_maximum() ? std::min(rule.maximum(), least) : least;
  const auto whole = static_cast<std::int64_t>(number);
  return static_cast<double>(whole) == number ? std::to_string(whole) : std::to_string(number);
}

/// Writes examples of messages inside messages, each type once on the way down.
class Examples {
 public:
  explicit Examples(bool request) : request_(request) {}

  std::string object(const Shape& shape, const std::vector<const FieldDescriptor*>& left_out) {
    way_.push_back(shape.descriptor);
    std::string json = "{";
    for (const FieldShape& field : shape.fields) {
      if (!is_shown(field) || std::find(left_out.begin(), left_out.end(), field.descriptor) != left_out.end()) continue;
      if (json.size() > 1) json += ", ";
      json += field.key + ' ' + value(field);
    }
    way_.pop_back();
    return json += '}';
  }

  std::string value(const FieldShape& field) {
    if (!field.rule.example().empty()) return field.rule.example();
    if (!field.repeated) return single(field);
    if (field.message != nullptr && is_on_the_way(field)) return "[]";
    std::string json = "[" + single(field);
    for (std::size_t i = 1; i < field.rule.min_length(); ++i) json += ", " + single(field);
    return json += ']';
  }

 private:
  [[nodiscard]] bool is_on_the_way(const FieldShape& field) const {
    return std::find(way_.begin(), way_.end(), field.message->descriptor) != way_.end();
  }

  [[nodiscard]] bool is_shown(const FieldShape& field) const {
    if (field.is_update_mask() || (request_ && field.rule.output_only())) return false;
    if (field.message != nullptr && !field.repeated && is_on_the_way(field)) return false;
    const auto* oneof = field.descriptor->real_containing_oneof();
    return oneof == nullptr || oneof->field(0) == field.descriptor;  // one of them excludes the others
  }

  std::string single(const FieldShape& field) {
    switch (field.kind) {
      case FieldKind::Bool:
        return "true";
      case FieldKind::String:
        return quoted(example_text(field));
      case FieldKind::Bytes:
        return quoted("AAEC");
      case FieldKind::Enum:
        return quoted(field.words->choices().substr(0, field.words->choices().find(',')));
      case FieldKind::Timestamp:
        return quoted("2026-03-05T09:00:00+08:00");
      case FieldKind::Message:
        return object(*field.message, {});
      default:
        return example_number(field.rule);
    }
  }

  bool request_;
  std::vector<const Descriptor*> way_;
};

}  // namespace

std::string example_body(const Method& method) {
  return Examples(true).object(shape_of(*method.request), method.path_fields);
}

std::string example_answer(const Descriptor& type) {
  return Examples(false).object(shape_of(type), {});
}

std::string example_value(const FieldDescriptor& field) {
  return Examples(true).value(*shape_of(*field.containing_type()).find(field.name()));
}

}  // namespace wenming::contract
