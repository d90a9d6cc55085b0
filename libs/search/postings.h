#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "search/slots.h"
#include "search/terms.h"

namespace wenming::search {

/// That a record of a block says something.
struct Posting {
  Term term;
  std::uint16_t slot;
  auto operator<=>(const Posting&) const = default;
};

// A page of an index: some terms, and of each the slots of a block that say it, some two bytes a posting. Bytes that
// `page_of` has not written throw std::runtime_error. Any thread may call.

/// The postings, which are ascending, as a page.
std::string page_of(std::span<const Posting> postings);
/// Appends all postings of the page, ascending.
void read_page(std::string_view page, std::vector<Posting>& postings);
/// The slots that say the term, added to those that were found.
void find_in_page(std::string_view page, Term term, Slots& found);

}  // namespace wenming::search
