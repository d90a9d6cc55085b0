#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "contract/field_error.h"
#include "contract/shape.h"

namespace wenming::contract {

/// One field of a message that is being read from outside, whatever the outside speaks. Each `put` sets the field (or
/// adds to it, where it is repeated), or says why the value cannot stand there: an error whose pointer is still empty.
class FieldValue {
 public:
  using Verdict = std::optional<FieldError>;

  FieldValue(google::protobuf::Message& message, const FieldShape& field) : message_(message), field_(field) {}

  Verdict put_bool(bool value);
  /// A number as JSON writes it; integers take neither fraction nor exponent.
  Verdict put_number(std::string_view text);
  /// JSON strings: text, enum words, moments, bytes in base64. The text must be UTF-8.
  Verdict put_string(std::string_view text);
  /// Text from paths and queries, where numbers and bools are text as well. The text must be UTF-8.
  Verdict put_text(std::string_view text);

  /// Gives the field its zero value, so that it is present and empty.
  void put_zero();

  /// "must be of type …": what the field takes.
  [[nodiscard]] FieldError wrong_type() const;

 private:
  /// Sets or adds: `set<std::string>(&Reflection::SetString, &Reflection::AddString, value)`.
  template <class Set, class Add, class Value>
  Verdict store(Set set, Add add, Value&& value);
  Verdict put_integer(std::int64_t value);
  Verdict put_double(double value);
  Verdict put_enum(std::string_view word);
  Verdict put_moment(std::string_view text);
  Verdict put_base64(std::string_view text);

  google::protobuf::Message& message_;
  const FieldShape& field_;
};

}  // namespace wenming::contract
