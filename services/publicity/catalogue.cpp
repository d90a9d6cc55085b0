#include "publicity/catalogue.h"

#include "domain/refusal.h"

namespace wenming::publicity {

void Catalogue::require(std::string_view code, v1::Problem problem) const {
  if (!codes_.contains(code)) throw domain::Refusal(problem, {{"code", std::string(code)}});
}

}  // namespace wenming::publicity
