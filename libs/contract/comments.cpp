#include "contract/comments.h"

#include <google/protobuf/descriptor.pb.h>

#include <stdexcept>

namespace wenming::contract {
namespace {

namespace pb = google::protobuf;

/// ` First line\n and its rest.\n\n Second paragraph.\n` becomes `First line and its rest.\n\nSecond paragraph.`; lists
/// and tables, whose lines begin with a mark, keep their lines.
std::string flowing(std::string_view comment) {
  std::string text;
  while (!comment.empty()) {
    const std::size_t end = std::min(comment.find('\n'), comment.size());
    std::string_view line = comment.substr(0, end);
    comment.remove_prefix(std::min(end + 1, comment.size()));
    if (line.starts_with(' ')) line.remove_prefix(1);
    const bool paragraph_ends = line.empty();
    const bool keeps_its_line = line.starts_with('-') || line.starts_with('|') || line.starts_with(' ');
    if (paragraph_ends) {
      text += "\n\n";
    } else {
      if (!text.empty() && text.back() != '\n') text += keeps_its_line ? '\n' : ' ';
      text += line;
    }
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

template <class Declaration>
std::string comment_of(const Declaration* declaration) {
  pb::SourceLocation location;
  if (declaration == nullptr || !declaration->GetSourceLocation(&location)) return {};
  return flowing(location.leading_comments.empty() ? location.trailing_comments : location.leading_comments);
}

}  // namespace

Comments::Comments(std::string_view descriptor_set) {
  pb::FileDescriptorSet files;
  if (!files.ParseFromArray(descriptor_set.data(), static_cast<int>(descriptor_set.size()))) {
    throw std::invalid_argument("the descriptors of the contracts cannot be read");
  }
  for (const pb::FileDescriptorProto& file : files.file()) {
    if (pool_.BuildFile(file) == nullptr)
      throw std::invalid_argument("the descriptors of " + file.name() + " cannot be used");
  }
}

std::string Comments::of(const pb::ServiceDescriptor& service) const {
  return comment_of(pool_.FindServiceByName(service.full_name()));
}
std::string Comments::of(const pb::MethodDescriptor& method) const {
  return comment_of(pool_.FindMethodByName(method.full_name()));
}
std::string Comments::of(const pb::Descriptor& message) const {
  return comment_of(pool_.FindMessageTypeByName(message.full_name()));
}
std::string Comments::of(const pb::FieldDescriptor& field) const {
  return comment_of(pool_.FindFieldByName(field.full_name()));
}
std::string Comments::of(const pb::EnumDescriptor& type) const {
  return comment_of(pool_.FindEnumTypeByName(type.full_name()));
}
std::string Comments::of(const pb::EnumValueDescriptor& value) const {
  return comment_of(pool_.FindEnumValueByName(value.full_name()));
}

}  // namespace wenming::contract
