#include "contract/shape.h"

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace wenming::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

/// All shapes of the process. Readers walk a chain of nodes that only ever grows at its head; makers take turns.
class Shapes {
 public:
  const Shape& of(const Descriptor& descriptor) {
    if (const Shape* shape = find(descriptor)) return *shape;
    const std::lock_guard lock(making_);
    if (const Shape* shape = find(descriptor)) return *shape;
    make(descriptor);
    return *find(descriptor);
  }

 private:
  struct Node {
    Shape shape;
    const Node* next = nullptr;
  };
  using Nodes = std::map<const Descriptor*, std::unique_ptr<Node>>;

  std::atomic<const Node*>& chain(const Descriptor& descriptor) {
    // Descriptors are allocated in arrays: the low bits of their addresses say little.
    return chains_[(reinterpret_cast<std::uintptr_t>(&descriptor) / alignof(Descriptor)) % chains_.size()];
  }

  const Shape* find(const Descriptor& descriptor) {
    const Node* node = chain(descriptor).load(std::memory_order_acquire);
    while (node != nullptr && node->shape.descriptor != &descriptor) node = node->next;
    return node == nullptr ? nullptr : &node->shape;
  }

  /// Makes the shape and those of all messages below it that are not there yet, and shows them only when all are whole:
  /// messages may contain each other.
  void make(const Descriptor& root) {
    Nodes made;
    collect(root, made);
    for (auto& [descriptor, node] : made) fill(node->shape, made);
    mark_sensitive(made);
    for (auto& [descriptor, node] : made) {
      auto& head = chain(*descriptor);
      node->next = head.load(std::memory_order_relaxed);
      head.store(node.release(), std::memory_order_release);  // kept for ever, like the descriptor
    }
  }

  void collect(const Descriptor& descriptor, Nodes& made) {
    if (find(descriptor) != nullptr || made.contains(&descriptor)) return;
    auto node = std::make_unique<Node>();
    node->shape.descriptor = &descriptor;
    made.emplace(&descriptor, std::move(node));
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const FieldDescriptor& field = *descriptor.field(i);
      if (kind_of(field) == FieldKind::Message) collect(*field.message_type(), made);
    }
  }

  void fill(Shape& shape, const Nodes& made) {
    shape.fields.reserve(static_cast<std::size_t>(shape.descriptor->field_count()));
    for (int i = 0; i < shape.descriptor->field_count(); ++i) {
      const FieldDescriptor& descriptor = *shape.descriptor->field(i);
      FieldShape& field = shape.fields.emplace_back();
      field.descriptor = &descriptor;
      field.kind = kind_of(descriptor);
      field.repeated = descriptor.is_repeated();
      field.presence = descriptor.has_presence();
      field.key = '"' + descriptor.name() + "\":";
      field.rule = descriptor.options().GetExtension(v1::field);
      if (!field.rule.pattern().empty()) field.pattern.emplace(field.rule.pattern());
      if (field.kind == FieldKind::Enum) field.words.emplace(*descriptor.enum_type());
      if (field.kind == FieldKind::FieldMask) shape.update_mask = &field;
      if (field.kind == FieldKind::Message) {
        const Descriptor& inner = *descriptor.message_type();
        const auto found = made.find(&inner);
        field.message = found == made.end() ? find(inner) : &found->second->shape;
      }
    }
  }

  static void mark_sensitive(Nodes& made) {
    const auto is_sensitive = [](const FieldShape& field) {
      return field.rule.personal() != v1::PERSONAL_UNSPECIFIED || field.rule.format() == v1::FORMAT_SECRET ||
             (field.message != nullptr && field.message->sensitive);
    };
    for (bool changed = true; changed;) {
      changed = false;
      for (auto& [descriptor, node] : made) {
        Shape& shape = node->shape;
        if (shape.sensitive || std::none_of(shape.fields.begin(), shape.fields.end(), is_sensitive)) continue;
        shape.sensitive = changed = true;
      }
    }
  }

  std::array<std::atomic<const Node*>, 1024> chains_{};
  std::mutex making_;
};

}  // namespace

std::string_view value_prefix(const EnumDescriptor& type) {
  constexpr std::string_view kZero = "UNSPECIFIED";
  const std::string_view zero = type.value(0)->name();
  return zero.ends_with(kZero) ? zero.substr(0, zero.size() - kZero.size()) : std::string_view();
}

std::string_view word_of(const EnumValueDescriptor& value) {
  const std::string_view prefix = value_prefix(*value.type());
  const std::string_view name = value.name();
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

Words::Words(const EnumDescriptor& type) {
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor& value = *type.value(i);
    const std::string_view word = contract::word_of(value);
    words_.emplace_back(value.number(), word);
    if (value.number() == 0) continue;
    if (!choices_.empty()) choices_ += ", ";
    choices_ += word;
  }
}

std::string_view Words::word_of(int number) const {
  // Values are nearly always declared in the order of their numbers.
  const auto guess = static_cast<std::size_t>(number);
  if (number >= 0 && guess < words_.size() && words_[guess].first == number) return words_[guess].second;
  const auto found = std::find_if(words_.begin(), words_.end(), [&](const auto& word) { return word.first == number; });
  return found == words_.end() ? std::string_view() : found->second;
}

std::optional<int> Words::number_of(std::string_view word) const {
  const auto found =
      std::find_if(words_.begin(), words_.end(), [&](const auto& known) { return known.second == word; });
  return found == words_.end() ? std::nullopt : std::optional(found->first);
}

FieldKind kind_of(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return FieldKind::Bool;
    case FieldDescriptor::CPPTYPE_INT32:
      return FieldKind::Int32;
    case FieldDescriptor::CPPTYPE_INT64:
      return FieldKind::Int64;
    case FieldDescriptor::CPPTYPE_UINT32:
      return FieldKind::Uint32;
    case FieldDescriptor::CPPTYPE_UINT64:
      return FieldKind::Uint64;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return FieldKind::Double;
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? FieldKind::Bytes : FieldKind::String;
    case FieldDescriptor::CPPTYPE_ENUM:
      return FieldKind::Enum;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.is_map() || field.type() == FieldDescriptor::TYPE_GROUP) break;
      if (field.message_type() == google::protobuf::Timestamp::descriptor()) return FieldKind::Timestamp;
      if (field.message_type() == google::protobuf::FieldMask::descriptor()) return FieldKind::FieldMask;
      return FieldKind::Message;
    case FieldDescriptor::CPPTYPE_FLOAT:
      break;
  }
  throw std::invalid_argument(field.full_name() + ": contracts have no fields of type " + field.type_name() +
                              (field.is_map() ? " (map)" : ""));
}

const FieldShape* Shape::find(std::string_view name) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const FieldShape& field) { return field.name() == name; });
  return found == fields.end() ? nullptr : &*found;
}

const Shape& shape_of(const Descriptor& descriptor) {
  static Shapes shapes;
  return shapes.of(descriptor);
}

}  // namespace wenming::contract
