#include "domain/value.h"

#include <google/protobuf/descriptor.h>

#include <stdexcept>

namespace wenming::domain {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kNanosPerMicro = 1'000;

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

std::string_view without_prefix(std::string_view type, std::string_view value) {
  // `HOUR_STATUS_PENDING` of `HourStatus`: walk both, skipping the underscores that the type's name does not have.
  std::size_t at = 0;
  for (const char c : type) {
    while (at < value.size() && value[at] == '_') ++at;
    if (at == value.size() || value[at] != upper(c)) return value;
    ++at;
  }
  if (at + 1 >= value.size() || value[at] != '_') return value;
  return value.substr(at + 1);
}

std::string_view enum_text(const google::protobuf::EnumDescriptor& type, int number) {
  const google::protobuf::EnumValueDescriptor* const value = type.FindValueByNumber(number);
  if (value == nullptr) throw std::logic_error(type.full_name() + " has no value " + std::to_string(number));
  return without_prefix(type.name(), value->name());
}

Value to_value(const google::protobuf::Timestamp& v) {
  return from_proto(v).micros();
}

core::Timestamp from_proto(const google::protobuf::Timestamp& t) {
  return core::Timestamp(t.seconds() * kMicrosPerSecond + t.nanos() / kNanosPerMicro);
}

google::protobuf::Timestamp to_proto(core::Timestamp t) {
  std::int64_t seconds = t.micros() / kMicrosPerSecond;
  std::int64_t micros = t.micros() % kMicrosPerSecond;
  if (micros < 0) {  // nanos count forwards, before 1970 too
    micros += kMicrosPerSecond;
    --seconds;
  }
  google::protobuf::Timestamp proto;
  proto.set_seconds(seconds);
  proto.set_nanos(static_cast<std::int32_t>(micros * kNanosPerMicro));
  return proto;
}

}  // namespace wenming::domain
