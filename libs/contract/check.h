#pragma once

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "contract/contract.h"

// What makes a contract unfit to start with. Everything is judged, so that an author sees all faults at once.

namespace wenming::contract {

/// The faults found so far, each once, each with the full name of what it is about.
class Faults {
 public:
  void add(std::string_view where, std::string_view what);
  /// Throws std::logic_error with one line per fault.
  void throw_if_any() const;

  /// Whether the message type has been looked at before; from now on it has.
  bool seen(const google::protobuf::Descriptor& type) { return !seen_.insert(&type).second; }

 private:
  std::vector<std::string> faults_;
  std::set<const google::protobuf::Descriptor*> seen_;
};

/// Verb, path and the fields in it, which are filled into the method. False where there is no usable route.
bool check_route(Method& method, Faults& faults);
/// Kind, roles, conditions, body and answer.
void check_method(const Method& method, Faults& faults);
/// The fields of a message and of all below it.
void check_messages(const google::protobuf::Descriptor& type, Faults& faults);
/// That no personal datum can be reached from the file's events: what was told cannot be taken back.
void check_events(const google::protobuf::FileDescriptor& file, Faults& faults);
/// The enum `Problem` of the file's package.
void check_problems(const google::protobuf::FileDescriptor& file, Faults& faults);

}  // namespace wenming::contract
