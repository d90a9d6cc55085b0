#include "contract/schemas.h"

#include <algorithm>

#include "contract/validate.h"

namespace wenming::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;

constexpr std::int64_t kLargestExact = (std::int64_t{1} << 53U) - 1;

/// How JSON Schema calls the type; empty for what is a reference.
std::string_view schema_type(FieldKind kind) {
  switch (kind) {
    case FieldKind::Bool:
      return "boolean";
    case FieldKind::Int32:
    case FieldKind::Int64:
    case FieldKind::Uint32:
    case FieldKind::Uint64:
      return "integer";
    case FieldKind::Double:
      return "number";
    case FieldKind::String:
    case FieldKind::Bytes:
    case FieldKind::Timestamp:
      return "string";
    default:
      return {};
  }
}

void write_range(JsonDocument& document, const FieldShape& field) {
  const v1::FieldRule& rule = field.rule;
  const bool is_signed =
      field.kind == FieldKind::Int32 || field.kind == FieldKind::Int64 || field.kind == FieldKind::Double;
  if (rule.has_minimum()) {
    document.member("minimum", rule.minimum());
  } else if (!is_signed) {
    document.member("minimum", 0);
  }
  if (rule.has_maximum()) {
    document.member("maximum", rule.maximum());
  } else if (field.kind == FieldKind::Int64 || field.kind == FieldKind::Uint64) {
    document.member("maximum", kLargestExact);
  }
}

void write_number_rule(JsonDocument& document, const FieldShape& field) {
  switch (field.kind) {
    case FieldKind::Int32:
      document.member("format", "int32");
      break;
    case FieldKind::Double:
      document.member("format", "double");
      break;
    default:
      document.member("format", "int64");
  }
  write_range(document, field);
}

}  // namespace

Schemas::Schemas(const Contract& contract, const Comments& comments) : comments_(comments) {
  for (const auto& method : contract.methods()) {
    for (const FieldShape& field : shape_of(*method->request).fields) {
      if (field.message != nullptr) collect(*field.message->descriptor, true);
      if (field.words)
        enums_.emplace(name_of(field.descriptor->enum_type()->full_name()), field.descriptor->enum_type());
    }
    if (method->takes_json() || method->takes_form())
      bodies_.emplace(name_of(method->descriptor->input_type()->full_name()), method.get());
  }
  for (const auto& method : contract.methods())
    if (!method->is_edge()) collect(*method->descriptor->output_type(), false);
}

void Schemas::collect(const Descriptor& type, bool incoming) {
  if (!messages_.emplace(name_of(type.full_name()), &type).second) return;
  if (incoming) incoming_.insert(&type);
  for (const FieldShape& field : shape_of(type).fields) {
    if (field.message != nullptr) collect(*field.message->descriptor, incoming);
    if (field.words) enums_.emplace(name_of(field.descriptor->enum_type()->full_name()), field.descriptor->enum_type());
  }
}

std::string Schemas::name_of(std::string_view full_name) {
  constexpr std::string_view kRoot = "wenming.";
  if (full_name.starts_with(kRoot)) full_name.remove_prefix(kRoot.size());
  const std::size_t version = full_name.find(".v1.");
  std::string name(full_name);
  if (version != std::string_view::npos) name.erase(version, 3);
  return name;
}

void Schemas::write_all(JsonDocument& document) const {
  for (const auto& [name, method] : bodies_) document.object(name, [&, &m = method] { write_body(document, *m); });
  for (const auto& [name, type] : messages_) document.object(name, [&, &t = type] { write_message(document, *t); });
  for (const auto& [name, type] : enums_) document.object(name, [&, &t = type] { write_enum(document, *t); });
}

void Schemas::write_body(JsonDocument& document, const Method& method) const {
  const Shape& shape = shape_of(*method.request);
  const auto in_body = [&](const FieldShape& field) {
    const auto& path = method.path_fields;
    return !field.is_update_mask() && !field.rule.output_only() &&
           std::find(path.begin(), path.end(), field.descriptor) == path.end();
  };
  document.member("type", "object");
  document.member("description", comments_.of(*shape.descriptor));
  document.object("properties", [&] {
    for (const FieldShape& field : shape.fields) {
      if (!in_body(field)) continue;
      const bool nullable = method.verb == Verb::Patch && field.presence;
      document.object(field.name(), [&] { write_property(document, field, nullable); });
    }
  });
  const auto is_required = [&](const FieldShape& field) { return in_body(field) && field.rule.required(); };
  if (std::any_of(shape.fields.begin(), shape.fields.end(), is_required)) {
    document.array("required", [&] {
      for (const FieldShape& field : shape.fields) {
        if (is_required(field)) document.value(field.name());
      }
    });
  }
  document.member("additionalProperties", method.takes_form());
}

