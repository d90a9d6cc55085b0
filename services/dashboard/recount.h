#pragma once

#include <string>
#include <vector>

#include "domain/tx.h"

namespace wenming::dashboard {

/// Counts everything anew from the facts and the organisation tree, and names each counter that says something else (at
/// most 100 of them, `day_counters unit 2026-03-05 CASES_OPEN: 4, counted 5`). Empty: the figures are right. For tests
/// and for doubts: holds all facts' amounts in memory and reads the whole database, so a large one needs a store whose
/// `Limits::read_time` allows for it.
std::vector<std::string> recount(domain::ReadTx& tx);

}  // namespace wenming::dashboard
