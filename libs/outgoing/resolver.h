#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "outgoing/ip_address.h"

namespace wenming::outgoing {

/// Looks a host name up, or reads an address; the addresses in the order in which the system would call them. Throws
/// domain::OutgoingError (Failed) where there is none by the deadline, or where too many names are being looked up. Any
/// thread may call.
///
/// The system's own function cannot be interrupted, so names are looked up on a thread of their own that is left to
/// itself at the deadline; there are never more than 16 of these.
std::vector<IpAddress> resolve(const std::string& host, std::chrono::steady_clock::time_point deadline);

}  // namespace wenming::outgoing
