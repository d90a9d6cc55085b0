#pragma once

#include <google/protobuf/descriptor.h>

#include <string>

#include "contract/contract.h"

namespace wenming::contract {

// Examples for the API reference, as JSON in one line: the `example` of each field's rule, or else something that its
// type and rule allow.

/// The JSON body of a request; every field that a client may give. It passes its own rules.
std::string example_body(const Method& method);
/// An answer.
std::string example_answer(const google::protobuf::Descriptor& type);
/// The value of one field.
std::string example_value(const google::protobuf::FieldDescriptor& field);

}  // namespace wenming::contract
