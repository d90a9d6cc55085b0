#pragma once

#include <string_view>

namespace wenming::testing {

/// Expects a file of the source tree (`docs/reference/case-states.md`) to hold this text: what is generated stands in
/// the repository, so that a change of it shows in review. With WENMING_UPDATE_GOLDEN=1 in the environment the file is
/// written instead.
void expect_golden(std::string_view path, std::string_view text);

}  // namespace wenming::testing
