#pragma once

#include <cstdint>

namespace wenming::testing {

/// A port of loopback with a free one above it. Tests that run beside each other begin to look at different places.
std::uint16_t free_port_pair();

/// Whether something takes connections there.
bool is_listening(std::uint16_t port);

}  // namespace wenming::testing
