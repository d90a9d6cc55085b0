#pragma once

#include <string>
#include <string_view>

#include "domain/tx.h"

/// The names of people on rosters: the only place that reads or writes them. All functions are free of state.
namespace wenming::identity::staff_names {

void keep(domain::Tx& tx, std::string_view staff_id, std::string_view name);
std::string of(domain::ReadTx& tx, std::string_view staff_id);

/// Fills in the names of all that have a `staff_id`; as many look-ups as a page has rows.
template <class Items>
void fill(domain::ReadTx& tx, Items& items) {
  for (auto& item : items) item.set_name(of(tx, item.staff_id()));
}

}  // namespace wenming::identity::staff_names
