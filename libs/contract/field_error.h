#pragma once

#include <string>
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

}  // namespace wenming::contract
