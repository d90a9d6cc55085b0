#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wenming::core {

// Bytes written as text. Bytes travel as strings, because that is what databases, messages and sockets take. Nothing
// here throws but std::bad_alloc; any thread may call. Readers answer nullopt for whatever the writer would not have
// written (wrong alphabet, length, padding, or stray bits at the end), so that one value has one text.

/// `hex("\xca\xfe")` is `cafe`.
std::string hex(std::string_view bytes);
/// Takes both cases.
std::optional<std::string> from_hex(std::string_view text);

/// RFC 4648 with padding, as in JSON bodies and webhook signatures.
std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

/// RFC 4648 for URLs and tokens: `-` and `_`, no padding.
std::string base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

/// Crockford's base 32, for codes that people read out and type in: 5 bits a character, upper case, without I, L, O and
/// U. 10 bytes become 16 characters.
std::string crockford32(std::string_view bytes);
/// A code as a person typed it, brought into the form that `crockford32` writes: small letters, spaces, hyphens, and I,
/// L or O for 1 and 0 are forgiven. nullopt where it holds anything else, or nothing.
std::optional<std::string> normal_crockford32(std::string_view typed);

}  // namespace wenming::core
