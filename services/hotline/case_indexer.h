#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/service.h"
#include "hotline/case_index.h"
#include "wenming/hotline/v1/cases.pb.h"
#include "wenming/hotline/v1/timers.pb.h"

namespace wenming::hotline::case_index {

/// Notes that a case is new or has changed, in the transaction in which it was stored. What is written is one row; the
/// rest follows within a second or so.
void note_change(domain::Tx& tx, const v1::Case& subject);

/// The part of a case's texts that it is found by: subject, place, and 2,000 characters of the detail.
std::string indexed_text(std::string_view subject, std::string_view place, std::string_view detail);

/// Takes up what has changed: an errand, so that texts are folded and pages made outside of the writer. It works on a
/// state that it read; what it made is written only if the index still is in that state. A step covers a few hundred
/// cases, or puts the runs of a full block together; where more is to be done the next one follows at once.
class Indexer {
 public:
  using Page = std::pair<std::int64_t, std::string>;
  /// What one step writes.
  struct Step {
    std::int64_t version = 0;  // of the index that it was made for
    std::int64_t places = 0, closed_blocks = 0;
    std::vector<Page> columns, pages, pages_of_runs;
    std::vector<Block> blocks;
    std::vector<std::pair<std::string, std::int64_t>> new_places;  // case and place
    std::vector<std::pair<std::string, std::int64_t>> taken_up;    // case and version
    bool seals = false;
    bool more = false;
  };

  [[nodiscard]] Step run(domain::Reader& reader, const v1::IndexCases& errand) const;
  void settle(domain::Tx& tx, const v1::IndexCases& errand, const Step& step) const;
};

}  // namespace wenming::hotline::case_index
