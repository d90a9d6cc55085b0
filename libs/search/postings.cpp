#include "search/postings.h"

#include <stdexcept>

namespace wenming::search {
namespace {

constexpr std::size_t kTermSize = sizeof(Term);

// An entry is the term, how many bytes follow, and the slots: the first, then each as the step from the one before.
// Numbers but the term take seven bits a byte, the eighth says that more follow.

void put_number(std::string& bytes, std::uint32_t number) {
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
  bytes += static_cast<char>(number);
}

std::uint32_t take_number(std::string_view& bytes) {
  std::uint32_t number = 0;
  for (unsigned shift = 0; shift < 28 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
  throw std::runtime_error("a page of the index is cut off");
}

/// Takes the next entry off the front.
std::pair<Term, std::string_view> take_entry(std::string_view& page) {
  if (page.size() < kTermSize) throw std::runtime_error("a page of the index is cut off");
  Term term = 0;
  for (std::size_t i = kTermSize; i-- > 0;) term = term << 8 | static_cast<unsigned char>(page[i]);
  page.remove_prefix(kTermSize);
  const std::uint32_t size = take_number(page);
  if (size > page.size()) throw std::runtime_error("a page of the index is cut off");
  const std::string_view slots = page.substr(0, size);
  page.remove_prefix(size);
  return {term, slots};
}

template <class Use>
void each_slot(std::string_view slots, Use&& use) {
  std::uint32_t slot = 0;
  while (!slots.empty()) {
    slot += take_number(slots);
    if (slot >= Slots::kCount) throw std::runtime_error("a page of the index names a slot that no block has");
    use(slot);
  }
}

}  // namespace

std::string page_of(std::span<const Posting> postings) {
  std::string page, slots;
  while (!postings.empty()) {
    const Term term = postings.front().term;
    slots.clear();
    std::uint32_t last = 0;
    for (; !postings.empty() && postings.front().term == term; postings = postings.subspan(1)) {
      put_number(slots, postings.front().slot - last);
      last = postings.front().slot;
    }
    for (std::size_t i = 0; i < kTermSize; ++i) page += static_cast<char>(term >> (8 * i) & 0xff);
    put_number(page, static_cast<std::uint32_t>(slots.size()));
    page += slots;
  }
  return page;
}

void read_page(std::string_view page, std::vector<Posting>& postings) {
  while (!page.empty()) {
    const auto [term, slots] = take_entry(page);
    each_slot(slots, [&, t = term](std::uint32_t slot) { postings.push_back({t, static_cast<std::uint16_t>(slot)}); });
  }
}

void find_in_page(std::string_view page, Term term, Slots& found) {
  while (!page.empty()) {
    const auto [here, slots] = take_entry(page);
    if (here > term) return;
    if (here == term) return each_slot(slots, [&](std::uint32_t slot) { found.set(slot); });
  }
}

}  // namespace wenming::search
