#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/generated_enum_util.h>

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "contract/field_error.h"

namespace wenming::domain {

using contract::Arguments;
using contract::FieldError;

/// A request that is refused by a rule. Thrown inside a transaction: all that the command did is undone, and the caller
/// gets the problem that the contract declares for the code. Nothing is refused in any other way.
///
///     throw Refusal(v1::PROBLEM_HOURS_OVERLAP, {{"entry", other.id()}});
class Refusal : public std::exception {
 public:
  /// `problem` is a value of an enum `Problem` of some contract package.
  template <class E>
  requires google::protobuf::is_proto_enum<E>::value explicit Refusal(E problem, Arguments arguments = {},
                                                                      std::vector<FieldError> fields = {})
      : Refusal(google::protobuf::GetEnumDescriptor<E>()->FindValueByNumber(static_cast<int>(problem)),
                std::move(arguments), std::move(fields)) {}

  Refusal(const google::protobuf::EnumValueDescriptor* problem, Arguments arguments, std::vector<FieldError> fields)
      : problem_(problem), arguments_(std::move(arguments)), fields_(std::move(fields)) {}

  /// Has what the command did before it refused stay done, with a journal row of its own: for the few refusals that are
  /// themselves a fact, such as a failed sign-in, which counts.
  ///
  ///     throw Refusal(v1::PROBLEM_SIGN_IN_FAILED).keep_changes();
  Refusal&& keep_changes() && {
    keeps_changes_ = true;
    return std::move(*this);
  }
  [[nodiscard]] bool keeps_changes() const { return keeps_changes_; }

  [[nodiscard]] const google::protobuf::EnumValueDescriptor& problem() const { return *problem_; }
  [[nodiscard]] const Arguments& arguments() const { return arguments_; }
  [[nodiscard]] const std::vector<FieldError>& fields() const { return fields_; }
  /// The stable code: the value's name without its prefix, in lower case (`hours_overlap`).
  [[nodiscard]] std::string code() const;
  /// The HTTP status that the contract declares.
  [[nodiscard]] unsigned status() const;
  [[nodiscard]] const char* what() const noexcept override { return problem_->name().c_str(); }

 private:
  const google::protobuf::EnumValueDescriptor* problem_;
  Arguments arguments_;
  std::vector<FieldError> fields_;
  bool keeps_changes_ = false;
};

/// "There is no such {resource}": also for what the caller may not know of.
[[nodiscard]] Refusal not_found(std::string_view resource);

}  // namespace wenming::domain
