#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dashboard/amounts.h"
#include "dashboard/folds.h"
#include "domain/service.h"
#include "domain/tx.h"

namespace wenming::dashboard {

/// What a row of `facts` holds. Throws std::logic_error if the bytes are none.
std::vector<Amount> decode_contributions(std::string_view bytes);

/// One batch of events on its way into the figures. Versions of facts replace each other in memory; at the end every
/// fact, and every counter that is touched, is written once.
class Tally final : public domain::Batch {
 public:
  /// Takes a version of a fact; an older one than is known counts for nothing.
  void take(Fact fact);
  /// Has the figures follow an organisation that is new or has moved.
  void follow(std::string organisation_id) { organisations_.insert(std::move(organisation_id)); }

  void flush(domain::Tx& tx) override;

 private:
  struct Newest {
    std::int64_t version = 0;
    std::vector<Amount> counts;   // what the figures are to hold of it
    std::vector<Amount> counted;  // what they hold
    bool stored = false;          // there is a row, of an older version
  };
  void compare_with_stored(domain::Tx& tx);
  void carry_figures_along(domain::Tx& tx);

  std::map<std::string, Newest> facts_;  // in the order of ids, in which they lie in the database
  std::set<std::string> organisations_;
};

}  // namespace wenming::dashboard
