#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

#include "contract/field_error.h"

namespace wenming::contract {

enum class Language { English, Chinese };

/// Chooses by `Accept-Language` (quality values honoured); Chinese where the header is absent or names neither.
Language choose_language(std::string_view accept_language);

/// The stable code of a problem: the enum value's name without its prefix, in lower case (`hours_overlap`).
std::string code_of(const google::protobuf::EnumValueDescriptor& problem);
/// The HTTP status that the contract declares for it.
unsigned status_of(const google::protobuf::EnumValueDescriptor& problem);
/// The text with its arguments filled in.
std::string text_of(const google::protobuf::EnumValueDescriptor& problem, Language language,
                    const Arguments& arguments);

/// An RFC 9457 document: type, title, status, detail, instance, code, errors.
std::string problem_json(const google::protobuf::EnumValueDescriptor& problem, Language language,
                         const Arguments& arguments, const std::vector<FieldError>& fields, std::string_view instance);

}  // namespace wenming::contract
