#pragma once

#include <string_view>

namespace wenming::runtime {

/// The version of the program, which is that of its contract too.
inline constexpr std::string_view kVersion = WENMING_VERSION;

}  // namespace wenming::runtime