void Schemas::write_message(JsonDocument& document, const Descriptor& type) const {
  const Shape& shape = shape_of(type);
  const bool incoming = incoming_.contains(&type);
  document.member("type", "object");
  document.member("description", comments_.of(type));
  document.object("properties", [&] {
    for (const FieldShape& field : shape.fields) {
      if (!field.is_update_mask()) document.object(field.name(), [&] { write_property(document, field, false); });
    }
  });
  // What is answered holds every field that cannot be absent; what is sent has to hold the required ones. A masked
  // field that is no text is left out.
  const auto is_required = [&](const FieldShape& field) {
    const bool masked_away = field.rule.personal() != v1::PERSONAL_UNSPECIFIED && field.kind != FieldKind::String;
    return incoming ? field.rule.required() : !field.presence && !masked_away;
  };
  if (std::none_of(shape.fields.begin(), shape.fields.end(), is_required)) return;
  document.array("required", [&] {
    for (const FieldShape& field : shape.fields) {
      if (is_required(field)) document.value(field.name());
    }
  });
}

void Schemas::write_enum(JsonDocument& document, const EnumDescriptor& type) const {
  std::string description = comments_.of(type);
  for (int i = 0; i < type.value_count(); ++i) {
    description +=
        (i == 0 ? "\n\n- `" : "\n- `") + std::string(word_of(*type.value(i))) + "`: " + comments_.of(*type.value(i));
  }
  document.member("type", "string");
  document.member("description", description);
  document.array("enum", [&] {
    for (int i = 0; i < type.value_count(); ++i) document.value(word_of(*type.value(i)));
  });
}

void Schemas::write_field(JsonDocument& document, const FieldShape& field) const {
  if (!field.repeated) return write_single(document, field, false);
  document.member("type", "array");
  document.object("items", [&] { write_single(document, field, false); });
  if (field.rule.min_length() > 0) document.member("minItems", field.rule.min_length());
  document.member("maxItems", field.rule.max_length() == 0 ? kDefaultElements : field.rule.max_length());
}

void Schemas::write_property(JsonDocument& document, const FieldShape& field, bool nullable) const {
  document.member("description", comments_.of(*field.descriptor));
  if (field.rule.output_only()) document.member("readOnly", true);
  if (field.rule.personal() != v1::PERSONAL_UNSPECIFIED) {
    document.member("x-wenming-personal",
                    word_of(*v1::Personal_descriptor()->FindValueByNumber(field.rule.personal())));
  }
  if (nullable && !field.repeated) {
    write_single(document, field, true);
  } else {
    write_field(document, field);
  }
  if (!field.rule.example().empty()) {
    document.array("examples", [&] { document.raw(field.rule.example()); });
  }
}

void Schemas::write_single(JsonDocument& document, const FieldShape& field, bool nullable) const {
  const std::string_view type = schema_type(field.kind);
  if (type.empty()) {
    const std::string reference = field.kind == FieldKind::Enum
                                      ? reference_to(field.descriptor->enum_type()->full_name())
                                      : reference_to(field.descriptor->message_type()->full_name());
    if (nullable) {
      return document.array("anyOf", [&] {
        document.object([&] { document.member("$ref", reference); });
        document.object([&] { document.member("type", "null"); });
      });
    }
    document.member("$ref", reference);
    if (field.kind == FieldKind::Enum && field.rule.required()) {
      document.object("not", [&] { document.member("const", "UNSPECIFIED"); });
    }
    return;
  }
  if (nullable) {
    document.array("type", [&] {
      document.value(type);
      document.value("null");
    });
  } else {
    document.member("type", type);
  }
  if (type == "integer" || type == "number") write_number_rule(document, field);
  if (field.kind == FieldKind::String) write_text_rule(document, field);
  if (field.kind == FieldKind::Timestamp) document.member("format", "date-time");
  if (field.kind == FieldKind::Bytes) document.member("contentEncoding", "base64");
}

void Schemas::write_text_rule(JsonDocument& document, const FieldShape& field) const {
  const v1::FieldRule& rule = field.rule;
  if (!field.repeated) {
    const std::size_t least = std::max<std::size_t>(rule.min_length(), rule.required() ? 1 : 0);
    if (least > 0) document.member("minLength", least);
    if (rule.max_length() > 0) document.member("maxLength", rule.max_length());
  }
  if (!rule.pattern().empty()) document.member("pattern", "^" + rule.pattern() + "$");
  switch (rule.format()) {
    case v1::FORMAT_DATE:
      return document.member("format", "date");
    case v1::FORMAT_MONTH:
      return document.member("pattern", "^[0-9]{4}-[0-9]{2}$");
    case v1::FORMAT_UUID:
      return document.member("format", "uuid");
    case v1::FORMAT_URL:
      return document.member("format", "uri");
    case v1::FORMAT_SECRET:
      return document.member("format", "password");
    default:
      return;
  }
}

}  // namespace wenming::contract
