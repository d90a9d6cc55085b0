#pragma once

#include <google/protobuf/descriptor.h>

#include <map>
#include <set>
#include <string>

#include "contract/comments.h"
#include "contract/contract.h"
#include "contract/json_document.h"
#include "contract/shape.h"

namespace wenming::contract {

/// The JSON Schemas of a contract's types, for its OpenAPI document. Lives while that is written.
class Schemas {
 public:
  Schemas(const Contract& contract, const Comments& comments);

  /// The members of `components/schemas`, by name.
  void write_all(JsonDocument& document) const;
  /// The schema of one field, as a value or a query parameter has it.
  void write_field(JsonDocument& document, const FieldShape& field) const;

  /// `wenming.volunteer.v1.HourEntry` is `volunteer.HourEntry`.
  static std::string name_of(std::string_view full_name);
  static std::string reference_to(std::string_view full_name) { return "#/components/schemas/" + name_of(full_name); }

 private:
  void collect(const google::protobuf::Descriptor& type, bool incoming);
  void write_body(JsonDocument& document, const Method& method) const;
  void write_message(JsonDocument& document, const google::protobuf::Descriptor& type) const;
  void write_enum(JsonDocument& document, const google::protobuf::EnumDescriptor& type) const;
  void write_single(JsonDocument& document, const FieldShape& field, bool nullable) const;
  void write_property(JsonDocument& document, const FieldShape& field, bool nullable) const;
  void write_text_rule(JsonDocument& document, const FieldShape& field) const;

  const Comments& comments_;
  std::map<std::string, const Method*> bodies_;
  std::map<std::string, const google::protobuf::Descriptor*> messages_;
  std::map<std::string, const google::protobuf::EnumDescriptor*> enums_;
  std::set<const google::protobuf::Descriptor*> incoming_;  // messages that requests hold
};

}  // namespace wenming::contract
