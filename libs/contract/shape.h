#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/pattern.h"
#include "wenming/contract/v1/annotations.pb.h"

namespace wenming::contract {

struct Shape;

/// The words of an enum as JSON has them: names without the prefix of their type, `PENDING`.
class Words {
 public:
  explicit Words(const google::protobuf::EnumDescriptor& type);

  /// Empty for a number that is none of the enum's.
  [[nodiscard]] std::string_view word_of(int number) const;
  [[nodiscard]] std::optional<int> number_of(std::string_view word) const;
  /// All but the zero value, `PENDING, APPROVED`: what a client may choose from.
  [[nodiscard]] const std::string& choices() const { return choices_; }

 private:
  std::vector<std::pair<int, std::string_view>> words_;  // in the order of declaration; texts belong to the descriptor
  std::string choices_;
};

/// The prefix of an enum's values, `HOUR_STATUS_`: what stands before `UNSPECIFIED` in the zero value.
std::string_view value_prefix(const google::protobuf::EnumDescriptor& type);
/// The value's name without that prefix.
std::string_view word_of(const google::protobuf::EnumValueDescriptor& value);

/// Field types as JSON sees them.
enum class FieldKind : std::uint8_t {
  Bool,
  Int32,
  Int64,
  Uint32,
  Uint64,
  Double,
  String,
  Bytes,
  Enum,
  Timestamp,
  FieldMask,
  Message
};

/// Throws std::invalid_argument for types that contracts do not use (float, maps, groups).
FieldKind kind_of(const google::protobuf::FieldDescriptor& field);

/// One field, with all that reading, checking and writing it need.
struct FieldShape {
  const google::protobuf::FieldDescriptor* descriptor = nullptr;
  FieldKind kind = FieldKind::String;
  bool repeated = false;
  bool presence = false;  // absent can be told from zero
  std::string key;        // `"name":`
  v1::FieldRule rule;
  std::optional<Pattern> pattern;
  std::optional<Words> words;      // of enums
  const Shape* message = nullptr;  // of messages

  [[nodiscard]] const std::string& name() const { return descriptor->name(); }
  /// The mask of a merge patch, which is made from the body's keys and never given.
  [[nodiscard]] bool is_update_mask() const { return kind == FieldKind::FieldMask; }
};

/// A message type, read once: names, rules, enum words, patterns ready to match.
///
/// Shapes follow from descriptors, which are immutable and live for ever; so shapes are made on first use, kept for
/// ever, and found again without a lock. A Contract makes those of all its messages at start.
struct Shape {
  /// A Contract lets no larger message past the start.
  static constexpr std::size_t kMaxFields = 256;

  const google::protobuf::Descriptor* descriptor = nullptr;
  std::vector<FieldShape> fields;  // in the order of declaration
  const FieldShape* update_mask = nullptr;
  /// Some field, here or further down, is personal or secret.
  bool sensitive = false;

  [[nodiscard]] const FieldShape* find(std::string_view name) const;
};

/// The shape of a generated message type. Any thread may call. Throws std::invalid_argument for a type or pattern that
/// cannot be used, which no Contract lets past the start.
const Shape& shape_of(const google::protobuf::Descriptor& descriptor);
inline const Shape& shape_of(const google::protobuf::Message& message) {
  return shape_of(*message.GetDescriptor());
}

}  // namespace wenming::contract
