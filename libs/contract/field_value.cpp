#include "contract/field_value.h"

#include <google/protobuf/timestamp.pb.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "core/encoding.h"
#include "core/time.h"

namespace wenming::contract {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;
using Verdict = FieldValue::Verdict;

// Beyond these a JSON number is not exact in JavaScript and in many other readers.
constexpr std::int64_t kLargestExact = (std::int64_t{1} << 53U) - 1;

template <class Integer>
Verdict out_of_range(std::int64_t value) {
  constexpr auto kLeast = static_cast<std::int64_t>(std::numeric_limits<Integer>::min());
  if (value < std::max(kLeast, -kLargestExact)) {
    return FieldError{{}, v1::FIELD_PROBLEM_TOO_SMALL, {{"limit", std::to_string(std::max(kLeast, -kLargestExact))}}};
  }
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<Integer>::max());
  constexpr auto kLimit = static_cast<std::int64_t>(std::min(kMost, static_cast<std::uint64_t>(kLargestExact)));
  if (value > kLimit) return FieldError{{}, v1::FIELD_PROBLEM_TOO_LARGE, {{"limit", std::to_string(kLimit)}}};
  return std::nullopt;
}

std::string_view type_name(FieldKind kind) {
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
    case FieldKind::Enum:
      return "string";
    case FieldKind::Bytes:
      return "base64";
    case FieldKind::Timestamp:
      return "RFC 3339";
    case FieldKind::FieldMask:
    case FieldKind::Message:
      break;
  }
  return "object";
}

/// The integer that the text writes, or the nearest one of the type; nullopt if it writes none.
std::optional<std::int64_t> nearest_integer(std::string_view text) {
  using Limits = std::numeric_limits<std::int64_t>;
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (stopped != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) return text.starts_with('-') ? Limits::min() : Limits::max();
  return number;
}

std::optional<double> finite_double(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

}  // namespace

template <class Set, class Add, class Value>
Verdict FieldValue::store(Set set, Add add, Value&& value) {
  const Reflection& reflection = *message_.GetReflection();
  if (field_.repeated) {
    (reflection.*add)(&message_, field_.descriptor, std::forward<Value>(value));
  } else {
    (reflection.*set)(&message_, field_.descriptor, std::forward<Value>(value));
  }
  return std::nullopt;
}

Verdict FieldValue::put_bool(bool value) {
  if (field_.kind != FieldKind::Bool) return wrong_type();
  return store(&Reflection::SetBool, &Reflection::AddBool, value);
}

Verdict FieldValue::put_number(std::string_view text) {
  switch (field_.kind) {
    case FieldKind::Int32:
    case FieldKind::Int64:
    case FieldKind::Uint32:
    case FieldKind::Uint64: {
      const auto number = nearest_integer(text);
      return number ? put_integer(*number) : wrong_type();
    }
    case FieldKind::Double: {
      const auto number = finite_double(text);
      return number ? put_double(*number) : wrong_type();
    }
    default:
      return wrong_type();
  }
}

Verdict FieldValue::put_integer(std::int64_t value) {
  switch (field_.kind) {
    case FieldKind::Int32:
      if (auto error = out_of_range<std::int32_t>(value)) return error;
      return store(&Reflection::SetInt32, &Reflection::AddInt32, static_cast<std::int32_t>(value));
    case FieldKind::Uint32:
      if (auto error = out_of_range<std::uint32_t>(value)) return error;
      return store(&Reflection::SetUInt32, &Reflection::AddUInt32, static_cast<std::uint32_t>(value));
    case FieldKind::Int64:
      if (auto error = out_of_range<std::int64_t>(value)) return error;
      return store(&Reflection::SetInt64, &Reflection::AddInt64, value);
    default:
      if (auto error = out_of_range<std::uint64_t>(value)) return error;
      return store(&Reflection::SetUInt64, &Reflection::AddUInt64, static_cast<std::uint64_t>(value));
  }
}

Verdict FieldValue::put_double(double value) {
  return store(&Reflection::SetDouble, &Reflection::AddDouble, value + 0.0);  // makes -0 plain zero
}

Verdict FieldValue::put_string(std::string_view text) {
  switch (field_.kind) {
    case FieldKind::String:
      return store(&Reflection::SetString, &Reflection::AddString, std::string(text));
    case FieldKind::Enum:
      return put_enum(text);
    case FieldKind::Timestamp:
      return put_moment(text);
    case FieldKind::Bytes:
      return put_base64(text);
    default:
      return wrong_type();
  }
}

Verdict FieldValue::put_text(std::string_view text) {
  switch (field_.kind) {
    case FieldKind::Bool:
      return text == "true" ? put_bool(true) : text == "false" ? put_bool(false) : wrong_type();
    case FieldKind::Int32:
    case FieldKind::Int64:
    case FieldKind::Uint32:
    case FieldKind::Uint64:
    case FieldKind::Double:
      return put_number(text);
    default:
      return put_string(text);
  }
}

void FieldValue::put_zero() {
  switch (field_.kind) {
    case FieldKind::Bool:
      put_bool(false);
      break;
    case FieldKind::Enum:
      store(&Reflection::SetEnumValue, &Reflection::AddEnumValue, 0);
      break;
    case FieldKind::String:
    case FieldKind::Bytes:
      store(&Reflection::SetString, &Reflection::AddString, std::string());
      break;
    case FieldKind::Timestamp:
    case FieldKind::FieldMask:
    case FieldKind::Message:
      break;  // a message has no zero: it is there or it is not
    case FieldKind::Double:
      put_double(0);
      break;
    default:
      put_integer(0);
  }
}

Verdict FieldValue::put_enum(std::string_view word) {
  const auto number = field_.words->number_of(word);
  if (!number) return FieldError{{}, v1::FIELD_PROBLEM_CHOICE, {{"choices", field_.words->choices()}}};
  return store(&Reflection::SetEnumValue, &Reflection::AddEnumValue, *number);
}

Verdict FieldValue::put_moment(std::string_view text) {
  const auto moment = core::parse_rfc3339(text);
  if (!moment) return wrong_type();
  const Reflection& reflection = *message_.GetReflection();
  Message* inner = field_.repeated ? reflection.AddMessage(&message_, field_.descriptor)
                                   : reflection.MutableMessage(&message_, field_.descriptor);
  auto& timestamp = static_cast<google::protobuf::Timestamp&>(*inner);
  constexpr std::int64_t kMicros = 1'000'000;
  std::int64_t seconds = moment->micros() / kMicros;
  std::int64_t micros = moment->micros() % kMicros;
  if (micros < 0) {
    micros += kMicros;
    --seconds;
  }
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<std::int32_t>(micros * 1000));
  return std::nullopt;
}

Verdict FieldValue::put_base64(std::string_view text) {
  auto bytes = core::from_base64(text);
  if (!bytes) return wrong_type();
  return store(&Reflection::SetString, &Reflection::AddString, *std::move(bytes));
}

FieldError FieldValue::wrong_type() const {
  return {{}, v1::FIELD_PROBLEM_TYPE, {{"expected", std::string(type_name(field_.kind))}}};
}

}  // namespace wenming::contract
