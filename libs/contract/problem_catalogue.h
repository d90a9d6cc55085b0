#pragma once

#include <google/protobuf/descriptor.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "contract/comments.h"
#include "contract/contract.h"
#include "contract/json_document.h"

namespace wenming::contract {

/// The problems of a contract's services, for its OpenAPI document: one response per service, status, and whether the
/// method writes, naming all that may be answered. Lives while the document is written.
class ProblemCatalogue {
 public:
  ProblemCatalogue(const Contract& contract, const Comments& comments);

  /// The members of `responses` that an operation can answer besides success.
  void write_references(JsonDocument& document, const Method& method) const;
  /// The members of `components/responses`.
  void write_responses(JsonDocument& document) const;
  /// The elements of `x-wenming-problems`: every problem with its code, status and texts.
  void write_problems(JsonDocument& document) const;
  /// Those of `x-wenming-field-problems`.
  void write_field_problems(JsonDocument& document) const;

 private:
  using Problem = google::protobuf::EnumValueDescriptor;
  void write_problem(JsonDocument& document, const Problem& problem) const;
  void write_response(JsonDocument& document, const std::vector<const Problem*>& problems) const;
  [[nodiscard]] std::vector<const Problem*> with_status(const std::string& package, unsigned status, bool writes) const;
  [[nodiscard]] std::set<unsigned> statuses_of(const Method& method) const;

  const Comments& comments_;
  // By package, `wenming.volunteer.v1`; each in the order of declaration.
  std::map<std::string, std::vector<const Problem*>> of_package_;
  std::vector<const Problem*> shared_;
};

}  // namespace wenming::contract
