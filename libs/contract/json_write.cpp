#include <google/protobuf/timestamp.pb.h>

#include <charconv>
#include <cmath>

#include "contract/json.h"
#include "contract/json_string.h"
#include "contract/mask.h"
#include "contract/shape.h"
#include "core/encoding.h"

namespace wenming::contract {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;

/// Writes one message, straight into the caller's text: keys stand ready in the shape, quoted and with their colon.
class Writer {
 public:
  Writer(std::string& out, const WriteOptions& options) : out_(out), options_(options) {}

  void write_message(const Message& message, const Shape& shape) {
    out_ += '{';
    bool first = true;
    for (const FieldShape& field : shape.fields) {
      if (!is_written(message, field)) continue;
      if (!first) out_ += ',';
      first = false;
      out_ += field.key;
      if (field.repeated) {
        write_array(message, field);
      } else {
        write_singular(message, field);
      }
    }
    out_ += '}';
  }

 private:
  [[nodiscard]] bool masks(const FieldShape& field) const {
    return options_.mask_personal && field.rule.personal() != v1::PERSONAL_UNSPECIFIED;
  }

  [[nodiscard]] bool is_written(const Message& message, const FieldShape& field) const {
    if (field.is_update_mask() || (masks(field) && field.kind != FieldKind::String)) return false;
    return !field.presence || message.GetReflection()->HasField(message, field.descriptor);
  }

  void write_singular(const Message& message, const FieldShape& field);
  void write_array(const Message& message, const FieldShape& field);
  void write_element(const Message& message, const FieldShape& field, int index);

  template <class Number>
  void write_number(Number number) {
    char buffer[32];
    out_.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
  }
  void write_double(double number) {
    if (!std::isfinite(number)) {
      out_ += "null";
    } else {
      write_number(number);
    }
  }
  void write_bool(bool value) { out_ += value ? "true" : "false"; }
  void write_enum(int number, const FieldShape& field) {
    const std::string_view word = field.words->word_of(number);
    if (word.empty()) return write_number(number);  // of a later version of the contract
    out_ += '"';
    out_ += word;
    out_ += '"';
  }
  void write_text(const std::string& text, const FieldShape& field) {
    if (masks(field)) {
      append_json_string(out_, masked(text, field.rule.personal()));
    } else {
      append_json_string(out_, text);
    }
  }
  void write_bytes(const std::string& bytes) {
    out_ += '"';
    out_ += core::base64(bytes);
    out_ += '"';
  }
  void write_moment(const Message& message) {
    const auto& moment = static_cast<const google::protobuf::Timestamp&>(message);
    out_ += '"';
    core::append_rfc3339(out_, core::Timestamp(moment.seconds() * 1'000'000 + moment.nanos() / 1'000), options_.offset);
    out_ += '"';
  }

  std::string& out_;
  const WriteOptions& options_;
};

void Writer::write_singular(const Message& message, const FieldShape& field) {
  const Reflection& reflection = *message.GetReflection();
  const auto* descriptor = field.descriptor;
  std::string scratch;
  switch (field.kind) {
    case FieldKind::Bool:
      return write_bool(reflection.GetBool(message, descriptor));
    case FieldKind::Int32:
      return write_number(reflection.GetInt32(message, descriptor));
    case FieldKind::Int64:
      return write_number(reflection.GetInt64(message, descriptor));
    case FieldKind::Uint32:
      return write_number(reflection.GetUInt32(message, descriptor));
    case FieldKind::Uint64:
      return write_number(reflection.GetUInt64(message, descriptor));
    case FieldKind::Double:
      return write_double(reflection.GetDouble(message, descriptor));
    case FieldKind::String:
      return write_text(reflection.GetStringReference(message, descriptor, &scratch), field);
    case FieldKind::Bytes:
      return write_bytes(reflection.GetStringReference(message, descriptor, &scratch));
    case FieldKind::Enum:
      return write_enum(reflection.GetEnumValue(message, descriptor), field);
    case FieldKind::Timestamp:
      return write_moment(reflection.GetMessage(message, descriptor));
    case FieldKind::Message:
      return write_message(reflection.GetMessage(message, descriptor), *field.message);
    case FieldKind::FieldMask:
      return;
  }
}

void Writer::write_array(const Message& message, const FieldShape& field) {
  out_ += '[';
  const int size = message.GetReflection()->FieldSize(message, field.descriptor);
  for (int i = 0; i < size; ++i) {
    if (i > 0) out_ += ',';
    write_element(message, field, i);
  }
  out_ += ']';
}

void Writer::write_element(const Message& message, const FieldShape& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const auto* descriptor = field.descriptor;
  std::string scratch;
  switch (field.kind) {
    case FieldKind::Bool:
      return write_bool(reflection.GetRepeatedBool(message, descriptor, index));
    case FieldKind::Int32:
      return write_number(reflection.GetRepeatedInt32(message, descriptor, index));
    case FieldKind::Int64:
      return write_number(reflection.GetRepeatedInt64(message, descriptor, index));
    case FieldKind::Uint32:
      return write_number(reflection.GetRepeatedUInt32(message, descriptor, index));
    case FieldKind::Uint64:
      return write_number(reflection.GetRepeatedUInt64(message, descriptor, index));
    case FieldKind::Double:
      return write_double(reflection.GetRepeatedDouble(message, descriptor, index));
    case FieldKind::String:
      return write_text(reflection.GetRepeatedStringReference(message, descriptor, index, &scratch), field);
    case FieldKind::Bytes:
      return write_bytes(reflection.GetRepeatedStringReference(message, descriptor, index, &scratch));
    case FieldKind::Enum:
      return write_enum(reflection.GetRepeatedEnumValue(message, descriptor, index), field);
    case FieldKind::Timestamp:
      return write_moment(reflection.GetRepeatedMessage(message, descriptor, index));
    case FieldKind::Message:
      return write_message(reflection.GetRepeatedMessage(message, descriptor, index), *field.message);
    case FieldKind::FieldMask:
      return;
  }
}

}  // namespace

void write_json(const Message& message, std::string& out, const WriteOptions& options) {
  Writer(out, options).write_message(message, shape_of(message));
}

}  // namespace wenming::contract
