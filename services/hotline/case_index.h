#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/datum.h"
#include "domain/tx.h"
#include "search/column.h"
#include "search/postings.h"
#include "search/slots.h"
#include "search/terms.h"

/// The index by which cases are found among a million, whatever is asked: by text, by what they are, or both.
///
/// Every case has a place in it, a number in the order of receipt; 4,096 places are a block. Of each block the index
/// keeps a column for every property that can be asked for (state, unit, category, moments, position), so that a
/// question goes over a million cases in some milliseconds, and for every term of the texts the list of places that say
/// it. A question makes a mask of each block and narrows it, from the latest block on, until the page is full. Rare or
/// common, one filter or seven: it costs no more than reading every block once, so nothing has to be guessed about how
/// many match, as a database would for one of several indexes. Totals come with it.
///
/// The lists of the last block stand in runs of 256 places, in 128 pages each by the term's highest bits; once a block
/// is full they are put together in 2,048 pages of some kilobytes and stay as they are. Columns are written anew as
/// cases change.
///
/// Commands write none of this, only one small row about the case (`note_change`). An errand (case_indexer.h) takes
/// them up soon after; until then whoever asks reads those rows too and applies them to what the index says, as the
/// errand will. So a change is found at once. Only the text of a new case is not, for about a second.
namespace wenming::hotline::case_index {

/// Properties that are words.
enum class Words { State, Kind, Channel, Category, Unit, Receiver, Area, Overdue };
constexpr std::size_t kWordColumns = 8;
/// Properties that are numbers: seconds since 1970, and millionths of degrees (`microdegrees`).
enum class Numbers { Received, Due, Longitude, Latitude };
constexpr std::size_t kNumberColumns = 4;

using Word = search::WordColumn::Word;
using Number = search::NumberColumn::Number;

/// Degrees as a number of the index: never 0, which is for cases without a position.
Number microdegrees(double degrees);
/// The way back.
double degrees(Number microdegrees);

/// What the index says of a case beside its text.
struct Facets {
  std::array<Word, kWordColumns> words{};
  std::array<Number, kNumberColumns> numbers{};
  [[nodiscard]] Number received() const { return numbers[static_cast<std::size_t>(Numbers::Received)]; }
};

/// A case that has changed since the index took it up.
struct Change {
  std::string case_id;
  std::int64_t version = 0;
  std::int64_t place = 0;  // of a case that is new: the one that it will have
  bool is_new = false;
  Facets facets;
};

struct Block {
  std::int64_t number = 0;
  std::size_t size = 0;
  Number received_from = 0, received_to = 0;
};

/// Where the pages of the index stand.
constexpr std::int64_t kPlacesOfBlock = search::Slots::kCount;
constexpr std::int64_t kPlacesOfRun = 256;
constexpr std::int64_t kRunsOfBlock = kPlacesOfBlock / kPlacesOfRun;
constexpr int kRunPageBits = 7, kPageBits = 11;
constexpr std::int64_t block_of(std::int64_t place) {
  return place / kPlacesOfBlock;
}
constexpr std::size_t slot_of(std::int64_t place) {
  return static_cast<std::size_t>(place % kPlacesOfBlock);
}
/// The first `bits` of the term, then the block, or the run.
constexpr std::int64_t page_of_term(search::Term term, int bits, std::int64_t number) {
  return static_cast<std::int64_t>(term >> (32 - bits)) << 32 | number;
}
constexpr std::int64_t cell(Words column, std::int64_t block) {
  return static_cast<std::int64_t>(column) << 32 | block;
}
constexpr std::int64_t cell(Numbers column, std::int64_t block) {
  return static_cast<std::int64_t>(kWordColumns + static_cast<std::size_t>(column)) << 32 | block;
}

/// What is asked of the index: cases for which all of it is true.
struct Question {
  struct OneOf {
    Words column;
    std::unordered_set<Word> words;
  };
  using Alternatives = std::vector<OneOf>;  // one of them is enough
  struct Range {
    Numbers column;
    Number from, to;  // both included; cases without the number are outside
  };
  struct Circle {
    core::Degrees centre;  // WGS-84
    double radius_m;
  };
  std::vector<search::Term> terms;
  std::vector<Alternatives> words;
  std::vector<Range> ranges;
  std::optional<Circle> circle;
};

/// The index as it stands in one transaction, with the changes that it has not taken up. Lives on the stack of one
/// call.
class Index {
 public:
  /// As many changes are taken into account; where there are more, the index is `behind`.
  static constexpr std::size_t kMostChanges = 4096;

  explicit Index(domain::ReadTx& tx, std::size_t most_changes = kMostChanges);

  [[nodiscard]] std::int64_t version() const { return version_; }
  [[nodiscard]] std::int64_t places() const { return places_; }  // given out, without those of new cases
  [[nodiscard]] std::int64_t closed_blocks() const { return closed_blocks_; }
  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }
  [[nodiscard]] bool behind() const { return behind_; }
  /// By number, new cases included.
  [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }

  /// The cases of these blocks that answer the question, a mask for each.
  std::vector<search::Slots> matching(const Question& question, std::span<const std::int64_t> blocks);

  /// A column of each of these blocks, changes applied, in the order of `blocks`.
  std::vector<search::WordColumn> read(Words column, std::span<const std::int64_t> blocks);
  std::vector<search::NumberColumn> read(Numbers column, std::span<const std::int64_t> blocks);
  /// Calls `use(which of the terms, which of the blocks, slots)` with the slots that say the term, where there are any;
  /// of a block that is not closed several times.
  using Found = std::function<void(std::size_t term, std::size_t block, const search::Slots& slots)>;
  void find(std::span<const search::Term> terms, std::span<const std::int64_t> blocks, const Found& use);

  /// The cases at these places, in the same order.
  std::vector<std::string> case_ids(std::span<const std::int64_t> places);

 private:
  template <class Column, class Name>
  std::vector<Column> read_columns(Name column, std::span<const std::int64_t> blocks);
  void read_changes(std::size_t most);
  void read_blocks();

  domain::ReadTx& tx_;
  std::int64_t version_ = 0, places_ = 0, closed_blocks_ = 0;
  bool behind_ = false;
  std::vector<Change> changes_;
  std::map<std::int64_t, std::vector<const Change*>> changes_of_blocks_;
  std::vector<Block> blocks_;
};

}  // namespace wenming::hotline::case_index
