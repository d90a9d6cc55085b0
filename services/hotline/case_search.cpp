#include "hotline/case_search.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "domain/list.h"
#include "domain/many.h"
#include "domain/page_token.h"
#include "domain/position.h"
#include "domain/refusal.h"
#include "hotline/case_clock.h"
#include "hotline/case_index.h"
#include "hotline/case_question.h"
#include "hotline/case_store.h"

namespace wenming::hotline {

using case_index::Index;
using case_index::Number;
using case_index::Numbers;
using case_index::Question;
using domain::List;
using domain::Many;
using domain::PageToken;
using domain::ReadTx;
using domain::Refusal;
using domain::Row;
using domain::to_value;
using domain::Value;
using domain::Visibility;

namespace {

/// Where a case stands in the order of a search: the latest received first.
struct Hit {
  Number received;
  std::int64_t place;
  auto operator<=>(const Hit&) const = default;

  [[nodiscard]] PageToken token() const {
    const std::string id = std::to_string(place);
    return {to_value(std::int64_t{received}), to_value(id)};
  }
  static Hit of(const PageToken& token) {
    const domain::Value key = token.key();
    const auto id = std::get<std::string_view>(token.id());
    Hit hit{};
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), hit.place);
    const auto* const received = std::get_if<std::int64_t>(&key);
    if (received == nullptr || error != std::errc() || end != id.data() + id.size())
      throw Refusal(contract::v1::PROBLEM_PAGE_TOKEN);
    hit.received = static_cast<Number>(*received);
    return hit;
  }
};

/// The best of what was found so far, and how much that was.
class Hits {
 public:
  Hits(std::size_t most, std::optional<Hit> after, bool counted) : most_(most), after_(after), counted_(counted) {}

  void add(Hit hit) {
    ++total_;
    if (!after_ || hit < *after_) hits_.push_back(hit);
  }
  /// Keeps no more than are asked for.
  void cut() {
    std::sort(hits_.begin(), hits_.end(), std::greater<>());
    if (hits_.size() > most_) hits_.resize(most_);
  }
  /// Whether cases that were received no later than this change nothing any more.
  [[nodiscard]] bool complete(Number received_to) const {
    const bool counted_out = !counted_ || total_ > static_cast<std::int64_t>(List::kMostCounted);
    return counted_out && hits_.size() == most_ && hits_.back().received > received_to;
  }
  /// Whether cases of this block can be among those asked for.
  [[nodiscard]] bool wants(const case_index::Block& block) const {
    return counted_ || !after_ || block.received_from <= after_->received;
  }
  [[nodiscard]] const std::vector<Hit>& best() const { return hits_; }
  [[nodiscard]] std::int64_t total() const { return total_; }

 private:
  std::size_t most_;
  std::optional<Hit> after_;
  bool counted_;
  std::vector<Hit> hits_;
  std::int64_t total_ = 0;
};

/// Goes over the blocks from the latest on, few at first, as most pages are full soon, then many at a time.
void search_blocks(Index& index, const Question& question, Hits& hits) {
  constexpr std::size_t kFirst = 4, kMost = 64;
  std::vector<case_index::Block> blocks = index.blocks();
  std::sort(blocks.begin(), blocks.end(), [](const auto& a, const auto& b) {
    return a.received_to != b.received_to ? a.received_to > b.received_to : a.number > b.number;
  });
  const auto outside = [&](const case_index::Block& block) {
    return std::any_of(question.ranges.begin(), question.ranges.end(), [&](const Question::Range& range) {
      return range.column == Numbers::Received && (block.received_to < range.from || block.received_from > range.to);
    });
  };
  std::erase_if(blocks, [&](const auto& block) { return outside(block) || !hits.wants(block); });

  std::size_t group = kFirst;
  for (std::size_t i = 0; i < blocks.size() && !hits.complete(blocks[i].received_to);
       group = std::min(group * 4, kMost)) {
    std::vector<std::int64_t> numbers;
    for (; i < blocks.size() && numbers.size() < group; ++i) numbers.push_back(blocks[i].number);
    const std::vector<search::Slots> masks = index.matching(question, numbers);
    std::vector<std::int64_t> with_hits;
    std::vector<const search::Slots*> masks_with_hits;
    for (std::size_t block = 0; block < numbers.size(); ++block) {
      if (masks[block].none()) continue;
      with_hits.push_back(numbers[block]);
      masks_with_hits.push_back(&masks[block]);
    }
    const auto received = index.read(Numbers::Received, with_hits);
    for (std::size_t block = 0; block < with_hits.size(); ++block) {
      masks_with_hits[block]->each([&](std::size_t slot) {
        hits.add({received[block].at(slot),
                  with_hits[block] * case_index::kPlacesOfBlock + static_cast<std::int64_t>(slot)});
      });
    }
    hits.cut();
  }
}

