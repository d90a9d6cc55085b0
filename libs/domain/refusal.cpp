#include "domain/refusal.h"

#include "contract/problem.h"

namespace wenming::domain {

std::string Refusal::code() const {
  return contract::code_of(*problem_);
}

unsigned Refusal::status() const {
  return contract::status_of(*problem_);
}

Refusal not_found(std::string_view resource) {
  return Refusal(contract::v1::PROBLEM_NOT_FOUND, {{"resource", std::string(resource)}});
}

}  // namespace wenming::domain
