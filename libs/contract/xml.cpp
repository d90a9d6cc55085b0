#include "contract/xml.h"

#include <charconv>
#include <pugixml.hpp>
#include <sstream>
#include <stdexcept>

#include "contract/shape.h"

namespace wenming::contract {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;

template <class Number>
std::string text_of(Number number) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr};
}

std::string text_of(const Message& message, const FieldShape& field) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.kind) {
    case FieldKind::Bool:
      return reflection.GetBool(message, field.descriptor) ? "true" : "false";
    case FieldKind::Int32:
      return text_of(reflection.GetInt32(message, field.descriptor));
    case FieldKind::Int64:
      return text_of(reflection.GetInt64(message, field.descriptor));
    case FieldKind::Double:
      return text_of(reflection.GetDouble(message, field.descriptor));
    case FieldKind::String:
      return reflection.GetString(message, field.descriptor);
    default:
      throw std::invalid_argument(field.name() + " has no form in XML");
  }
}

void add_fields(pugi::xml_node node, const Message& message);

void add_elements(pugi::xml_node node, const Message& message, const FieldShape& field) {
  const Reflection& reflection = *message.GetReflection();
  const std::string element = field.name().substr(0, field.name().size() - 1);
  for (int i = 0; i < reflection.FieldSize(message, field.descriptor); ++i) {
    pugi::xml_node child = node.append_child(element.c_str());
    if (field.kind == FieldKind::Message) {
      add_fields(child, reflection.GetRepeatedMessage(message, field.descriptor, i));
    } else if (field.kind == FieldKind::String) {
      child.text().set(reflection.GetRepeatedString(message, field.descriptor, i).c_str());
    } else {
      throw std::invalid_argument(field.name() + " has no form in XML");
    }
  }
}

void add_fields(pugi::xml_node node, const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  const Shape& shape = shape_of(message);
  if (shape.sensitive) throw std::invalid_argument(shape.descriptor->full_name() + " would have to be masked");
  for (const FieldShape& field : shape.fields) {
    if (field.presence && !reflection.HasField(message, field.descriptor)) continue;
    pugi::xml_node child = node.append_child(field.name().c_str());
    if (field.repeated) {
      add_elements(child, message, field);
    } else if (field.kind == FieldKind::Message) {
      add_fields(child, reflection.GetMessage(message, field.descriptor));
    } else {
      child.text().set(text_of(message, field).c_str());
    }
  }
}

std::string text_of(const pugi::xml_document& document) {
  std::ostringstream out;
  document.save(out, "", pugi::format_raw, pugi::encoding_utf8);
  return out.str();
}

pugi::xml_node begin(pugi::xml_document& document, std::string_view root) {
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "utf-8";
  return document.append_child(std::string(root).c_str());
}

}  // namespace

std::string write_xml(std::string_view root, const Message& message) {
  pugi::xml_document document;
  add_fields(begin(document, root), message);
  return text_of(document);
}

std::string write_xml(std::string_view root, std::string_view element, std::span<const Message* const> messages) {
  pugi::xml_document document;
  pugi::xml_node node = begin(document, root);
  const std::string name(element);
  for (const Message* message : messages) add_fields(node.append_child(name.c_str()), *message);
  return text_of(document);
}

}  // namespace wenming::contract