/// The same for the pages of one question, whoever asks and however much at a time.
std::uint64_t fingerprint_of(v1::ListCasesRequest request) {
  request.clear_page_token();
  request.clear_page_size();
  request.clear_include_total();
  return domain::fingerprint("search " + request.SerializeAsString(), {});
}

v1::ListCasesResponse search(ReadTx& tx, const Visibility& visible, const v1::ListCasesRequest& request) {
  const Question question = question_of(tx, visible, request);

  const std::uint64_t query = fingerprint_of(request);
  std::optional<Hit> after;
  if (const auto token = PageToken::read(request.page_token(), query)) after = Hit::of(*token);
  const std::size_t size =
      request.page_size() <= 0 ? List::kDefaultPageSize : static_cast<std::size_t>(request.page_size());
  Index index(tx);
  Hits hits(size + 1, after, request.include_total());  // one more shows whether there is a next page
  search_blocks(index, question, hits);

  v1::ListCasesResponse response;
  std::vector<std::int64_t> places;
  for (const Hit& hit : hits.best())
    if (places.size() < size) places.push_back(hit.place);
  for (v1::Case& subject : cases_of(tx, index.case_ids(places))) *response.add_cases() = std::move(subject);
  if (hits.best().size() > size) {
    response.set_next_page_token(hits.best()[size - 1].token().text(query));
  }
  if (request.include_total()) {
    response.set_total(std::min<std::int64_t>(hits.total(), List::kMostCounted));
    response.set_total_is_lower_bound(hits.total() > List::kMostCounted);
  }
  response.set_index_is_behind(index.behind());
  return response;
}

/// Whether the request asks for no more than the database answers at once by an index of its own: all cases, or those
/// of a unit, in the order in which they came in.
bool is_plain(v1::ListCasesRequest request) {
  for (auto* const cleared :
       {request.mutable_unit_id(), request.mutable_from(), request.mutable_to(), request.mutable_page_token()})
    cleared->clear();
  request.clear_page_size();
  request.clear_include_total();
  request.clear_datum();
  return request.ByteSizeLong() == 0;
}

v1::ListCasesResponse list(ReadTx& tx, const Visibility& visible, const v1::ListCasesRequest& request) {
  return List("cases", cases_table().columns())
      .visible_by("unit_id")
      .visible_by_receiver("receiving_unit_id")
      .within("unit_id", request.unit_id())
      .on_days("received_at", tx.offset(), request.from(), request.to())
      .order_by("received_at", List::Descending)
      .page<v1::ListCasesResponse>(tx, visible, request);
}

}  // namespace

std::vector<v1::Case> cases_of(ReadTx& tx, const std::vector<std::string>& ids) {
  static const Many kCases = Many::values("SELECT " + cases_table().columns() + " FROM cases WHERE id");
  std::map<std::string, v1::Case, std::less<>> found;
  std::vector<Value> values;
  values.reserve(ids.size());
  for (const std::string& id : ids) values.push_back(to_value(id));
  kCases.each(values, [&](std::string_view sql, std::span<const Value> some) {
    for (const Row& row : tx.query_values(sql, some)) {
      v1::Case subject;
      row.fill(subject);
      found[subject.id()] = std::move(subject);
    }
  });
  std::vector<v1::Case> cases;
  cases.reserve(ids.size());
  for (const std::string& id : ids) cases.push_back(std::move(found.at(id)));
  return cases;
}

v1::ListCasesResponse list_cases(ReadTx& tx, const Visibility& visible, const v1::ListCasesRequest& request) {
  v1::ListCasesResponse response = is_plain(request) ? list(tx, visible, request) : search(tx, visible, request);
  for (v1::Case& subject : *response.mutable_cases()) {
    CaseClock::show_remaining(tx, subject);
    domain::answer_in(request.datum(), subject);
  }
  return response;
}

}  // namespace wenming::hotline
