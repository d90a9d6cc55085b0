#include "identity/staff_names.h"

namespace wenming::identity::staff_names {

void keep(domain::Tx& tx, std::string_view staff_id, std::string_view name) {
  tx.run(
      "INSERT INTO staff_names (staff_id, name) VALUES ($1, $2) "
      "ON CONFLICT (staff_id) DO UPDATE SET name = excluded.name",
      staff_id, name);
}

std::string of(domain::ReadTx& tx, std::string_view staff_id) {
  return tx.value<std::string>("SELECT name FROM staff_names WHERE staff_id = $1", staff_id).value_or("");
}

}  // namespace wenming::identity::staff_names
