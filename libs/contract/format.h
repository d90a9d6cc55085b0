#pragma once

#include <string_view>

#include "wenming/contract/v1/annotations.pb.h"

namespace wenming::contract {

/// Whether a text, which must be UTF-8, has the shape. FORMAT_MULTILINE and FORMAT_SECRET are shapes of no text.
[[nodiscard]] bool is_of_format(std::string_view text, v1::Format format);

/// What an error calls the shape: `date`.
[[nodiscard]] std::string_view format_name(v1::Format format);

/// C0 and C1 controls and DEL; with `multiline`, line breaks and tabs are none.
[[nodiscard]] bool has_control_character(std::string_view text, bool multiline);

}  // namespace wenming::contract
