#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/tx.h"

namespace wenming::reference {

/// Days `[from, to)` on which an organisation stood under one parent (empty: at the top). Renamings do not part it.
struct Place {
  std::string from, to;
  std::string parent_id;

  friend bool operator==(const Place&, const Place&) = default;
};

/// Where the organisation stood over time, in order; empty for one that is not known.
std::vector<Place> places_of(domain::ReadTx& tx, std::string_view organisation_id);

/// Makes `organisation_ancestors` true again for an organisation whose places have changed, and for all that ever stand
/// below it. What comes out depends on the table `organisations` alone, not on the order in which its rows arrived:
/// unknown parents end a line until they are known, and a circle, which overtaken events can show for a while, is cut
/// where it closes.
void rebuild_ancestors(domain::Tx& tx, std::string_view organisation_id);

}  // namespace wenming::reference
