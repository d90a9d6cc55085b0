#pragma once

#include <google/protobuf/message.h>

#include <span>
#include <string>
#include <string_view>

// Messages as XML, for protocols of others that want it. Any thread may call.

namespace wenming::contract {

/// A document whose root has an element for each field, in their order: absent fields left out, empty texts as empty
/// elements. A repeated field `values` is one element which holds a `value` for each. Takes texts, numbers, booleans
/// and messages; throws std::invalid_argument for other fields, and for messages with personal ones, which would be
/// masked.
std::string write_xml(std::string_view root, const google::protobuf::Message& message);

/// A document whose root holds such an element for each message.
std::string write_xml(std::string_view root, std::string_view element,
                      std::span<const google::protobuf::Message* const> messages);

}  // namespace wenming::contract
