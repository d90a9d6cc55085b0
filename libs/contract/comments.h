#pragma once

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>
#include <string_view>

namespace wenming::contract {

/// The comments of `.proto` files, which generated code leaves out: read from a descriptor set with source information.
/// Throws std::invalid_argument where the set cannot be read. One thread.
class Comments {
 public:
  explicit Comments(std::string_view descriptor_set);

  /// The comment above the declaration, its lines joined to paragraphs; empty where there is none.
  [[nodiscard]] std::string of(const google::protobuf::ServiceDescriptor& service) const;
  [[nodiscard]] std::string of(const google::protobuf::MethodDescriptor& method) const;
  [[nodiscard]] std::string of(const google::protobuf::Descriptor& message) const;
  [[nodiscard]] std::string of(const google::protobuf::FieldDescriptor& field) const;
  [[nodiscard]] std::string of(const google::protobuf::EnumDescriptor& type) const;
  [[nodiscard]] std::string of(const google::protobuf::EnumValueDescriptor& value) const;

 private:
  google::protobuf::DescriptorPool pool_;
};

}  // namespace wenming::contract
