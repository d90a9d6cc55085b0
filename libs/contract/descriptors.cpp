#include "contract/descriptors.h"

#include <google/protobuf/descriptor.pb.h>

#include <stdexcept>

namespace wenming::contract {

namespace pb = google::protobuf;

std::vector<const pb::FileDescriptor*> all_files() {
  pb::FileDescriptorSet files;
  const std::string_view set = descriptors().front().text;
  if (!files.ParseFromArray(set.data(), static_cast<int>(set.size())))
    throw std::logic_error("the descriptors of the contracts cannot be read");
  std::vector<const pb::FileDescriptor*> found;
  for (const pb::FileDescriptorProto& known : files.file()) {
    const pb::FileDescriptor* const file = pb::DescriptorPool::generated_pool()->FindFileByName(known.name());
    if (file == nullptr) throw std::logic_error(known.name() + " is not linked into this program");
    found.push_back(file);
  }
  return found;
}

std::vector<const pb::ServiceDescriptor*> all_services() {
  std::vector<const pb::ServiceDescriptor*> services;
  for (const pb::FileDescriptor* const file : all_files())
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  return services;
}

}  // namespace wenming::contract
