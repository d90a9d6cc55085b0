#include "search/postings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>

namespace wenming::search {
namespace {

std::vector<Posting> some_postings(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Posting> postings;
  for (int i = 0; i < 5000; ++i)
    postings.push_back(
        {static_cast<Term>(random() % 300 * 10'000'019U), static_cast<std::uint16_t>(random() % Slots::kCount)});
  std::sort(postings.begin(), postings.end());
  postings.erase(std::unique(postings.begin(), postings.end()), postings.end());
  return postings;
}

TEST(PostingsTest, ReadsAPageAsItWasWritten) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    const auto postings = some_postings(seed);
    std::vector<Posting> read;
    read_page(page_of(postings), read);
    EXPECT_EQ(read, postings) << "seed " << seed;
  }
}

TEST(PostingsTest, FindsTheSlotsOfATermAndNoOthers) {
  const auto postings = some_postings(1);
  const std::string page = page_of(postings);
  for (const Term term : {postings.front().term, postings[postings.size() / 2].term, postings.back().term}) {
    Slots expected, found;
    for (const Posting& posting : postings)
      if (posting.term == term) expected.set(posting.slot);
    find_in_page(page, term, found);
    EXPECT_EQ(found.count(), expected.count());
    EXPECT_EQ((found &= expected).count(), expected.count());
  }
  Slots none;
  find_in_page(page, 1, none);
  EXPECT_TRUE(none.none());
}

TEST(PostingsTest, RefusesAPageThatIsCutOff) {
  const std::string page = page_of(some_postings(1));
  std::vector<Posting> read;
  EXPECT_THROW(read_page(std::string_view(page).substr(0, page.size() - 1), read), std::runtime_error);
  EXPECT_THROW(read_page("\x01", read), std::runtime_error);
}

}  // namespace
}  // namespace wenming::search
