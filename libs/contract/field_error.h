#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wenming/contract/v1/problems.pb.h"

namespace wenming::contract {

/// Values for the `{name}` places of a problem's text.
using Arguments = std::vector<std::pair<std::string, std::string>>;

/// One entry of `errors`: which field of the request, and why.
struct FieldError {
  std::string pointer;  // JSON pointer into the request, `/answers/3/item`
  v1::FieldProblem problem = v1::FIELD_PROBLEM_UNSPECIFIED;
  Arguments arguments;
};

/// Appends one step to a JSON pointer (RFC 6901): `/` and the name, with `~` and `/` escaped.
void append_pointer(std::string& pointer, std::string_view name);
void append_pointer(std::string& pointer, std::size_t index);

}  // namespace wenming::contract
