#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace wenming::search {

/// What a text is found by, as a number: a hash of 32 bits. Two terms in a million have a double somewhere among a
/// million others; a search then finds what it did not look for, and never misses what it did.
using Term = std::uint32_t;

/// The terms of a text, ascending, each once: of Chinese, Japanese and Korean every two characters that follow each
/// other (路灯不亮: 路灯, 灯不, 不亮), of other writing every word and number. A character that stands alone is a term
/// by itself. All are folded (see fold.h). Any thread may call.
std::vector<Term> terms_of(std::string_view text);

/// Terms that a question asks for: those above, without characters that stand alone, as in `3栋`. Empty where nothing
/// is left to be found: for a single Chinese character.
std::vector<Term> terms_asked_for(std::string_view question);

/// How alike two texts are, by their terms: those in both out of those in either, 0 to 1 (Jaccard's index).
double likeness(const std::vector<Term>& a, const std::vector<Term>& b);

}  // namespace wenming::search
