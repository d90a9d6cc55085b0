#include "testing/refused.h"

#include <algorithm>
#include <string>

#include "domain/refusal.h"

namespace wenming::testing {
namespace {

std::string pointers_of(const domain::Refusal& refusal) {
  std::string pointers;
  for (const auto& field : refusal.fields()) pointers += " " + field.pointer;
  return pointers;
}

}  // namespace

::testing::AssertionResult refused(std::string_view code, const std::function<void()>& call) {
  try {
    call();
  } catch (const domain::Refusal& refusal) {
    if (refusal.code() == code) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "refused with " << refusal.code() << pointers_of(refusal) << " instead of "
                                         << code;
  }
  return ::testing::AssertionFailure() << "not refused; expected " << code;
}

::testing::AssertionResult field_refused(std::string_view pointer, const std::function<void()>& call) {
  try {
    call();
  } catch (const domain::Refusal& refusal) {
    const auto& fields = refusal.fields();
    if (std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return field.pointer == pointer; })) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << "refused with " << refusal.code() << pointers_of(refusal)
                                         << " instead of the field " << pointer;
  }
  return ::testing::AssertionFailure() << "not refused; expected the field " << pointer;
}

}  // namespace wenming::testing
