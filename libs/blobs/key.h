#pragma once

#include <string_view>

namespace wenming::blobs {

/// Whether a key is one that domain::Blobs takes: parts of letters, digits, `-`, `_` and `.` joined by `/`, none of
/// them empty or beginning with a dot, at most 255 bytes each and 512 in all. So it is safe as a path and needs no
/// escaping in a URL.
[[nodiscard]] bool is_key(std::string_view key);

/// Throws std::runtime_error where it is none.
void check_key(std::string_view key);

}  // namespace wenming::blobs
