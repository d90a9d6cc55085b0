#pragma once

#include <string>
#include <string_view>

namespace wenming::search {

/// The text as it is compared in searches: of simplified and traditional characters (OpenCC), full and half width,
/// capital and small letters, composed and decomposed ones (NFKC_Casefold of Unicode), one is as good as the other.
///
///     fold("臺灣ＡＢＣ１２３") == fold("台湾abc123")
///
/// Characters are folded one by one, without regard to words: 乾 is always 干. What is folded is for comparing only,
/// never for showing. The text is well-formed UTF-8. Any thread may call; throws nothing but std::bad_alloc, and
/// std::runtime_error where ICU lacks its data.
std::string fold(std::string_view text);
/// The same, by code points.
std::u32string fold_to_code_points(std::string_view text);

}  // namespace wenming::search
