#pragma once

#include <chrono>
#include <string_view>

#include "domain/tx.h"

namespace wenming::events {

/// How long a spent ticket is remembered. Must be longer than tickets live, also where clocks differ.
inline constexpr std::chrono::minutes kTicketsKept{3};

/// Whether the ticket of a live stream is spent by this very call: true once, whichever process on the database asks.
/// Forgets those that nobody can use any more, so the table holds no more than were used within minutes.
///
/// A rebuilt read model begins with none: whoever has spent a ticket in the last minute might spend it again after the
/// switch, at another process than before.
[[nodiscard]] bool spend_ticket(domain::Tx& tx, std::string_view ticket_id);

}  // namespace wenming::events
