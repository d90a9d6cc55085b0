#pragma once

#include <google/protobuf/message.h>

#include <vector>

#include "contract/field_error.h"

namespace wenming::contract {

// Bounds of fields whose rule names none.
constexpr std::size_t kDefaultTextLength = 10'000;  // code points
constexpr std::size_t kDefaultElements = 1'000;

/// Checks the rules of all fields of a request and of the messages inside it; every offending field is named. Any
/// thread may call.
///
/// A field that cannot tell absent from zero and holds zero is taken as absent: only `required` speaks about it. An
/// empty text is neither matched against a pattern nor against a format. Elements of repeated fields are checked one by
/// one, where lengths are those of the list. No text holds control characters, but for line breaks and tabs in
/// FORMAT_MULTILINE.
std::vector<FieldError> validate(const google::protobuf::Message& message);

}  // namespace wenming::contract
