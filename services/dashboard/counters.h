#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dashboard/amounts.h"
#include "dashboard/paths.h"
#include "dashboard/period.h"
#include "domain/tx.h"
#include "wenming/dashboard/v1/metrics.pb.h"

namespace wenming::dashboard {

/// A metric from the name that the database has for it (`CASES_OPEN`). Throws std::logic_error for one that is none.
v1::Metric metric_from(std::string_view name);

/// What the unit counts itself, without those below it, day by day.
std::vector<Amount> own_amounts(domain::ReadTx& tx, std::string_view unit_id);

/// Adds merged amounts per day to what units count themselves.
void add_own(domain::Tx& tx, std::span<const Amount> amounts);

/// Adds amounts per day to the figures of units with all below them, by day and by month; each counter is written once.
/// Says of each unit touched that its live value has changed.
void add_figures(domain::Tx& tx, std::vector<Amount> amounts);

/// Amounts of units themselves as amounts of all that they count for.
std::vector<Amount> roll_up(domain::ReadTx& tx, std::span<const Amount> own);

/// The figures of a unit with all below it in a period.
v1::Figures figures(domain::ReadTx& tx, std::string_view unit_id, const Period& period);

}  // namespace wenming::dashboard
