#pragma once

#include <string>
#include <string_view>

namespace wenming::core {

/// One form for all the ways in which a phone number is written, to be compared by: its digits, without those of the
/// country (+86, 0086, or 86 before a mobile phone): `+86 138-0000-5678` and `13800005678` are the same. Full-width
/// digits count as digits. Any thread may call.
std::string normal_phone(std::string_view written);

}  // namespace wenming::core
