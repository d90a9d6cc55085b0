#pragma once

#include <google/protobuf/generated_enum_util.h>
#include <google/protobuf/timestamp.pb.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/time.h"

namespace wenming::domain {

/// Bytes, borrowed.
struct Blob {
  std::string_view bytes;
};

/// One SQL parameter or cell. Text and blobs are borrowed: they live as long as what they were made from.
using Value = std::variant<std::monostate, std::int64_t, double, bool, std::string_view, Blob>;

// How C++ and contract types become SQL. Moments are microseconds UTC, days and months are ISO text, enums are their
// name without the type's prefix (`PENDING`).
inline Value to_value(std::nullopt_t) {
  return std::monostate{};
}
inline Value to_value(bool v) {
  return v;
}
template <std::integral T>
requires(!std::same_as<T, bool>) Value to_value(T v) {
  return static_cast<std::int64_t>(v);
}
inline Value to_value(double v) {
  return v;
}
inline Value to_value(std::string_view v) {
  return v;
}
inline Value to_value(const std::string& v) {
  return std::string_view(v);
}
inline Value to_value(const char* v) {
  return std::string_view(v);
}
inline Value to_value(Blob v) {
  return v;
}
inline Value to_value(core::Timestamp v) {
  return v.micros();
}
Value to_value(const google::protobuf::Timestamp& v);
/// `PENDING` for the value `HOUR_STATUS_PENDING` of the enum `HourStatus`; the whole name where it lacks the prefix.
std::string_view without_prefix(std::string_view type, std::string_view value);
/// The enum value's name without its type's prefix. The text belongs to the descriptor and lives for ever.
std::string_view enum_text(const google::protobuf::EnumDescriptor& type, int number);
template <class E>
requires google::protobuf::is_proto_enum<E>::value Value to_value(E v) {
  return enum_text(*google::protobuf::GetEnumDescriptor<E>(), static_cast<int>(v));
}
/// The same as a text: the enum value as answers have it.
template <class E>
requires google::protobuf::is_proto_enum<E>::value std::string_view enum_word(E v) {
  return enum_text(*google::protobuf::GetEnumDescriptor<E>(), static_cast<int>(v));
}
template <class T>
Value to_value(const std::optional<T>& v) {
  return v ? to_value(*v) : Value(std::monostate{});
}

/// An empty string stands for "not stated" and is stored as NULL.
inline Value or_null(std::string_view v) {
  return v.empty() ? Value(std::monostate{}) : Value(v);
}
inline Value to_value(Value v) {
  return v;
}

/// Moments in messages and in C++.
core::Timestamp from_proto(const google::protobuf::Timestamp& t);
google::protobuf::Timestamp to_proto(core::Timestamp t);

}  // namespace wenming::domain
