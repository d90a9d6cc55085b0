#include "hotline/case_similar.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/geo.h"
#include "domain/position.h"
#include "hotline/case_index.h"
#include "hotline/case_indexer.h"
#include "hotline/case_search.h"
#include "hotline/case_store.h"
#include "search/terms.h"

namespace wenming::hotline {

using case_index::Index;
using case_index::Numbers;
using case_index::Question;
using case_index::Words;
using domain::from_proto;
using domain::ReadTx;
using search::Term;

/// A text to compare with: its subject, and all of it.
struct SimilarCases::Told {
  static constexpr std::size_t kTermsLookedUp = 64;
  std::vector<Term> subject, all;
  explicit Told(const v1::Case& told)
      : subject(search::terms_of(told.subject())),
        all(search::terms_of(case_index::indexed_text(told.subject(), told.place(), told.detail()))) {}

  /// The subject counts as much as all the rest: two who saw the same tell it at different length.
  [[nodiscard]] double likeness(const Told& other) const {
    return (search::likeness(subject, other.subject) + search::likeness(all, other.all)) / 2;
  }
  /// The terms that tell most: those of the subject, then others.
  [[nodiscard]] std::vector<Term> telling() const {
    std::vector<Term> terms = subject;
    for (const Term term : all)
      if (!std::binary_search(subject.begin(), subject.end(), term)) terms.push_back(term);
    if (terms.size() > kTermsLookedUp) terms.resize(kTermsLookedUp);
    return terms;
  }
};

namespace {

constexpr std::int64_t kSecondsOfDay = 86'400;
constexpr int kDefaultCases = 10;
/// What is looked at closely: of the nearest, and of those that share the most terms.
constexpr std::size_t kNearest = 30, kMostAlike = 30;
/// In how many blocks terms are looked up: some 65,000 cases.
constexpr std::size_t kBlocksLookedUp = 16;

search::WordColumn::Word word_of(std::string_view text) {
  return search::WordColumn::word(text);
}

std::int64_t seconds_of(const v1::Case& subject) {
  return from_proto(subject.received_at()).micros() / 1'000'000;
}

std::optional<core::Degrees> place_of(const v1::Case& subject) {
  if (!subject.has_position()) return std::nullopt;
  const contract::v1::Position position = domain::in_datum(subject.position(), contract::v1::DATUM_WGS84);
  return core::Degrees{position.longitude(), position.latitude()};
}

/// Blocks with cases of these moments, the latest first.
std::vector<std::int64_t> blocks_of(const Index& index, const Question::Range& received) {
  std::vector<std::int64_t> blocks;
  for (auto block = index.blocks().rbegin(); block != index.blocks().rend(); ++block) {
    if (block->received_to >= received.from && block->received_from <= received.to) blocks.push_back(block->number);
  }
  return blocks;
}

/// A case that may be similar, and by how much.
struct Candidate {
  std::int64_t place;
  double measure;
};

std::vector<Candidate> best_of(std::vector<Candidate> candidates, std::size_t most) {
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.measure != b.measure ? a.measure > b.measure : a.place > b.place;
  });
  if (candidates.size() > most)
    candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(most), candidates.end());
  return candidates;
}

std::vector<Candidate> nearest(Index& index, Question question, core::Degrees centre, double metres) {
  question.circle = {centre, metres};
  const std::vector<std::int64_t> blocks = blocks_of(index, question.ranges.front());
  const std::vector<search::Slots> masks = index.matching(question, blocks);
  const auto longitudes = index.read(Numbers::Longitude, blocks), latitudes = index.read(Numbers::Latitude, blocks);
  std::vector<Candidate> found;
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    masks[block].each([&](std::size_t slot) {
      const core::Degrees place{case_index::degrees(longitudes[block].at(slot)),
                                case_index::degrees(latitudes[block].at(slot))};
      found.push_back({blocks[block] * case_index::kPlacesOfBlock + static_cast<std::int64_t>(slot),
                       -core::metres_between(centre, place)});
    });
  }
  return best_of(std::move(found), kNearest);
}

/// By how many of the terms they share.
std::vector<Candidate> most_alike(Index& index, const Question& question, const std::vector<Term>& terms) {
  std::vector<std::int64_t> blocks = blocks_of(index, question.ranges.front());
  if (blocks.size() > kBlocksLookedUp) blocks.resize(kBlocksLookedUp);
  const std::vector<search::Slots> masks = index.matching(question, blocks);
  std::vector<std::array<std::uint16_t, search::Slots::kCount>> shared(blocks.size());
  index.find(terms, blocks, [&](std::size_t, std::size_t block, search::Slots slots) {
    (slots &= masks[block]).each([&](std::size_t slot) { ++shared[block][slot]; });
  });
  std::vector<Candidate> found;
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    for (std::size_t slot = 0; slot < shared[block].size(); ++slot) {
      if (shared[block][slot] == 0) continue;
      found.push_back({blocks[block] * case_index::kPlacesOfBlock + static_cast<std::int64_t>(slot),
                       static_cast<double>(shared[block][slot])});
    }
  }
  return best_of(std::move(found), kMostAlike);
}

