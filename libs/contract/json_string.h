#pragma once

#include <string>
#include <string_view>

namespace wenming::contract {

/// Appends the text, which must be UTF-8, as a JSON string: quoted, with escapes only where JSON wants them.
void append_json_string(std::string& out, std::string_view text);

}  // namespace wenming::contract
