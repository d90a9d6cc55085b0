#include "events/spent_tickets.h"

namespace wenming::events {

bool spend_ticket(domain::Tx& tx, std::string_view ticket_id) {
  tx.run("DELETE FROM spent_tickets WHERE spent_at < $1", tx.now() - kTicketsKept);
  return tx.run("INSERT INTO spent_tickets (id, spent_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", ticket_id,
                tx.now()) == 1;
}

}  // namespace wenming::events