/// Nearness and likeness weigh the same; what is not known weighs nothing.
double rank_of(const v1::SimilarCase& similar, double limit) {
  return similar.likeness() + (similar.has_metres() ? 1 - similar.metres() / limit : 0);
}

}  // namespace

SimilarCases::SimilarCases(core::Settings& settings)
    : metres_(static_cast<double>(settings.integer("hotline.similar_metres", 250, 1, 10'000,
                                                   "How near another case must be to be suggested as the same one."))),
      days_(static_cast<int>(
          settings.integer("hotline.similar_days", 14, 1, 365, "Within how many days it must have been received."))),
      likeness_(static_cast<double>(settings.integer(
                    "hotline.similar_likeness_percent", 25, 1, 100,
                    "How alike its text must be, where one of the two has no position: the share of pairs of "
                    "characters that both have, half by the subject and half by all of the text.")) /
                100) {}

v1::SimilarCases SimilarCases::before(ReadTx& tx, const domain::Caller&,
                                      const v1::FindSimilarCasesRequest& request) const {
  v1::Case subject;
  subject.set_receiving_unit_id(request.receiving_unit_id());
  subject.set_category(request.category());
  subject.set_subject(request.subject());
  subject.set_detail(request.detail());
  subject.set_place(request.place());
  if (request.has_position()) *subject.mutable_position() = request.position();
  *subject.mutable_received_at() = domain::to_proto(tx.now());
  return similar_to(tx, subject, request.page_size());
}

v1::SimilarCases SimilarCases::of_case(ReadTx& tx, const domain::Caller&,
                                       const v1::ListSimilarCasesRequest& request) const {
  return similar_to(tx, require_case(tx, request.case_id()), request.page_size());
}

v1::SimilarCase SimilarCases::compared(const v1::Case& subject, const Told& told,
                                       const std::optional<core::Degrees>& centre, const v1::Case& other) {
  v1::SimilarCase similar;
  similar.set_likeness(told.likeness(Told(other)));
  similar.set_days(static_cast<int>(std::abs(seconds_of(other) - seconds_of(subject)) / kSecondsOfDay));
  const std::optional<core::Degrees> there = place_of(other);
  if (centre && there) similar.set_metres(core::metres_between(*centre, *there));
  return similar;
}

v1::SimilarCases SimilarCases::similar_to(ReadTx& tx, const v1::Case& subject, int page_size) const {
  const Told told(subject);
  const std::optional<core::Degrees> centre = place_of(subject);
  std::vector<v1::SimilarCase> similar;
  for (v1::Case& other : candidates_for(tx, subject, told, centre)) {
    if (other.id() == subject.id()) continue;
    v1::SimilarCase one = compared(subject, told, centre, other);
    if (one.has_metres() ? one.metres() > metres_ : one.likeness() < likeness_) continue;
    *one.mutable_case_() = std::move(other);
    similar.push_back(std::move(one));
  }
  std::stable_sort(similar.begin(), similar.end(), [&](const v1::SimilarCase& a, const v1::SimilarCase& b) {
    return rank_of(a, metres_) > rank_of(b, metres_);
  });
  const auto size = static_cast<std::size_t>(page_size <= 0 ? kDefaultCases : page_size);
  v1::SimilarCases answer;
  for (std::size_t i = 0; i < std::min(size, similar.size()); ++i) *answer.add_cases() = std::move(similar[i]);
  return answer;
}

std::vector<v1::Case> SimilarCases::candidates_for(ReadTx& tx, const v1::Case& subject, const Told& told,
                                                   const std::optional<core::Degrees>& centre) const {
  const auto moment = [received = seconds_of(subject)](std::int64_t days_later) {
    return static_cast<case_index::Number>(
        std::clamp<std::int64_t>(received + days_later * kSecondsOfDay, 1, UINT32_MAX));
  };
  Question question;
  question.ranges.push_back({Numbers::Received, moment(-days_), moment(days_)});
  question.words.push_back({Question::OneOf{Words::Receiver, {word_of(subject.receiving_unit_id())}}});
  if (!subject.category().empty())
    question.words.push_back({Question::OneOf{Words::Category, {word_of(subject.category()), word_of("")}}});

  Index index(tx);
  std::vector<Candidate> candidates = most_alike(index, question, told.telling());
  if (centre) {
    for (const Candidate& near : nearest(index, question, *centre, metres_)) candidates.push_back(near);
  }
  std::set<std::int64_t> places;
  for (const Candidate& candidate : candidates) places.insert(candidate.place);
  return cases_of(tx, index.case_ids(std::vector<std::int64_t>(places.begin(), places.end())));
}

}  // namespace wenming::hotline
