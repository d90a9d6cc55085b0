#pragma once

#include <string>
#include <vector>

#include "contract/field_error.h"
#include "contract/problem.h"

namespace wenming::contract::testing {

/// What a client would see of field errors, one line each: `/name too_long`.
inline std::vector<std::string> lines(const std::vector<FieldError>& errors) {
  std::vector<std::string> result;
  for (const FieldError& error : errors) {
    result.push_back(error.pointer + ' ' + code_of(*v1::FieldProblem_descriptor()->FindValueByNumber(error.problem)));
  }
  return result;
}

/// The English text of one error.
inline std::string detail(const FieldError& error) {
  return text_of(*v1::FieldProblem_descriptor()->FindValueByNumber(error.problem), Language::English, error.arguments);
}

}  // namespace wenming::contract::testing
