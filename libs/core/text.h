#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wenming::core {

// Texts are UTF-8 everywhere. What comes from outside is checked with `is_utf8` at the border; the other functions
// trust it. Any thread may call; nothing throws but std::bad_alloc.

/// Whether the bytes are well-formed UTF-8 (no overlong forms, no surrogates, nothing beyond U+10FFFF).
bool is_utf8(std::string_view bytes);

/// The text with U+FFFD in place of every byte that is not well-formed UTF-8.
std::string with_replacements(std::string_view bytes);

/// How many code points the text has. Each ill-formed byte that begins nothing counts as one, continuation bytes as
/// none.
std::size_t code_points(std::string_view text);

/// The first `count` code points, or all of a shorter text: `first_code_points("欧阳雪", 1)` is `欧`.
std::string_view first_code_points(std::string_view text, std::size_t count);

/// Without white space at both ends: that of ASCII, the no-break space (U+00A0) and the ideographic space (U+3000) that
/// Chinese input methods make.
std::string_view trim(std::string_view text);

}  // namespace wenming::core
