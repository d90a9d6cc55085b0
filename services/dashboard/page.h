#pragma once

#include <span>

#include "domain/service.h"

namespace wenming::dashboard {

/// The files of the page at `/`, carried inside the binary.
std::span<const domain::Service::Asset> page();

}  // namespace wenming::dashboard
